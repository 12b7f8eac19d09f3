"""A file of vectors beside the database: a checked copy that saves reading them one by one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"docqa vectors\n"
_VERSION = 1
_MAX_HEADER = 4096


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a copy belongs to; it is only good for exactly this."""

    workspace: str
    owner: str
    embedder: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors with what they belong to, one row each, ascending by id.

    ``ids``, ``documents`` (int64) and ``kinds`` (int8) are (n,), ``matrix`` is float16 (n, d).
    """

    ids: NDArray[np.int64]
    documents: NDArray[np.int64]
    kinds: NDArray[np.int8]
    matrix: NDArray[np.float16]


def save(file: Path, stamp: Stamp, rows: Rows) -> None:
    """Write the copy, replacing an older one at once; OSError if that is impossible."""
    parts = [array.tobytes() for array in _in_order(rows)]
    header = {
        **asdict(stamp),
        "version": _VERSION,
        "count": len(rows.ids),
        "max_id": int(rows.ids.max(initial=0)),
        "checksum": _checksum(parts),
    }
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_MAGIC + json.dumps(header).encode() + b"\n")
            for part in parts:
                stream.write(part)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def load(file: Path, stamp: Stamp) -> Rows | None:
    """The copy, or None if there is none, it is damaged, or belongs to something else."""
    try:
        with file.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                return None
            header = json.loads(stream.readline(_MAX_HEADER))
            body = stream.read()
        expected = {**asdict(stamp), "version": _VERSION}
        if {key: header[key] for key in expected} != expected:
            return None
        if header["checksum"] != _checksum([body]):
            return None
        rows = _parse(body, header["count"], stamp.dimension)
        return rows if rows.ids.max(initial=0) == header["max_id"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _in_order(rows: Rows) -> tuple[NDArray[np.generic], ...]:
    return (
        rows.ids.astype("<i8"),
        rows.documents.astype("<i8"),
        rows.kinds.astype("i1"),
        rows.matrix.astype("<f2"),
    )


def _parse(body: bytes, count: int, dimension: int) -> Rows:
    if len(body) != count * (8 + 8 + 1 + 2 * dimension):
        raise ValueError("the length is wrong")
    ids = np.frombuffer(body, "<i8", count).astype(np.int64)
    documents = np.frombuffer(body, "<i8", count, 8 * count).astype(np.int64)
    kinds = np.frombuffer(body, "i1", count, 16 * count).astype(np.int8)
    matrix = np.frombuffer(body, "<f2", count * dimension, 17 * count).astype(np.float16)
    return Rows(ids, documents, kinds, matrix.reshape(count, dimension))


def _checksum(parts: list[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
