"""One checkout: where set-up keeps its things, the stamps that say what is done, and the lock."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Say = Callable[[str], None]


class SetupError(Exception):
    """Set-up cannot go on; the text is one sentence for the person."""


@dataclass(frozen=True)
class Checkout:
    """The folders that set-up reads and writes, all below one checkout."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def work(self) -> Path:
        """Logs, the lock and temporary files of set-up."""
        return self.root / ".bootstrap"

    @property
    def temporary(self) -> Path:
        """Emptied whenever a set-up begins."""
        return self.work / "tmp"

    @property
    def models(self) -> Path:
        """Where the weights lie."""
        return self.root / "models"

    def program(self, name: str) -> Path:
        """A program of the virtual environment (which need not exist)."""
        windows = os.name == "nt"
        return self.venv / ("Scripts" if windows else "bin") / (f"{name}.exe" if windows else name)

    def log(self, name: str) -> Path:
        """The log of a step."""
        return self.work / f"{name}.log"


def key_of(*inputs: object) -> str:
    """A short digest of everything that a step depends on."""
    text = json.dumps(inputs, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Stamps:
    """Files in a folder that say with which inputs a step was completed."""

    folder: Path

    def fresh(self, name: str, key: str) -> bool:
        """Whether the step was completed with exactly these inputs."""
        try:
            return self._file(name).read_text() == key
        except (OSError, UnicodeDecodeError):
            return False

    def write(self, name: str, key: str) -> None:
        """Record that the step is complete; never leaves a half-written stamp."""
        part = self._file(name + ".part")
        part.write_text(key)
        part.replace(self._file(name))

    def remove(self, name: str) -> None:
        """Forget the step, so that it is done again."""
        self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / f".docqa-{name}"


def python_of(program: Path) -> str | None:
    """Version and home of a Python, or None where it does not start (moved, upgraded, removed)."""
    ask = "import sys; print(sys.version_info[:2], sys.base_prefix)"
    try:
        done = subprocess.run(
            [program, "-I", "-c", ask], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def remove_tree(path: Path) -> None:
    """Remove a folder with everything in it; no error where there is none."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path)


@contextlib.contextmanager
def locked(checkout: Checkout, say: Say) -> Iterator[int]:
    """Hold the checkout's set-up lock; yields its file descriptor.

    Programs that inherit the descriptor keep the lock too: where bootstrap is killed and its pip
    goes on, the next bootstrap waits for that pip.
    """
    try:
        checkout.work.mkdir(exist_ok=True)
        descriptor = os.open(checkout.work / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise SetupError(
            f"docqa cannot be set up in {checkout.root}, because this user may not write there "
            f"({error.strerror}): copy the folder to a place of your own and start again."
        ) from None
    try:
        if not _try_lock(descriptor):
            say("Another set-up is at work in this folder; waiting for it to end …")
            while not _try_lock(descriptor):
                time.sleep(0.3)
        yield descriptor
        _unlock(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
