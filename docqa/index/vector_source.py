"""What the database says of one owner's vectors by one embedder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from docqa.index.vector_file import Stamp
from docqa.index.vectors import Ids, Matrix
from docqa.store.database import Database
from docqa.store.vector_files import State, VectorFile, VectorFiles
from docqa.store.vectors import Owner, Places, Vectors

READ_AT_ONCE = 4096
"""Vectors of one query."""


class Source:
    """The tables of vectors and their files, for what a stamp names. Any thread may use it."""

    def __init__(self, stamp: Stamp, database: Database) -> None:
        self._owner: Owner = "note" if stamp.owner == "note" else "passage"
        self._embedder = stamp.embedder
        self._database = database
        self._vectors = Vectors(database)
        self._files = VectorFiles(database)
        self.writes = not database.read_only

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is in a transaction, which may still fail."""
        return self._database.read().in_transaction

    def transaction(self) -> AbstractContextManager[object]:
        """One for writing; nothing where nothing is written."""
        return self._database.write() if self.writes else contextlib.nullcontext()

    def state(self, since: int = 0) -> State:
        """The files, and what was noted after that number; see VectorFiles."""
        return self._files.state(self._owner, self._embedder, since)

    def state_without(self, lost: Iterable[VectorFile], since: int) -> State:
        """The state in which the database speaks for the owners that were in these files."""
        ids = np.empty(0, np.int64)
        for file in lost:
            if self.writes:
                self._files.lose(self._owner, self._embedder, file)
                continue
            found = (self._owner, self._embedder, file.first_id, file.last_id)
            ids = np.union1d(ids, self._vectors.owners(*found))
        state = self.state(since)
        return replace(state, changes=np.union1d(ids, state.changes))

    def rows(self, ids: Ids) -> tuple[Places, Matrix]:
        """Places and vectors (n, d) of these owners; those without a vector are left out."""
        found, matrix = self._vectors.of(self._owner, self._embedder, ids.tolist())
        places = self._vectors.places(self._owner, found.tolist())
        return places, matrix[np.isin(found, places.ids)]

    def parts(self, ids: Ids) -> list[tuple[Places, NDArray[np.float16]]]:
        """The same in parts that are not empty, for many; float16, as they are stored."""
        starts = range(0, len(ids), READ_AT_ONCE)
        parts = (self.rows(ids[start : start + READ_AT_ONCE]) for start in starts)
        return [(places, rows.astype(np.float16)) for places, rows in parts if len(places.ids)]

    def products(self, query: Matrix, ids: Ids) -> dict[int, float]:
        """The products of these owners' vectors with ``query`` (d,); who has none is left out."""
        if not len(ids):
            return {}
        found, matrix = self._vectors.of(self._owner, self._embedder, ids.tolist())
        if not len(found):
            return {}
        # Not by BLAS, whose threads cost more here than they save.
        products = np.einsum("ij,j->i", matrix, query)
        return dict(zip(found.tolist(), products.tolist(), strict=True))

    def put(self, ids: Iterable[int], matrix: NDArray[np.floating]) -> tuple[Places, Matrix]:
        """Store vectors (n, d); return those whose owner is there, rounded as they are stored."""
        rows = {id: row for row, id in enumerate(ids)}
        places = self._vectors.places(self._owner, rows)
        kept = matrix[[rows[id] for id in places.ids.tolist()]]
        self._vectors.put(self._owner, self._embedder, places.ids, kept)
        return places, kept.astype(np.float16).astype(np.float32)

    def last(self) -> int:
        """The number of the last note of all."""
        return self._files.last()

    def note(self, ids: Ids) -> None:
        """Note that files are not to be believed about these owners."""
        if self.writes and len(ids):
            self._files.note(self._owner, self._embedder, ids.tolist())

    def settle(
        self, new: VectorFile | None, old: Iterable[VectorFile], ids: Ids, last: int
    ) -> None:
        """List ``new`` instead of ``old``; it settles the notes of ``ids`` up to ``last``."""
        names = [file.name for file in old]
        self._files.replace(self._owner, self._embedder, new, names, ids.tolist(), last)

    def checked(self, file: VectorFile, checksum: int) -> None:
        """That file has another checksum now."""
        self._files.checked(file.name, checksum)

    def listed(self) -> frozenset[str]:
        """The names of all files that are to be believed."""
        return self._files.names()
