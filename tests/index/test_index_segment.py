"""Eight bits a number: the neighbours are those that exact vectors have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docqa.index.segment import Segment, encode, nearest
from docqa.index.vector_file import NOTHING, MappedFile, Stamp, write

DIMENSION = 384
STAMP = Stamp("this workspace", "passage", "embedder:1", DIMENSION)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def anywhere(count: int, seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(count, DIMENSION)))


def in_clusters(count: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    centres = anywhere(20, 99) + anywhere(1, 98)
    rows = centres[chance.integers(0, 20, count)]
    return unit(rows + 0.7 * anywhere(count, seed))


def one_dimension_rules(count: int, seed: int) -> np.ndarray:
    rows = anywhere(count, seed)
    rows[:, 7] += 1.5  # as with some models
    return unit(rows)


def segment_of(rows: np.ndarray, first: int = 1) -> Segment:
    ids = np.arange(first, first + len(rows), dtype=np.int64)
    return Segment(encode(ids, ids // 10, (ids % 3).astype(np.int8), rows.astype(np.float16)))


@pytest.mark.parametrize("made", [anywhere, in_clusters, one_dimension_rules])
def test_the_best_ten_of_all_are_among_the_nearest(made) -> None:  # type: ignore[no-untyped-def]
    rows, questions = made(6000, 1), made(20, 2)
    segments = [segment_of(rows[:4000]), segment_of(rows[4000:], 4001)]
    for question in questions:
        best = set((np.argsort(-(rows @ question))[:10] + 1).tolist())
        assert best <= set(nearest(segments, question, 10, None, None).tolist())


@settings(max_examples=30, deadline=None)
@given(
    documents=st.none() | st.sets(st.integers(0, 70), max_size=9),
    kind=st.none() | st.integers(0, 3),
    gone=st.sets(st.integers(0, 700), max_size=99),
)
def test_only_what_is_asked_for_is_found(
    documents: set[int] | None, kind: int | None, gone: set[int]
) -> None:
    segment = segment_of(ROWS)
    before = set(segment.ids().tolist())
    left_out = segment.leave_out(np.array(sorted(gone), np.int64))
    assert set(left_out.tolist()) == before & gone
    assert len(segment) == len(before - gone)
    found = nearest([segment], ROWS[5], 1000, documents, kind)
    assert set(found.tolist()) == {
        id
        for id in before - gone
        if (documents is None or id // 10 in documents) and (kind is None or id % 3 == kind)
    }


ROWS = anywhere(600, 3)


def test_a_faiss_without_views_searches_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = nearest([segment_of(ROWS)], ROWS[5], 10, None, None)
    monkeypatch.delattr("faiss.ZeroCopyIOReader")
    assert nearest([segment_of(ROWS)], ROWS[5], 10, None, None).tolist() == expected.tolist()


def test_what_is_erased_is_nothing_in_the_file_and_is_not_found(tmp_path: Path) -> None:
    file = tmp_path / "a.vectors"
    ids = np.arange(1, 601, dtype=np.int64)
    codes = encode(ids, ids // 10, np.zeros(600, np.int8), ROWS)
    checksum = write(file, STAMP, codes)
    mapped = MappedFile(file, STAMP, 600, checksum)
    segment = Segment(mapped.codes, mapped)
    segment.leave_out(np.array([6, 600, 601]))
    changed = segment.erase()
    assert changed is not None
    assert segment.erase() is None  # once
    again = MappedFile(file, STAMP, 600, changed)
    assert again.check()
    assert again.codes.ids[[5, 599]].tolist() == [0, 0]
    assert (again.codes.rows[[5, 599]] == NOTHING).all()
    reopened = Segment(again.codes, again)
    assert len(reopened) == 598
    found = nearest([reopened], ROWS[5], 5, None, None)
    assert 6 not in found
    assert 7 in nearest([reopened], ROWS[6], 5, [0], None)
    with pytest.raises(ValueError, match="another file"):
        MappedFile(file, STAMP, 600, checksum)
