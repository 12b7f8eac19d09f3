"""The identity of a model file: its SHA-256, remembered because hashing gigabytes takes long."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from docqa.errors import DocqaError
from docqa.llm.machine.json_file import JsonFile


def file_identity(path: Path, memory: Path) -> str:
    """SHA-256 of a file in hex, looked up in ``memory`` by path, size and time of change.

    ``memory`` is a JSON file that is made when missing and ignored when unusable. Raises DocqaError
    when the file cannot be read.
    """
    try:
        key = _key(path)
        remembered = JsonFile(memory)
        known = _hashes(remembered.read()).get(key)
        if known is not None:
            return known
        with path.open("rb") as file:
            identity = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocqaError(f"The model {path} cannot be read ({error.strerror}).") from error
    remembered.change(lambda found: {**_hashes(found), key: identity})
    return identity


def present_identities(memory: Path) -> frozenset[str]:
    """Of the files in ``memory``, the identities of those that are there as they were."""
    hashes = _hashes(JsonFile(memory).read())
    return frozenset(identity for key, identity in hashes.items() if _is_as_it_was(key))


def _key(path: Path) -> str:
    state = path.stat()
    return f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}"


def _is_as_it_was(key: str) -> bool:
    try:
        return _key(Path(key.rpartition("|")[0].rpartition("|")[0])) == key
    except (OSError, ValueError):  # A name that no file can have is a ValueError.
        return False


def _hashes(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {str(key): str(value) for key, value in found.items()}
