"""The header of a GGUF file: metadata and the sizes of the tensors, without loading the model.

Arrays are skipped, and nothing behind the header is read. A file may be a stranger's: what it costs
to read is bounded, however large it is.
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
_LONGEST_HEADER = 128 * 2**20
"""Bytes; those of vocabularies with 260,000 tokens have some 15 million."""
_LONGEST_STRING = 2**20
"""Bytes; longer values are skipped. The longest in use, chat templates, have some 20,000."""
_MOST_KEPT = 32 * 2**20
"""Bytes of all strings that are kept."""
_MOST_STRINGS = 2_000_000
"""Those in all arrays together, which take a second; the largest vocabularies have 800,000."""
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
    def parts(self) -> int:
        """Files that the model is split into."""
        count = self.metadata.get("split.count")
        return count if isinstance(count, int) else 1

    @property
    def training_context(self) -> int:
        """Tokens of context that the model was trained for."""
        return self.number("context_length")

    def context(self, wanted: int) -> int:
        """Tokens of context to use: those that are ``wanted``, or fewer for a smaller model."""
        return min(wanted, self.training_context or wanted)

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
    """Read a header.

    Raises DocqaError for what cannot be read, is no whole GGUF model, or is one of several files.
    """
    try:
        with path.open("rb") as file:
            header = _Reader(file).header()
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
    except ValueError as error:  # No file can have that name.
        raise DocqaError(f"The model {str(path)!r} cannot be read ({error}).") from error
    if header.parts > 1:
        raise DocqaError(
            f"{path.name} is one of {header.parts} files of a model; merge them with "
            "llama-gguf-split --merge, or choose a model that is a single file."
        )
    return header


class _Reader:
    """Reads one file from its beginning, and keeps account of what that costs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        self._left = min(self._size, _LONGEST_HEADER)
        self._kept = 0
        self._strings = 0
        file.seek(0)

    def header(self) -> Header:
        """The whole header; raises _CutOff where the tensors are not all there, else _Malformed."""
        if self._bytes(4) != _MAGIC or self._number("<I") not in (2, 3):
            raise _Malformed
        tensor_count, key_count = self._number("<Q"), self._number("<Q")
        if tensor_count > _MOST_TENSORS or key_count > _MOST_KEYS:
            raise _Malformed
        metadata: dict[str, object] = {}
        for _ in range(key_count):
            key = self._name()
            value = self._value(self._number("<I"))
            if value is not None:
                metadata[key] = value
        placed = [self._tensor() for _ in range(tensor_count)]
        end = max((offset + tensor.bytes for tensor, offset in placed), default=0)
        if placed and _begin_of_data(self._file.tell(), metadata) + end > self._size:
            raise _CutOff
        return Header(metadata, self._size, tuple(tensor for tensor, _ in placed))

    def _tensor(self) -> tuple[Tensor, int]:
        """What is said about a tensor, and where it begins behind the header."""
        name = self._name()
        dimensions = self._number("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Malformed
        shape = tuple(self._number("<Q") for _ in range(dimensions))
        kind, offset = self._number("<I"), self._number("<Q")
        return Tensor(name, shape, kind, _tensor_bytes(shape, kind)), offset

    def _value(self, kind: int) -> object:
        """A value, or None for what is skipped."""
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _SCALARS:
            raise _Malformed
        form = _SCALARS[kind]
        return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]

    def _skip_array(self) -> None:
        kind, count = self._number("<I"), self._number("<Q")
        if kind == _STRING:
            self._strings += count
            if self._strings > _MOST_STRINGS:
                raise _Malformed
            for _ in range(count):
                self._skip(int.from_bytes(self._bytes(8), "little"))
        elif kind in _SCALARS:
            self._skip(count * struct.calcsize(_SCALARS[kind]))
        else:
            raise _Malformed

    def _skip(self, length: int) -> None:
        # Short strings by the hundred thousand: seeking would drop the buffer each time.
        if length < 4096:
            self._bytes(length)
        else:
            self._spend(length)
            self._file.seek(length, 1)

    def _name(self) -> str:
        text = self._text()
        if text is None:
            raise _Malformed
        return text

    def _text(self) -> str | None:
        """A string, or None for one that is too long to be of use."""
        length = self._number("<Q")
        if length > _LONGEST_STRING:
            self._skip(length)
            return None
        self._kept += length
        if self._kept > _MOST_KEPT:
            raise _Malformed
        return self._bytes(length).decode("utf-8")

    def _number(self, form: str) -> int:
        value: int = struct.unpack(form, self._bytes(struct.calcsize(form)))[0]
        return value

    def _bytes(self, length: int) -> bytes:
        self._spend(length)
        data = self._file.read(length)
        if len(data) != length:
            raise _Malformed
        return data

    def _spend(self, length: int) -> None:
        self._left -= length
        if self._left < 0:
            raise _Malformed


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
