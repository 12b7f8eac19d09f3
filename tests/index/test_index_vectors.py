"""VectorIndex against an answer that numpy computes from scratch."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docqa.index.vectors import VectorIndex

DIMENSION = 8
IDS = st.integers(0, 30)


class Reference:
    """What the index should hold."""

    def __init__(self) -> None:
        self.rows: dict[int, np.ndarray] = {}

    def best(self, vector: np.ndarray, k: int, allowed: set[int] | None) -> list[float]:
        chosen = [row for id, row in self.rows.items() if allowed is None or id in allowed]
        return sorted((float(row @ vector) for row in chosen), reverse=True)[:k]


def unit_rows(seed: int, count: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.lists(IDS, max_size=12)),
            st.tuples(st.just("remove"), st.lists(IDS, max_size=12)),
        ),
        max_size=8,
    ),
    k=st.integers(0, 40),
    allowed=st.none() | st.sets(IDS, max_size=15),
    seed=st.integers(0, 1000),
)
def test_after_any_changes_it_finds_what_numpy_finds(
    steps: list[tuple[str, list[int]]], k: int, allowed: set[int] | None, seed: int
) -> None:
    index, reference = VectorIndex(DIMENSION), Reference()
    for number, (action, ids) in enumerate(steps):
        if action == "add":
            rows = unit_rows(seed + number, len(ids))
            index.add(ids, rows)
            reference.rows.update(zip(ids, rows, strict=True))
        else:
            known = len(reference.rows.keys() & set(ids))
            assert index.remove(ids) == known
            for id in ids:
                reference.rows.pop(id, None)
    vector = unit_rows(seed, 1)[0]
    found = index.search(vector, k, allowed)
    assert len(index) == len(reference.rows)
    assert index.ids().tolist() == sorted(reference.rows)
    assert [score for _, score in found] == pytest.approx(
        reference.best(vector, k, allowed), abs=1e-5
    )
    for id, score in found:
        assert score == pytest.approx(float(reference.rows[id] @ vector), abs=1e-5)
    assert len({id for id, _ in found}) == len(found)
    known_ids, rows = index.rows(range(31))
    assert known_ids.tolist() == sorted(reference.rows)
    for id, row in zip(known_ids.tolist(), rows, strict=True):
        assert np.array_equal(row, reference.rows[id])


def test_an_empty_index_finds_nothing() -> None:
    assert VectorIndex(DIMENSION).search(np.ones(DIMENSION), 5) == []


def test_shapes_that_do_not_fit_are_refused() -> None:
    index = VectorIndex(DIMENSION)
    with pytest.raises(ValueError, match="dimension 8"):
        index.add([1, 2], unit_rows(0, 3))
    with pytest.raises(ValueError, match="finite"):
        index.add([1], np.full((1, DIMENSION), np.nan, np.float32))
    assert len(index) == 0


def test_threads_may_search_while_others_add_and_remove() -> None:
    index = VectorIndex(DIMENSION)
    rows = unit_rows(1, 2000)
    index.add(range(1000), rows[:1000])
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                found = index.search(rows[7], 5)
                assert found[0][0] == 7
                assert found[0][1] == pytest.approx(1.0, abs=1e-5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(1000, 2000, 50):
        index.add(range(start, start + 50), rows[start : start + 50])
        index.remove(range(start - 500, start - 450))
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(index) == 1000
