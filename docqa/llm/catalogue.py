"""Which models lie in the folders for models, and which of them is used by default."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import read_header
from docqa.llm.formats.templates import choose_template

_STARTER = "smollm2-135m-instruct"
_STARTER_EMBEDDER = "all-MiniLM-L6-v2"
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")


def find_models(folders: Iterable[Path]) -> list[Path]:
    """All GGUF files in the folders and below, by folder, then by name; a name counts once.

    Of a model in several files only the first part is listed. Nothing is opened.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.gguf")):
            if path.is_file() and not _LATER_PART.search(path.stem):
                found.setdefault(path.name, path)
    return list(found.values())


def default_model(folders: Iterable[Path]) -> Path | None:
    """The best supported model: a Mistral-7B-Instruct, else any other one, else the starter."""
    for path in sorted(find_models(folders), key=_preference):
        if is_supported(path):
            return path
    return None


def is_supported(path: Path) -> bool:
    """Whether it is one readable file with a chat format (the weights are not read).

    The model's template is tried out, which takes 3 to 80 ms, and 30 ms more the first time.
    """
    try:
        choose_template(read_header(path).metadata, path.stem)
    except DocqaError:
        return False
    return True


def default_embedder(folders: Iterable[Path]) -> Path | None:
    """The starter's folder, else the first one with a sentence-transformers model, by place."""
    found = find_embedders(folders)
    starters = (folder for folder in found if folder.name == _STARTER_EMBEDDER)
    return next(starters, found[0] if found else None)


def find_embedders(folders: Iterable[Path]) -> list[Path]:
    """All folders with a sentence-transformers model (it has a ``modules.json``), by place."""
    return [marker.parent for folder in folders for marker in sorted(folder.glob("*/modules.json"))]


def _preference(path: Path) -> tuple[int, str]:
    name = path.stem.lower()
    if re.search(r"mistral.*7b.*instruct", name):
        return 0, name
    return (2 if name.startswith(_STARTER) else 1), name
