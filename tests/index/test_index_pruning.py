"""Which words a large library is searched by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.index.pruning import Asked, choose, scored, together

MILLION = 1_000_000


def asked(**frequencies: int) -> list[Asked]:
    return [Asked(f'"{word}"', count) for word, count in frequencies.items()]


def names(words: tuple[Asked, ...]) -> list[str]:
    return [word.expression.strip('"') for word in words]


def test_rare_words_are_searched_by_and_common_ones_are_dropped():
    words = asked(total=300_000, gannet=40, revenue=50_000, heron=900)
    chosen = choose(words, MILLION, narrow=False)
    assert names(chosen.words) == ["gannet", "heron", "revenue"]
    assert names(chosen.dropped) == ["total"]
    assert not choose(asked(total=300_000), MILLION, narrow=False).words


def test_a_narrow_scope_is_searched_by_more_and_by_two_at_least():
    words = asked(total=300_000, year=400_000, assets=110_000)
    assert names(choose(words, MILLION, narrow=True).words) == ["assets", "total"]
    words = asked(total=100_000, heron=900)
    assert names(choose(words, MILLION, narrow=True).words) == ["heron", "total"]


def test_common_words_have_to_meet():
    words = asked(year=400_000, total=200_000, income=100_000)
    assert names(together(words, MILLION)) == ["income", "total"]
    assert names(together(asked(year=400_000), MILLION)) == ["year"]
    assert names(together(asked(heron=900, year=400_000), MILLION)) == ["heron"]


def test_what_a_word_weighs():
    [rare, common, everywhere] = asked(rare=10, common=100_000, everywhere=900_000)
    assert rare.rarity(MILLION) > common.rarity(MILLION) > everywhere.rarity(MILLION) == 0.0
    assert Asked("", 5).rarity(3) == 0.0


@pytest.mark.parametrize(
    ("root", "text", "there"),
    [
        ("compan", "all companies", True),
        ("compan", "accompanied, (companion)", True),
        ("compan", "accompanied", False),
        ("10", "in 10 years", True),
        ("10", "in 2010, 100", False),
        ("10-k", "the 10-k form", True),
        ("", "", False),
    ],
)
def test_a_quick_look_at_a_text(root, text, there):
    roots = (root,) if root else ()
    assert Asked("x", 1, roots).is_in(text) is there


@given(st.lists(st.integers(0, MILLION), max_size=12), st.booleans())
def test_no_word_gets_lost_and_the_rarest_come_first(frequencies, narrow):
    words = [Asked(str(n), count) for n, count in enumerate(frequencies)]
    chosen = choose(words, MILLION, narrow=narrow)
    assert sorted([*chosen.words, *chosen.dropped], key=lambda w: int(w.expression)) == words
    if chosen.words and chosen.dropped:
        assert chosen.words[-1].frequency <= chosen.dropped[0].frequency
    if not narrow:
        assert sum(word.frequency for word in chosen.words) <= scored(MILLION)
