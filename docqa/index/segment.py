"""Vectors of eight bits a number that no longer change: scanned by FAISS, or left out.

Chosen by measurement on 1,000,000 vectors of 384 dimensions, one thread of a two-core server, the
best to look at exactly afterwards (see tests/bench/finding/vectors.py):

| scan | milliseconds | recall@10, text with noise | random | MB in memory |
|---|---|---|---|---|
| float16, exact | 51 | 1 | 1 | 768 |
| 8 bits, query rounded too (this) | 15 | 1.000 | 1.000 | 384 |
| RaBitQ, 1 bit, fast scan, best 1,000 exactly | 18 | 1.000 | .76 | 56 + 768 |
| RaBitQ, 1 bit, fast scan, best 8,000 exactly | 25 to 90 | 1.000 | .97 | 56 + 768 |
| 8 bits, query not rounded | 46 to 70 | 1.000 | 1.000 | 384 |
| 4 bits | 45 to 80 | | | 192 |

The error of a product is .0004 (standard deviation) and .0026 at most. The times of the last two
rows are scaled up from 131,072 vectors. IVF was not measured: a full scan is quick enough, needs no
training, and finds the neighbours of vectors without clusters too.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docqa.index.vector_file import NOTHING, Codes, MappedFile
from docqa.index.vectors import Ids, one_thread_faiss
from docqa.store.vector_files import VectorFile

Matrix = NDArray[np.float32]
Found = tuple[Ids, NDArray[np.float32]]
"""Ids and estimated products."""


class Segment:
    """Rows with their ids, in a mapped file or in memory only. Any thread may search it."""

    def __init__(
        self, codes: Codes, file: MappedFile | None = None, record: VectorFile | None = None
    ) -> None:
        """``file`` and ``record`` are None for what is only in memory."""
        self.file = file
        self.record = record
        self._codes = codes
        self._ids = codes.ids
        self._documents = codes.documents
        self._kinds = codes.kinds
        self._alive = self._ids > 0
        self._written = self._alive
        self._span = (record.first_id, record.last_id) if record else (1, int(self._ids.max()))
        self._order: NDArray[np.int64] | None = None
        self._documents_there: tuple[Ids, Ids] | None = None
        self._checking = threading.Lock()
        self._checked: bool | None = None if file else True
        self._index: Any = None

    def __len__(self) -> int:
        return int(np.count_nonzero(self._alive))

    def ids(self) -> Ids:
        """The ids that are there, in no order."""
        return np.asarray(self._ids[self._alive])

    def of_documents(self, documents: Iterable[int]) -> Ids:
        """The ids that belong to these documents."""
        chosen = np.isin(self._documents, np.fromiter(documents, np.int64))
        return np.asarray(self._ids[chosen & self._alive])

    def leave_out(self, ids: Ids) -> Ids:
        """Find these ids no more; return those that were found until now."""
        ids = ids[(ids >= self._span[0]) & (ids <= self._span[1])]
        if not len(ids):
            return ids
        order = self._by_id()
        places = np.searchsorted(self._ids, ids, sorter=order)
        rows = order[np.minimum(places, len(order) - 1)]
        rows = rows[(self._ids[rows] == ids) & self._alive[rows]]
        if len(rows):
            alive = self._alive.copy()  # A search may be looking at the other one.
            alive[rows] = False
            self._alive = alive
        return np.asarray(self._ids[rows])

    def outdated(self) -> Ids:
        """The ids of rows in the file that are left out, but not overwritten yet."""
        if self.file is None or self._written is self._alive:
            return np.empty(0, np.int64)
        return np.asarray(self._ids[self._written & ~self._alive])

    def erase(self) -> int | None:
        """Overwrite in the file what is left out; the new checksum, None if there is nothing."""
        rows = np.nonzero(self._written & ~self._alive)[0]
        if self.file is None or not len(rows):
            return None
        with self._checking:  # Halfway, it would look damaged.
            checksum = self.file.erase(rows)
        self._written = self._alive
        return checksum

    @property
    def checked(self) -> bool:
        """Whether the rows were looked at already."""
        return self._checked is not None

    def is_sound(self) -> bool:
        """Whether the rows are as they were written; looked at once."""
        with self._checking:
            if self._checked is None and self.file is not None:
                self._checked = self.file.check()
            return bool(self._checked)

    def chosen(self, documents: Ids | None, kind: int | None) -> NDArray[np.bool_]:
        """Which rows are there and belong to one of ``documents`` and to this ``kind``.

        ``documents`` are ascending; None stands for any.
        """
        chosen = self._alive
        if documents is not None:
            there, counts = self._runs()
            if not len(documents):
                return chosen[:0]
            places = np.searchsorted(documents, there)
            wanted = documents[np.minimum(places, len(documents) - 1)] == there
            if not wanted.any():
                return chosen[:0]
            chosen = chosen & np.repeat(wanted, counts)
        return chosen if kind is None else chosen & (self._kinds == kind)

    def search(self, query: Matrix, k: int, chosen: NDArray[np.bool_]) -> Found:
        """The ``k`` chosen rows with the largest products with ``query`` (d,), about."""
        scaled = query * self._codes.scales
        step = float(np.abs(scaled).max()) / 127 or 1.0
        rounded = np.rint(scaled / step)[None]
        faiss = one_thread_faiss()
        parameters = None
        if not chosen.all():
            bits = np.packbits(chosen, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(chosen), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)
        products, rows = self._scanner(faiss).search(
            np.ascontiguousarray(rounded, np.float32), min(k, len(chosen)), params=parameters
        )
        found = rows[0] >= 0
        offset = np.float32(query @ self._codes.centre)
        return self._ids[rows[0][found]], products[0][found] * np.float32(step) + offset

    def _runs(self) -> tuple[Ids, Ids]:
        """The documents, ascending, and how many rows each has.

        Rows that were erased are counted as their neighbour's, which does not matter.
        """
        if self._documents_there is None:
            rows = np.maximum.accumulate(self._documents)
            starts = np.flatnonzero(np.diff(rows, prepend=-1))
            self._documents_there = rows[starts], np.diff(starts, append=len(rows))
        return self._documents_there

    def _by_id(self) -> NDArray[np.int64]:
        if self._order is None:
            self._order = np.argsort(self._ids, kind="stable")
        return self._order

    def _scanner(self, faiss: Any) -> Any:
        """FAISS over the very bytes of the file; over a copy if a later FAISS does not let us."""
        if self._index is None:
            try:
                self._index = _view(faiss, self._codes.rows)
            except (AttributeError, TypeError, NotImplementedError):
                self._index = _copy(faiss, self._codes.rows)
        return self._index


def nearest(
    segments: Iterable[Segment],
    query: Matrix,
    k: int,
    documents: Collection[int] | None,
    kind: int | None,
) -> Ids:
    """The ids of the ``k`` best, and of some more: their products are only about right.

    Of the best hundred the right ones were always among 120, of the best ten among 20.
    """
    wanted = None if documents is None else np.unique(np.fromiter(documents, np.int64))
    some = k + k // 5 + 16
    ids, products = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for segment in segments:
        chosen = segment.chosen(wanted, kind)
        if chosen.any():
            found = segment.search(query, some, chosen)
            ids.append(found[0])
            products.append(found[1])
    best = np.argsort(-np.concatenate(products), kind="stable")[:some]
    return np.asarray(np.concatenate(ids)[best])


def encode(
    ids: Ids, documents: Ids, kinds: NDArray[np.int8], matrix: NDArray[np.floating]
) -> Codes:
    """Eight bits for each number of ``matrix`` (n, d), n > 0; each dimension has its own scale.

    Rows are sorted by document, so that those of one lie together.
    """
    order = np.lexsort((ids, documents))
    # Some models have a dimension that is large in all vectors and would drown the others.
    parts = [part.astype(np.float32) for part in _parts(matrix)]
    centre = np.sum([part.sum(axis=0) for part in parts], axis=0) / np.float32(len(ids))
    most = np.max([part.max(axis=0) for part in parts], axis=0)
    least = np.min([part.min(axis=0) for part in parts], axis=0)
    scales = np.maximum(most - centre, centre - least) / np.float32(127)
    scales[scales == 0] = 1
    rows = np.empty(matrix.shape, np.uint8)
    for number, part in enumerate(parts):
        start = number * _ENCODED_AT_ONCE
        rows[start : start + len(part)] = np.rint((part - centre) / scales) + NOTHING
    return Codes(ids[order], documents[order], kinds[order], centre, scales, rows[order])


def _parts(matrix: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    starts = range(0, len(matrix), _ENCODED_AT_ONCE)
    return [matrix[start : start + _ENCODED_AT_ONCE] for start in starts]


_ENCODED_AT_ONCE = 1024


def _empty(faiss: Any, dimension: int) -> Any:
    return faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )


def _view(faiss: Any, rows: NDArray[np.uint8]) -> Any:
    """An index of rows (n, d) that stay where they are: whoever asks keeps them."""
    count, dimension = rows.shape
    index = _empty(faiss, dimension)
    # The owner of a view that FAISS made itself is nobody.
    owner = _view_of_nothing(faiss).codes.owner
    pointer = faiss.swig_ptr(rows.reshape(-1))
    index.codes = type(index.codes).create_view(pointer, count * dimension, owner)
    index.ntotal = count
    return index


def _copy(faiss: Any, rows: NDArray[np.uint8]) -> Any:
    index = _empty(faiss, rows.shape[1])
    index.add_sa_codes(np.ascontiguousarray(rows))
    return index


def _view_of_nothing(faiss: Any) -> Any:
    written = faiss.serialize_index(_empty(faiss, 1))
    return faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(written), written.nbytes))
