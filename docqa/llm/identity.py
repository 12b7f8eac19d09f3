"""The identity of a model file: its SHA-256, remembered because hashing gigabytes takes long."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from docqa.errors import DocqaError


def file_identity(path: Path, memory: Path) -> str:
    """SHA-256 of a file in hex, looked up in ``memory`` by path, size and time of change.

    ``memory`` is a JSON file that is made when missing and ignored when unusable. Raises DocqaError
    when the file cannot be read.
    """
    try:
        state = path.stat()
        key = f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}"
        known = _recall(memory)
        if key not in known:
            with path.open("rb") as file:
                known[key] = hashlib.file_digest(file, "sha256").hexdigest()
            _remember(memory, known)
        return known[key]
    except OSError as error:
        raise DocqaError(f"The model {path} cannot be read ({error.strerror}).") from error


def _recall(memory: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(memory.read_text("utf-8"))
        if isinstance(known, dict):
            return {str(key): str(value) for key, value in known.items()}
    return {}


def _remember(memory: Path, known: dict[str, str]) -> None:
    # A folder that cannot be written costs the time of hashing again, nothing else.
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        fresh = memory.with_name(f"{memory.name}.{os.getpid()}")
        fresh.write_text(json.dumps(known, indent=1), "utf-8")
        fresh.replace(memory)
