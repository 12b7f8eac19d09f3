"""Signals become one score; pages come once before twice, documents in turn, texts once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docqa.index.fusion import Signals, Weights, distinct, fuse, in_turn, one_a_page
from docqa.model import Passage

_IDS = st.integers(1, 8)
_SHARES = st.floats(0, 1)


def passage(id: int, document: int = 1, page: int = 1, text: str = "") -> Passage:
    return Passage(id, document, page, 0, 10, text or f"text number {id}")


def places(passages: list[Passage]) -> list[int]:
    return [one.id for one in passages]


def test_meaning_and_keywords_are_added() -> None:
    signals = Signals(similarities={1: 0.5, 2: 0.5, 3: 0.2}, keywords={1: 4.0, 3: 8.0})
    scores = fuse(signals, Weights(meaning=1.0, keywords=1.0, page=0.0))
    assert scores == {3: 1.2, 1: 1.0, 2: 0.5}
    assert list(scores) == [3, 1, 2]


def test_the_page_around_the_document_and_notes_count() -> None:
    alike = {1: 0.4, 2: 0.4}
    for signals in (
        Signals(similarities=alike, pages={1: 0.1, 2: 0.3}),
        Signals(similarities=alike, named={2: 1.0}),
        Signals(similarities=alike, noted={2: 0.5}),
    ):
        assert list(fuse(signals)) == [2, 1]


def test_a_passage_without_a_vector_competes_by_its_keywords() -> None:
    signals = Signals(similarities={1: 0.6, 2: 0.2, 3: 0.4}, keywords={4: 9.0, 3: 1.0})
    assert next(iter(fuse(signals))) == 4


def test_a_weak_match_of_keywords_does_not_count_as_a_full_one() -> None:
    weak = fuse(Signals(keywords={1: 0.1}), Weights(keywords=1.0))
    assert weak[1] == 0.1


@given(
    st.dictionaries(_IDS, _SHARES),
    st.dictionaries(_IDS, st.floats(0, 50)),
    st.dictionaries(_IDS, _SHARES),
)
def test_all_proposed_passages_are_scored_the_best_first(
    similarities: dict[int, float], keywords: dict[int, float], noted: dict[int, float]
) -> None:
    scores = fuse(Signals(similarities, keywords, noted=noted))
    assert scores.keys() == {*similarities, *keywords, *noted}
    assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_every_page_comes_once_before_any_comes_twice() -> None:
    ranked = [passage(1), passage(2), passage(3, page=2), passage(4, document=2), passage(5)]
    assert places(list(one_a_page(ranked))) == [1, 3, 4, 2, 5]


def test_documents_take_turns() -> None:
    ranked = [passage(1), passage(2), passage(3), passage(4, document=2), passage(5, document=3)]
    assert places(list(in_turn(ranked))) == [1, 4, 5, 2, 3]


def test_the_same_text_comes_once_but_other_numbers_are_another_text() -> None:
    said = "In the year 2021 the ferry carried many people across the strait and back again"
    ranked = [
        passage(1, text=said),
        passage(2, document=2, text=said + "."),
        passage(3, document=3, text=said.replace("2021", "2022")),
    ]
    assert places(list(distinct(ranked))) == [1, 3]
    assert places(list(distinct(ranked, of_each=True))) == [1, 2, 3]


def test_texts_that_differ_in_a_word_or_in_letters_only_are_the_same() -> None:
    long = " ".join(f"clause{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(60))
    ranked = [
        passage(1, text=f"{long} amounts to 12,345 dollars"),
        passage(2, text=f"{long.upper()}  amounts to 12,345 dollars."),
        passage(3, text=f"{long} amounts to 12,346 dollars"),
        passage(4, text=f"however, {long} amounts to 12,345 dollars"),
        passage(5, text="Something else."),
    ]
    assert places(list(distinct(ranked))) == [1, 3, 5]
