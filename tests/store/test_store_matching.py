"""Passages that are still there when a file was read anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from docqa.model import Passage
from docqa.store.matching import pair

TEXTS = st.sampled_from(["Cats sleep.", "Dogs run.", "Table of contents", ""])
PASSAGES = st.builds(
    Passage,
    id=st.just(0),
    document_id=st.just(1),
    page=st.integers(1, 3),
    start=st.integers(0, 2),
    end=st.just(9),
    text=TEXTS,
    context=st.sampled_from(["", "A"]),
)


def numbered(passages: list[Passage]) -> list[Passage]:
    return [replace(passage, id=number) for number, passage in enumerate(passages, start=1)]


@given(st.lists(PASSAGES, max_size=8), st.lists(PASSAGES, max_size=8))
def test_as_many_as_possible_are_kept_and_none_twice(old, new):
    old = numbered(old)
    kept = pair(old, new)
    assert all(one is None or one.text == now.text for one, now in zip(kept, new, strict=True))
    ids = [one.id for one in kept if one]
    assert len(ids) == len(set(ids))
    for text in {passage.text for passage in new}:
        common = min(sum(p.text == text for p in old), sum(p.text == text for p in new))
        assert sum(one is not None and one.text == text for one in kept) == common


@given(st.lists(PASSAGES, max_size=8, unique_by=lambda p: (p.page, p.start, p.text, p.context)))
def test_what_did_not_change_stays_itself(passages):
    old = numbered(passages)
    assert pair(old, list(reversed(passages))) == list(reversed(old))


def test_of_several_with_one_text_the_one_in_place_stays():
    old = numbered([Passage(0, 1, page, 0, 5, "Total", "T") for page in (1, 2, 3)])
    new = [Passage(0, 1, page, 0, 5, "Total", "T") for page in (2, 3)]
    assert pair(old, new) == old[1:]
