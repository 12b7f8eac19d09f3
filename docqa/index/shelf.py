"""The vectors of all passages, or of all notes, in memory: found by likeness, within documents.

The database holds the truth. A shelf is filled from a checked copy beside the database or, where
that is missing, damaged or outdated, from the database itself. Before a shelf changes, the copy is
deleted, so that one left behind by a sudden death is never wrong.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.index import cache_file
from docqa.index.cache_file import Rows, Stamp
from docqa.index.vectors import Ids, Matrix, VectorIndex
from docqa.store.database import Database
from docqa.store.vectors import Owner, Vectors

_SPOT_CHECKS = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vector belongs: its document, and a small number for its kind."""

    document_id: int
    kind: int = 0


Locate = Callable[[Iterable[int]], dict[int, Place]]
"""The places of these owners; those that are gone are left out."""


class Shelf:
    """Vectors of one owner and one embedder. Safe to use from any thread."""

    def __init__(
        self, owner: Owner, stamp: Stamp, vectors: Vectors, locate: Locate, file: Path, writes: bool
    ) -> None:
        """Nothing is read yet. ``writes``: whether this process may change ``file``."""
        self._owner: Owner = owner
        self._stamp = stamp
        self._vectors = vectors
        self._locate = locate
        self._file = file
        self._writes = writes
        self._lock = threading.RLock()
        self._index = VectorIndex(stamp.dimension)
        self._places: dict[int, Place] = {}
        self._by_document: dict[int, set[int]] = {}
        self._filled = False
        self._saved = False

    def __len__(self) -> int:
        with self._lock:
            self._fill()
            return len(self._places)

    def add(self, database: Database, ids: Sequence[int], matrix: Matrix) -> None:
        """Store vectors (n, d) and put them up, in one transaction; owners that are gone are left.

        The shelf changes inside of the transaction, so that a removal in another thread comes
        before both or after both.
        """
        try:
            with database.write():
                places = self._locate(ids)
                keep = np.array([id in places for id in ids], bool)
                kept = np.array(ids, np.int64)[keep]
                self._vectors.put(self._owner, self._stamp.embedder, kept, matrix[keep])
                with self._lock:
                    self._fill()
                    self._touch()
                    found = [places[id] for id in kept.tolist()]
                    self._put(kept, found, _rounded(matrix[keep]))
        except BaseException:
            self.remove(ids)
            raise

    def remove(self, ids: Iterable[int]) -> None:
        """Take down the vectors of these owners."""
        with self._lock:
            if not self._filled:
                self._touch()
                return
            known = [id for id in ids if id in self._places]
            if known:
                self._touch()
                self._index.remove(known)
                for id in known:
                    document = self._places.pop(id).document_id
                    self._by_document.get(document, set()).discard(id)

    def remove_documents(self, documents: Iterable[int]) -> None:
        """Take down everything that belongs to these documents."""
        with self._lock:
            self.remove([id for d in documents for id in self._by_document.pop(d, set())])

    def search(
        self,
        vector: NDArray[np.floating],
        k: int,
        documents: Collection[int] | None = None,
        kind: int | None = None,
    ) -> list[tuple[int, float]]:
        """The ``k`` owners with the largest cosine to the unit ``vector``, best first.

        Only within ``documents`` (None: all) and of that ``kind`` (None: any).
        """
        with self._lock:
            self._fill()
            allowed = self._allowed(documents, kind)
            return self._index.search(vector, k, allowed)

    def similarities(self, vector: NDArray[np.floating], ids: Iterable[int]) -> dict[int, float]:
        """The cosine of the unit ``vector`` to each of these owners that has a vector."""
        with self._lock:
            self._fill()
            known, rows = self._index.rows(list(ids))
        products = rows @ np.asarray(vector, np.float32)
        return dict(zip(known.tolist(), products.tolist(), strict=True))

    def refresh(self, database: Database) -> None:
        """Read the database anew if it no longer has as many vectors as this shelf."""
        # Inside of a transaction nobody else is halfway between the shelf and the database.
        with database.write() if self._writes else contextlib.nullcontext(), self._lock:
            if self._filled and len(self._places) != self._stored():
                self._touch()
                self._filled = False
            self._fill()

    def save(self) -> None:
        """Write the copy, if this process may, it is not there yet and it would be right."""
        with self._lock:
            if not self._writes or not self._filled or self._saved:
                return
            if len(self._places) != self._stored():
                return
            ids, matrix = self._index.rows(list(self._places))
            places = [self._places[id] for id in ids.tolist()]
            # A copy saves time, nothing else: a full disk must not stop anybody.
            with contextlib.suppress(OSError):
                cache_file.save(self._file, self._stamp, _rows(ids, places, matrix))
                self._saved = True

    def _allowed(self, documents: Collection[int] | None, kind: int | None) -> Ids | None:
        if documents is None and kind is None:
            return None
        chosen = self._by_document if documents is None else set(documents)
        ids = [id for document in chosen for id in self._by_document.get(document, ())]
        if kind is not None:
            ids = [id for id in ids if self._places[id].kind == kind]
        return np.array(ids, np.int64)

    def _fill(self) -> None:
        if self._filled:
            return
        self._index = VectorIndex(self._stamp.dimension)
        self._places.clear()
        self._by_document.clear()
        copy = cache_file.load(self._file, self._stamp)
        self._saved = copy is not None and self._agrees(copy)
        if copy is not None and self._saved:
            places = [
                Place(*row)
                for row in zip(copy.documents.tolist(), copy.kinds.tolist(), strict=True)
            ]
            self._put(copy.ids, places, copy.matrix.astype(np.float32))
        else:
            self._rebuild()
        self._filled = True

    def _rebuild(self) -> None:
        ids, matrix = self._vectors.load(self._owner, self._stamp.embedder)
        if not len(ids):
            return
        found = self._locate(ids.tolist())
        there = np.array([id in found for id in ids.tolist()], bool)
        ids = ids[there]
        self._put(ids, [found[id] for id in ids.tolist()], matrix[there])

    def _agrees(self, copy: Rows) -> bool:
        """Whether the database has as many vectors, and the same ones wherever we look."""
        if len(copy.ids) != self._stored():
            return False
        if not len(copy.ids):
            return True
        rows = np.unique(np.linspace(0, len(copy.ids) - 1, _SPOT_CHECKS).astype(int))
        looked = copy.ids[rows]
        ids, matrix = self._vectors.of(self._owner, self._stamp.embedder, looked.tolist())
        return bool(
            np.array_equal(ids, looked)
            and np.array_equal(matrix, copy.matrix[rows].astype(np.float32))
        )

    def _stored(self) -> int:
        return self._vectors.count(self._owner, self._stamp.embedder)

    def _put(self, ids: Ids, places: Sequence[Place], matrix: Matrix) -> None:
        self._index.add(ids, matrix)
        for id, place in zip(ids.tolist(), places, strict=True):
            self._places[id] = place
            self._by_document.setdefault(place.document_id, set()).add(id)

    def _touch(self) -> None:
        """Delete the copy before this shelf, and therefore the database, says something else."""
        self._saved = False
        if self._writes:
            with contextlib.suppress(OSError):
                self._file.unlink()


def _rounded(matrix: Matrix) -> Matrix:
    return matrix.astype(np.float16).astype(np.float32)


def _rows(ids: Ids, places: Sequence[Place], matrix: Matrix) -> Rows:
    return Rows(
        ids=ids,
        documents=np.array([place.document_id for place in places], np.int64),
        kinds=np.array([place.kind for place in places], np.int8),
        matrix=matrix.astype(np.float16),
    )
