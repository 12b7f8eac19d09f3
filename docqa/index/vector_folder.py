"""The files of one shelf in the workspace's folder: opened, made, and swept away."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.index.segment import Segment, encode
from docqa.index.vector_file import MappedFile, Stamp, write
from docqa.store.vector_files import VectorFile
from docqa.store.vectors import Places

_log = logging.getLogger(__name__)


class VectorFolder:
    """Names files after owner, embedder and chance: none is ever overwritten by another."""

    def __init__(self, directory: Path, stamp: Stamp) -> None:
        self._directory = directory
        self._stamp = stamp
        self._prefix = f"{stamp.owner}s-{file_key(stamp.embedder)}-"

    def open(self, record: VectorFile) -> Segment | None:
        """The file that is listed so; None if it is missing, damaged or another one."""
        try:
            file = MappedFile(
                self._directory / record.name, self._stamp, record.rows, record.checksum
            )
        except (OSError, ValueError) as error:
            _log.info("a file of vectors is not used: %s", type(error).__name__)
            return None
        return Segment(file.codes, file, record)

    def make(self, parts: Sequence[tuple[Places, NDArray[np.float16]]], *, save: bool) -> Segment:
        """A segment of these rows, in a new file that is not listed yet.

        In memory only, if it is not to be saved or the disk refuses.
        """
        codes = encode(
            np.concatenate([places.ids for places, _ in parts]),
            np.concatenate([places.documents for places, _ in parts]),
            np.concatenate([places.kinds for places, _ in parts]),
            np.concatenate([rows for _, rows in parts]),
        )
        if not save:
            return Segment(codes)
        name = f"{self._prefix}{secrets.token_hex(8)}.vectors"
        try:
            checksum = write(self._directory / name, self._stamp, codes)
        except OSError as error:
            # A file saves time, nothing else: a full disk must not stop anybody.
            _log.info("no file of vectors: %s", type(error).__name__)
            return Segment(codes)
        ids = codes.ids
        record = VectorFile(name, len(ids), int(ids.min()), int(ids.max()), checksum)
        return self.open(record) or Segment(codes)

    def sweep(self, listed: frozenset[str]) -> None:
        """Delete files that are not listed: outdated ones, and half-made ones after a death."""
        old = self._directory / f"{self._stamp.owner}s.vectors"  # of an earlier version
        delete(f for f in [*self._directory.glob(f"{self._prefix}*"), old] if f.name not in listed)


def file_key(embedder: str) -> str:
    """What stands for an embedder's identity in the names of its files."""
    return hashlib.sha256(embedder.encode()).hexdigest()[:8]


def delete(files: Iterable[Path]) -> None:
    """Delete what can be deleted now; Windows refuses while a file is mapped somewhere."""
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink()


def delete_but(directory: Path, embedders: Iterable[str]) -> None:
    """Delete the files of all embedders but these."""
    kept = {file_key(embedder) for embedder in embedders}
    delete(f for f in directory.glob("*s-*-*.vectors") if f.name.split("-")[1] not in kept)


def delete_of(directory: Path, embedder: str) -> None:
    """Delete the files of one embedder."""
    delete(directory.glob(f"*s-{file_key(embedder)}-*.vectors"))
