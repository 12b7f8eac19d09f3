"""One saved model state: llama.cpp's own data, and behind them a record of what they are.

::

    llama.cpp's data | record (JSON) | its length, its checksum, the format's version, magic

llama.cpp aborts the process over data that are cut off, and does not know which model they came
from. So it is never given a file before the record, every length and the checksum of all data
agree. The record stands behind the data because llama.cpp streams them to a file that it opens and
empties itself, so that no copy of hundreds of megabytes lies in memory; reading, it stops where its
data end.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BufferedIOBase
from pathlib import Path

_MAGIC = b"DocqaKV\n"
_VERSION = 1
_TAIL = struct.Struct("<III8s")
_LONGEST_RECORD = 2**20
"""Bytes; a record takes some 500 and a few more for each owner."""
_BLOCK = 2**20
"""Bytes read at once: CRC-32 of 256 MB ran at 3.4 GB/s with it, at 3.1 with 256 KiB and at 1.9 with
4 MiB, which no longer fit the processor's cache.

CRC-32 was chosen because damage is an accident here, never an attack, and because of its speed in
GB/s on the same processor: CRC-32 3.4, SHA-256 1.6 (below 0.4 on processors without instructions
for it), BLAKE2b 0.9.
"""

Check = Callable[[], None]
"""Called every millisecond or so of long work; what it raises (Cancelled) ends the work."""


class DamagedState(Exception):
    """A file that is not the whole, unchanged state that it should be."""


@dataclass(frozen=True, slots=True)
class StateKey:
    """Where a state can be used: only where all three are equal, to the letter.

    ``model`` is the identity of the weights, ``library`` the version of llama.cpp, ``parameters``
    whatever of the context's parameters shapes the cache (kinds of its numbers, attention, rope).
    """

    model: str
    library: str
    parameters: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a saved state is.

    ``tokens`` counts the tokens it is the state of, ``token_hash`` tells which they are. ``owners``
    are the ids of the documents whose text is in it. ``size`` and ``checksum`` (CRC-32) are those
    of llama.cpp's data, in bytes.
    """

    key: StateKey
    tokens: int
    token_hash: str
    owners: tuple[int, ...]
    size: int
    checksum: int


def token_hashes(tokens: Sequence[int], lengths: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Each length with the hash of so many first tokens; ``lengths`` ascend."""
    hashed = hashlib.blake2b(digest_size=16)
    done = 0
    for length in lengths:
        hashed.update(array("i", tokens[done:length]).tobytes())
        done = length
        yield length, hashed.hexdigest()


def token_hash(tokens: Sequence[int]) -> str:
    """The hash of all tokens, in hex."""
    return next(token_hashes(tokens, [len(tokens)]))[1]


def seal(
    path: Path, key: StateKey, tokens: Sequence[int], owners: Iterable[int], size: int, check: Check
) -> None:
    """Put the record behind llama.cpp's data of ``size`` bytes in ``path``.

    Nothing waits for the disk, which may take seconds: a file that a power cut tore is found out
    before it is used.

    Raises DamagedState when the file is not of that size (the C library reports a full disk only
    when it closes the file, and nobody asks it then), OSError, and what ``check`` raises.
    """
    with path.open("r+b") as file:
        if size <= 0 or file.seek(0, os.SEEK_END) != size:
            raise DamagedState
        checksum = _checksum(file, size, check)
        record = Record(
            key, len(tokens), token_hash(tokens), tuple(sorted(set(owners))), size, checksum
        )
        body = json.dumps(asdict(record)).encode("ascii")
        file.seek(size)
        file.write(body + _TAIL.pack(len(body), zlib.crc32(body), _VERSION, _MAGIC))


def read_record(path: Path) -> Record:
    """What the file says it is, without reading llama.cpp's data.

    Raises DamagedState when it says nothing credible, and OSError.
    """
    with path.open("rb") as file:
        return _read_record(file)


def verify(path: Path, key: StateKey, tokens: int, expected_hash: str, check: Check) -> None:
    """Make sure, by reading all of it, that this is the state of those tokens under that key.

    Raises DamagedState where it is not, OSError, and what ``check`` raises.
    """
    with path.open("rb") as file:
        record = _read_record(file)
        if (record.key, record.tokens, record.token_hash) != (key, tokens, expected_hash):
            raise DamagedState
        if _checksum(file, record.size, check) != record.checksum:
            raise DamagedState


def _read_record(file: BufferedIOBase) -> Record:
    tail = file.seek(0, os.SEEK_END) - _TAIL.size
    if tail < 0:
        raise DamagedState
    file.seek(tail)
    length, checksum, version, magic = _TAIL.unpack(_read_whole(file, _TAIL.size))
    if magic != _MAGIC or version != _VERSION or length > min(tail, _LONGEST_RECORD):
        raise DamagedState
    file.seek(tail - length)
    body = _read_whole(file, length)
    if zlib.crc32(body) != checksum:
        raise DamagedState
    record = _decode(body)
    if record.size != tail - length:
        raise DamagedState
    return record


def _decode(body: bytes) -> Record:
    """A record whose checksum is right; who wrote it knew the format, so its types are right."""
    try:
        fields = json.loads(body)
        key, owners = StateKey(**fields.pop("key")), tuple(fields.pop("owners"))
        return Record(key=key, owners=owners, **fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedState from error


def _read_whole(file: BufferedIOBase, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise DamagedState
    return data


def _checksum(file: BufferedIOBase, size: int, check: Check) -> int:
    """CRC-32 of the first ``size`` bytes."""
    file.seek(0)
    buffer = memoryview(bytearray(min(size, _BLOCK)))
    checksum = 0
    while size > 0:
        check()
        count = file.readinto(buffer[: min(size, _BLOCK)])
        if not count:
            raise DamagedState
        checksum = zlib.crc32(buffer[:count], checksum)
        size -= count
    return checksum
