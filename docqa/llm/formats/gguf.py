"""The header of a GGUF file: metadata and the sizes of the tensors, without loading the model.

Arrays are skipped, and nothing behind the header is read.
"""

from __future__ import annotations

import math
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
_MOST_TENSORS = 100_000
_MOST_DIMENSIONS = 4
_ALIGNMENT = 32
"""Where tensors begin, in bytes, unless the file says otherwise."""
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip
"""By the number of a tensor's type: how many values make a block, and its bytes."""


class _Malformed(Exception):
    pass


class _CutOff(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor: its shape (the innermost dimension first), the number of its type, its bytes."""

    name: str
    shape: tuple[int, ...]
    kind: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says about itself: scalars and strings by key, and its size in bytes."""

    metadata: Mapping[str, object]
    size: int
    tensors: tuple[Tensor, ...] = ()

    def number(self, key: str, default: int = 0) -> int:
        """An integer of the architecture, e.g. ``block_count``; arrays and absence: default."""
        value = self.metadata.get(f"{self.metadata.get('general.architecture')}.{key}")
        return value if isinstance(value, int) else default

    @property
    def training_context(self) -> int:
        """Tokens of context that the model was trained for."""
        return self.number("context_length")

    @property
    def blocks(self) -> int:
        """Layers of the model, the output not counted."""
        return max(0, min(self.number("block_count"), _MOST_TENSORS))

    @property
    def weight_bytes(self) -> int:
        """Bytes of all tensors of this file."""
        return sum(tensor.bytes for tensor in self.tensors)

    def cache_bytes(self, context: int, value_bytes: float = 2.0) -> int:
        """Bytes of the key/value cache for ``context`` tokens; a value takes ``value_bytes``."""
        heads = max(1, self.number("attention.head_count", 1))
        width = self.number("embedding_length") // heads
        keys = self.number("attention.key_length", width)
        values = self.number("attention.value_length", width)
        shared = self.number("attention.head_count_kv", heads)
        return math.ceil(context * self.blocks * shared * (keys + values) * value_bytes)


def read_header(path: Path) -> Header:
    """Read a header; raises DocqaError for what cannot be read or is no whole GGUF model."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            return _header(file, size)
    except OSError as error:
        raise DocqaError(f"The model {path} cannot be read ({error.strerror}).") from error
    except _CutOff as error:
        raise DocqaError(
            f"{path.name} is damaged: it ends before its weights do; download it again."
        ) from error
    except (_Malformed, struct.error, UnicodeDecodeError) as error:
        raise DocqaError(
            f"{path.name} is not a GGUF model, or is damaged; download it again."
        ) from error


def _header(file: BinaryIO, size: int) -> Header:
    if file.read(4) != _MAGIC or _number(file, "<I") not in (2, 3):
        raise _Malformed
    tensor_count, key_count = _number(file, "<Q"), _number(file, "<Q")
    if tensor_count > _MOST_TENSORS or key_count > _MOST_KEYS:
        raise _Malformed
    metadata: dict[str, object] = {}
    for _ in range(key_count):
        key = _text(file, size)
        value = _value(file, _number(file, "<I"), size)
        if value is not None:
            metadata[key] = value
    placed = [_tensor(file, size) for _ in range(tensor_count)]
    end = max((offset + tensor.bytes for tensor, offset in placed), default=0)
    if placed and _begin_of_data(file.tell(), metadata) + end > size:
        raise _CutOff
    return Header(metadata, size, tuple(tensor for tensor, _ in placed))


def _tensor(file: BinaryIO, size: int) -> tuple[Tensor, int]:
    """Read what is said about a tensor, and where it begins behind the header."""
    name = _text(file, size)
    dimensions = _number(file, "<I")
    if dimensions > _MOST_DIMENSIONS:
        raise _Malformed
    shape = tuple(_number(file, "<Q") for _ in range(dimensions))
    kind, offset = _number(file, "<I"), _number(file, "<Q")
    return Tensor(name, shape, kind, _tensor_bytes(shape, kind)), offset


def _tensor_bytes(shape: tuple[int, ...], kind: int) -> int:
    if kind not in _BLOCKS:
        return 0  # Of a later llama.cpp: ours refuses it with the type's name in the log.
    values, block_bytes = _BLOCKS[kind]
    if shape and shape[0] % values:
        raise _Malformed
    return math.prod(shape) // values * block_bytes


def _begin_of_data(end_of_header: int, metadata: Mapping[str, object]) -> int:
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or alignment <= 0:
        raise _Malformed
    return -(-end_of_header // alignment) * alignment


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
