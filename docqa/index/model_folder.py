"""A folder with a sentence-transformers model: what can be known of it without loading it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
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
_NEEDED = ("config.json", "modules.json", "tokenizer.json", "1_Pooling/config.json")
_PROMPTS = "config_sentence_transformers.json"
_QUESTION_NAMES = ("query", "question", "search_query", "retrieval.query", "Retrieval-query")
_PASSAGE_NAMES = (
    "passage", "document", "corpus", "search_document", "retrieval.passage", "Retrieval-document",
)  # fmt: skip
_MAX_HEADER = 10_000_000


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is put before a text, so that the model knows what it is."""

    question: str = ""
    passage: str = ""


def identity(folder: Path, memory: Path, given: Prompts | None = None) -> str:
    """Name and hash of everything that decides the vectors; ``memory`` remembers hashes.

    ``given``: the prompts that are used, None if they are those of the folder. Raises DocqaError if
    the folder is incomplete, damaged or cannot be read.
    """
    check(folder)
    digest = hashlib.sha256(file_identity(folder / _WEIGHTS, memory).encode())
    more = [name for name in _later_parts(folder) if (folder / name).is_file()]
    for name in (*_CONFIGURATION, *more):
        if name in _NEEDED or (folder / name).is_file():
            digest.update(hashlib.sha256(_read(folder / name)).digest())
    used = given or prompts(folder)
    if used is not None and used != Prompts():
        digest.update(f"{used.question}\0{used.passage}".encode())
    return f"{folder.name}:{digest.hexdigest()[:24]}"


def dimension(folder: Path) -> int:
    """Length of the model's vectors. Raises DocqaError if the folder does not say."""
    check(folder)
    try:
        pooling: Any = json.loads(_read(folder / "1_Pooling/config.json"))
        found = int(pooling.get("word_embedding_dimension") or pooling["embedding_dimension"])
        for name in _later_parts(folder):
            if name.endswith("config.json") and (folder / name).is_file():
                found = int(json.loads(_read(folder / name)).get("out_features", found))
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder) from error


def prompts(folder: Path) -> Prompts | None:
    """What the model wants before its texts, as its folder says; None if that says nothing.

    Raises DocqaError if a file of the folder is damaged.
    """
    if not (folder / _PROMPTS).is_file():
        return None
    try:
        named: Any = json.loads(_read(folder / _PROMPTS)).get("prompts") or {}
        given = {str(name): str(text) for name, text in named.items() if text}
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(folder) from error
    found = Prompts(_first(given, _QUESTION_NAMES), _first(given, _PASSAGE_NAMES))
    # Those that are written for every model, and empty, say nothing.
    return found if found != Prompts() else None


def check(folder: Path) -> None:
    """Raise DocqaError if the folder is no whole model, as far as that is seen from outside."""
    for name in (_WEIGHTS, *_NEEDED):
        if not (folder / name).is_file():
            raise DocqaError(
                f'There is no whole embedding model in "{folder}" ({name} is missing): '
                "name another folder, or put all files of the model there."
            )
    if not _has_whole_weights(folder / _WEIGHTS):
        raise _damaged(folder)


def _later_parts(folder: Path) -> list[str]:
    """Files of what comes behind the pooling, such as a layer that makes vectors shorter."""
    try:
        modules: Any = json.loads(_read(folder / "modules.json"))
        paths = [str(module["path"]) for module in modules[2:]]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder) from error
    # Normalising takes no files; the starter's place for it is empty, others' says nothing.
    dense = [path for path in paths if path and not path.endswith("Normalize")]
    return [f"{path}/{name}" for path in dense for name in ("config.json", _WEIGHTS)]


def _first(given: dict[str, str], names: tuple[str, ...]) -> str:
    return next((given[name] for name in names if name in given), "")


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
