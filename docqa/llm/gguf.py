"""The header of a GGUF file: its metadata without loading the model (arrays are skipped)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from docqa.errors import DocqaError

_MAGIC = b"GGUF"
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q",
            11: "<q", 12: "<d"}  # fmt: skip
_STRING, _ARRAY = 8, 9
_LONGEST_STRING = 16 * 2**20
_MOST_KEYS = 10_000


class _Malformed(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says about itself: scalars and strings by key, and its size in bytes."""

    metadata: Mapping[str, object]
    size: int

    def number(self, key: str, default: int = 0) -> int:
        """An integer of the architecture, e.g. ``block_count``; arrays and absence: default."""
        value = self.metadata.get(f"{self.metadata.get('general.architecture')}.{key}")
        return value if isinstance(value, int) else default

    @property
    def training_context(self) -> int:
        """Tokens of context that the model was trained for."""
        return self.number("context_length")

    def cache_bytes(self, context: int) -> int:
        """Bytes of the key/value cache for ``context`` tokens at 16 bits."""
        heads = max(1, self.number("attention.head_count", 1))
        width = self.number("embedding_length") // heads
        keys = self.number("attention.key_length", width)
        values = self.number("attention.value_length", width)
        shared = self.number("attention.head_count_kv", heads)
        return 2 * context * self.number("block_count") * shared * (keys + values)


def read_header(path: Path) -> Header:
    """Read a header; raises DocqaError for what cannot be read or is no GGUF model."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            return Header(_metadata(file, size), size)
    except OSError as error:
        raise DocqaError(f"The model {path} cannot be read ({error.strerror}).") from error
    except (_Malformed, struct.error, UnicodeDecodeError) as error:
        raise DocqaError(
            f"{path.name} is not a GGUF model, or is damaged; download it again."
        ) from error


def _metadata(file: BinaryIO, size: int) -> dict[str, object]:
    if file.read(4) != _MAGIC or _number(file, "<I") not in (2, 3):
        raise _Malformed
    _number(file, "<Q")  # tensors
    count = _number(file, "<Q")
    if count > _MOST_KEYS:
        raise _Malformed
    metadata: dict[str, object] = {}
    for _ in range(count):
        key = _text(file, size)
        value = _value(file, _number(file, "<I"), size)
        if value is not None:
            metadata[key] = value
    return metadata


def _value(file: BinaryIO, kind: int, size: int) -> object:
    if kind == _STRING:
        return _text(file, size)
    if kind == _ARRAY:
        _skip_array(file, size)
        return None
    if kind not in _SCALARS:
        raise _Malformed
    form = _SCALARS[kind]
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _skip_array(file: BinaryIO, size: int) -> None:
    kind, count = _number(file, "<I"), _number(file, "<Q")
    if count > size:
        raise _Malformed
    if kind == _STRING:
        for _ in range(count):
            _skip(file, _number(file, "<Q"), size)
    elif kind in _SCALARS:
        _skip(file, count * struct.calcsize(_SCALARS[kind]), size)
    else:
        raise _Malformed


def _skip(file: BinaryIO, length: int, size: int) -> None:
    if length > size - file.tell():
        raise _Malformed
    # Short strings by the hundred thousand: seeking would drop the buffer each time.
    if length < 4096:
        file.read(length)
    else:
        file.seek(length, 1)


def _text(file: BinaryIO, size: int) -> str:
    length = _number(file, "<Q")
    if length > min(size, _LONGEST_STRING):
        raise _Malformed
    data = file.read(length)
    if len(data) != length:
        raise _Malformed
    return data.decode("utf-8")


def _number(file: BinaryIO, form: str) -> int:
    value: int = struct.unpack(form, file.read(struct.calcsize(form)))[0]
    return value
