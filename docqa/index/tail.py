"""The vectors that came last, exact and in memory: searched beside the files, until they are many.

Not safe to use from several threads; the shelf sees to that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from docqa.index.vectors import Ids, Matrix, VectorIndex
from docqa.store.vectors import Places


class Tail:
    """Vectors under ids, each with its document and kind."""

    def __init__(self, dimension: int) -> None:
        self._index = VectorIndex(dimension)
        self._places: dict[int, tuple[int, int]] = {}
        self._by_document: dict[int, set[int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def ids(self) -> Ids:
        """All ids, in no order."""
        return np.fromiter(self._places, np.int64, len(self._places))

    def of_documents(self, documents: Iterable[int]) -> Ids:
        """The ids that belong to these documents."""
        ids = [id for document in documents for id in self._by_document.get(document, ())]
        return np.array(ids, np.int64)

    def put(self, places: Places, matrix: Matrix) -> None:
        """Put row i of ``matrix`` (n, d) under ``places.ids[i]``, replacing."""
        self._index.add(places.ids, matrix)
        columns = (places.ids.tolist(), places.documents.tolist(), places.kinds.tolist())
        for id, document, kind in zip(*columns, strict=True):
            self._places[id] = (document, kind)
            self._by_document.setdefault(document, set()).add(id)

    def remove(self, ids: Ids) -> None:
        """Take these down; unknown ones do not matter."""
        known = [id for id in ids.tolist() if id in self._places]
        if known:
            self._index.remove(known)
        for id in known:
            document, _ = self._places.pop(id)
            there = self._by_document[document]
            there.discard(id)
            if not there:
                del self._by_document[document]

    def search(
        self,
        vector: NDArray[np.floating],
        k: int,
        documents: Collection[int] | None,
        kind: int | None,
    ) -> list[tuple[int, float]]:
        """The ``k`` best in ``documents`` (None: all) of ``kind`` (None: any), best first."""
        if documents is None and kind is None:
            return self._index.search(vector, k)
        chosen = self._by_document.keys() if documents is None else documents
        allowed = self.of_documents(chosen)
        if kind is not None:
            kinds = np.array([self._places[id][1] for id in allowed.tolist()], np.int64)
            allowed = allowed[kinds == kind]
        return self._index.search(vector, k, allowed)
