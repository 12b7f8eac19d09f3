"""A file of vectors beside the database: eight bits a number, checked, and erased row by row.

Layout: a header line in 4,096 bytes; checksums; ids, documents and kinds of all rows; centre and
scale of each dimension; the rows. The first checksum is that of everything small, the others are of
blocks of rows, and the database knows the checksum of header and checksums. So any change of any
byte is caught: of the small parts at opening, of rows before they are first searched.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"docqa vectors\n"
_VERSION = 2
_HEADER = 4096
_BLOCK = 4096
"""Rows with one checksum: 1.5 MB, which are checked in 2 ms."""
_ALIGNED = 64

NOTHING = 128
"""The byte for the centre: what an erased row is filled with."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file belongs to; it is only good for exactly this."""

    workspace: str
    owner: str
    embedder: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Codes:
    """Vectors of eight bits a number, with what they belong to, one row each.

    ``ids`` and ``documents`` are int64 (n,), ``kinds`` int8 (n,), ``centre`` and ``scales`` float32
    (d,), ``rows`` uint8 (n, d): a number is (byte - 128) times the scale of its dimension, added to
    the centre's. An id of 0: erased.
    """

    ids: NDArray[np.int64]
    documents: NDArray[np.int64]
    kinds: NDArray[np.int8]
    centre: NDArray[np.float32]
    scales: NDArray[np.float32]
    rows: NDArray[np.uint8]


def write(file: Path, stamp: Stamp, codes: Codes) -> int:
    """Write a new file; return its checksum. OSError if that is impossible; then none is left."""
    layout = _Layout(len(codes.ids), stamp.dimension)
    header = _header(file, stamp, layout.count)
    small = layout.small(codes)
    blocks = [codes.rows[start : start + _BLOCK] for start in range(0, layout.count, _BLOCK)]
    sums = np.array([zlib.crc32(small), *(zlib.crc32(block.data) for block in blocks)], "<u4")
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(header)
            stream.write(sums.tobytes().ljust(layout.sums, b"\0"))
            stream.write(small)
            stream.write(np.ascontiguousarray(codes.rows).data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            file.unlink()
        raise
    return zlib.crc32(sums.tobytes(), zlib.crc32(header))


class MappedFile:
    """An open file: its codes, the rows mapped into memory. Any thread may use it."""

    def __init__(self, file: Path, stamp: Stamp, count: int, checksum: int) -> None:
        """Check everything but the rows; ValueError or OSError if the file is not to be believed.

        ``checksum`` is what ``write`` or the last ``erase`` returned.
        """
        self._file = file
        self._layout = _Layout(count, stamp.dimension)
        with file.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size != self._layout.size:
                raise ValueError("the length is wrong")
            self._header = stream.read(_HEADER)
            sums = stream.read(self._layout.sums)
            small = stream.read(self._layout.rest)
        self._sums = np.frombuffer(sums, "<u4", self._layout.blocks + 1).copy()
        if self._header != _header(file, stamp, count) or checksum != self._checksum():
            raise ValueError("it is another file")
        if zlib.crc32(small) != self._sums[0]:
            raise ValueError("it is damaged")
        rows = np.memmap(file, np.uint8, "r", self._layout.rows, (count, stamp.dimension))
        self.codes = self._layout.parse(small, rows)

    def check(self) -> bool:
        """Whether all rows are as they were written (some 30 ms for 25 MB)."""
        return all(
            zlib.crc32(self._block(number).data) == self._sums[number + 1]
            for number in range(self._layout.blocks)
        )

    def erase(self, rows: NDArray[np.int64]) -> int:
        """Overwrite these rows and what they belong to on the disk; return the new checksum.

        A death in the middle is noticed by the checksums. OSError if the disk refuses.
        """
        nothing = bytes([NOTHING]) * self._layout.dimension
        with self._file.open("r+b") as stream:
            stream.seek(_HEADER + self._layout.sums)
            small = bytearray(stream.read(self._layout.rest))
            stored = self._layout.parse(small, self.codes.rows)
            for column in (stored.ids, stored.documents, stored.kinds):
                column[rows] = 0
            for row in rows.tolist():
                stream.seek(self._layout.rows + row * self._layout.dimension)
                stream.write(nothing)
            stream.seek(_HEADER + self._layout.sums)
            stream.write(small)
            stream.flush()
            for number in np.unique(rows // _BLOCK).tolist():
                stream.seek(self._layout.rows + number * _BLOCK * self._layout.dimension)
                self._sums[number + 1] = zlib.crc32(stream.read(self._layout.block(number)))
            self._sums[0] = zlib.crc32(small)
            stream.seek(_HEADER)
            stream.write(self._sums.tobytes())
            stream.flush()
            os.fsync(stream.fileno())
        return self._checksum()

    def _block(self, number: int) -> NDArray[np.uint8]:
        return self.codes.rows[number * _BLOCK : (number + 1) * _BLOCK]

    def _checksum(self) -> int:
        return zlib.crc32(self._sums.tobytes(), zlib.crc32(self._header))


class _Layout:
    """Where everything stands in a file of ``count`` rows."""

    def __init__(self, count: int, dimension: int) -> None:
        self.count = count
        self.dimension = dimension
        self.blocks = -(-count // _BLOCK)
        self.sums = _padded(4 * (self.blocks + 1))
        self.rest = _padded(17 * count + 8 * dimension)
        self.rows = _HEADER + self.sums + self.rest
        self.size = self.rows + count * dimension

    def block(self, number: int) -> int:
        """Bytes of a block of rows."""
        return min(_BLOCK, self.count - number * _BLOCK) * self.dimension

    def small(self, codes: Codes) -> bytes:
        """Everything but the rows."""
        columns = (
            codes.ids.astype("<i8"),
            codes.documents.astype("<i8"),
            codes.centre.astype("<f4"),
            codes.scales.astype("<f4"),
            codes.kinds.astype("i1"),
        )
        return b"".join(column.tobytes() for column in columns).ljust(self.rest, b"\0")

    def parse(self, small: bytes | bytearray, rows: NDArray[np.uint8]) -> Codes:
        """What ``small`` made; the arrays are views of it."""
        count, dimension = self.count, self.dimension
        return Codes(
            np.frombuffer(small, "<i8", count),
            np.frombuffer(small, "<i8", count, 8 * count),
            np.frombuffer(small, "i1", count, 16 * count + 8 * dimension),
            np.frombuffer(small, "<f4", dimension, 16 * count),
            np.frombuffer(small, "<f4", dimension, 16 * count + 4 * dimension),
            rows,
        )


def _header(file: Path, stamp: Stamp, count: int) -> bytes:
    facts = {**asdict(stamp), "version": _VERSION, "name": file.name, "count": count}
    line = _MAGIC + json.dumps(facts).encode() + b"\n"
    if len(line) > _HEADER:
        raise ValueError("the name of the embedder is too long")
    return line.ljust(_HEADER, b"\0")


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


_BINARY: int = getattr(os, "O_BINARY", 0)
"""Windows would change line ends otherwise."""
