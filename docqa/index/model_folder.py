"""A folder with a sentence-transformers model: what can be known of it without loading it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from docqa.errors import DocqaError
from docqa.llm.identity import file_identity

_WEIGHTS = "model.safetensors"
_CONFIGURATION = (
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "1_Pooling/config.json",
)
_MAX_HEADER = 10_000_000


def identity(folder: Path, memory: Path) -> str:
    """Name and hash of everything that decides the vectors; ``memory`` remembers hashes.

    Raises DocqaError if the folder is incomplete, damaged or cannot be read.
    """
    _check(folder)
    digest = hashlib.sha256(file_identity(folder / _WEIGHTS, memory).encode())
    for name in _CONFIGURATION:
        digest.update(hashlib.sha256(_read(folder / name)).digest())
    return f"{folder.name}:{digest.hexdigest()[:24]}"


def dimension(folder: Path) -> int:
    """Length of the model's vectors. Raises DocqaError if the folder does not say."""
    _check(folder)
    try:
        pooling: Any = json.loads(_read(folder / "1_Pooling/config.json"))
        return int(pooling["word_embedding_dimension"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder) from error


def _check(folder: Path) -> None:
    for name in (_WEIGHTS, *_CONFIGURATION):
        if not (folder / name).is_file():
            raise DocqaError(
                f'The embedding model in "{folder}" is incomplete ({name} is missing): '
                "install the models again."
            )
    if not _has_whole_weights(folder / _WEIGHTS):
        raise _damaged(folder)


def _has_whole_weights(file: Path) -> bool:
    """Whether a safetensors file is as long as its header says: a copy may have been cut off."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header: Any = json.loads(stream.read(length)) if length < _MAX_HEADER else {}
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name[:2] != "__"]
        return bool(ends) and file.stat().st_size == 8 + length + max(ends)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _damaged(folder: Path) -> DocqaError:
    return DocqaError(f'The embedding model in "{folder}" is damaged: install the models again.')


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DocqaError(
            f'The embedding model file "{file}" cannot be read ({error.strerror}).'
        ) from error
