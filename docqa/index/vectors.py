"""Nearest vectors by FAISS: ids in, ids out, with removal and search among some ids only."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from types import ModuleType

Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]


class VectorIndex:
    """Vectors of one dimension under ids; exact inner products. Safe to use from any thread."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._lock = threading.Lock()
        self._index: Any = None

    def __len__(self) -> int:
        with self._lock:
            return 0 if self._index is None else int(self._index.ntotal)

    def ids(self) -> Ids:
        """All ids, ascending."""
        with self._lock:
            return np.sort(self._known())

    def add(self, ids: Sequence[int] | Ids, matrix: Matrix) -> None:
        """Put row i of ``matrix`` (n, d) under ``ids[i]``; an id that was there is replaced.

        Of an id that is given twice the last row counts. Raises ValueError if shapes do not fit
        or a value is not finite.
        """
        numbers = _as_ids(ids)
        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        if rows.shape != (len(numbers), self.dimension):
            raise ValueError(f"{len(numbers)} ids, dimension {self.dimension}: {rows.shape}")
        if not np.isfinite(rows).all():
            raise ValueError("vectors must be finite")
        numbers, rows = _last_of_each(numbers, rows)
        with self._lock:
            if len(numbers):
                self._remove(numbers)
                self._faiss_index().add_with_ids(rows, numbers)

    def remove(self, ids: Collection[int] | Ids) -> int:
        """Remove these ids; unknown ones do not matter. Returns how many there were."""
        with self._lock:
            return self._remove(_as_ids(ids))

    def search(
        self, vector: NDArray[np.floating], k: int, allowed: Collection[int] | Ids | None = None
    ) -> list[tuple[int, float]]:
        """The ``k`` ids with the largest inner product to ``vector`` (d,), best first.

        ``allowed`` restricts the search to these ids; None allows all.
        """
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, self.dimension)
        chosen = None if allowed is None else _as_ids(allowed)
        if k <= 0 or (chosen is not None and not len(chosen)):
            return []
        with self._lock:
            if self._index is None or not self._index.ntotal:
                return []
            faiss = one_thread_faiss()
            parameters = None
            if chosen is not None:
                selector = faiss.IDSelectorBatch(chosen)
                parameters = faiss.SearchParameters(sel=selector)
            most = min(k, int(self._index.ntotal))
            products, ids = self._index.search(query, most, params=parameters)
        return [
            (int(id), float(product))
            for id, product in zip(ids[0], products[0], strict=True)
            if id >= 0
        ]

    def rows(self, ids: Collection[int] | Ids) -> tuple[Ids, Matrix]:
        """The vectors of those ``ids`` that are known, ascending: ids (n,) and rows (n, d)."""
        with self._lock:
            known = np.intersect1d(_as_ids(ids), self._known())
            if not len(known):
                return known, np.empty((0, self.dimension), np.float32)
            return known, np.asarray(self._index.reconstruct_batch(known), np.float32)

    def _known(self) -> Ids:
        if self._index is None:
            return np.empty(0, np.int64)
        return np.array(one_thread_faiss().vector_to_array(self._index.id_map), np.int64)

    def _remove(self, numbers: Ids) -> int:
        # Removing rebuilds FAISS's map of ids, so it is not done in vain.
        if not np.isin(numbers, self._known()).any():
            return 0
        return int(self._index.remove_ids(one_thread_faiss().IDSelectorBatch(numbers)))

    def _faiss_index(self) -> Any:
        if self._index is None:
            faiss = one_thread_faiss()
            self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))
        return self._index


def one_thread_faiss() -> ModuleType:
    """FAISS, computing in the thread that calls."""
    import faiss

    # OpenMP keeps this number for each calling thread; more threads only get in the way here.
    faiss.omp_set_num_threads(1)
    module: ModuleType = faiss
    return module


def _as_ids(ids: Collection[int] | Ids) -> Ids:
    if isinstance(ids, np.ndarray):
        return np.ascontiguousarray(ids, dtype=np.int64)
    return np.fromiter(ids, np.int64, len(ids))


def _last_of_each(ids: Ids, rows: Matrix) -> tuple[Ids, Matrix]:
    _, last = np.unique(ids[::-1], return_index=True)
    keep = np.sort(len(ids) - 1 - last)
    return np.ascontiguousarray(ids[keep]), np.ascontiguousarray(rows[keep])
