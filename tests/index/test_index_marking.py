"""Marks: what was looked for, with the letters of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from index_library import Library

from docqa.index.marking import SNIPPET, Marker
from docqa.index.typed import parse
from docqa.model import Marked


def marked(library: Library, typed: str, text: str) -> list[str]:
    (one,) = Marker(parse(typed), library.store.fulltext).mark([text])
    assert one.text == text
    return [text[start:end] for start, end in one.marks]


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("pay ", "They pay; payment, PAYS, paid.", ["pay", "PAYS"]),
        ("pay", "They pay; payment, PAYS, paid.", ["pay", "pay", "PAY"]),
        ("running ", "He runs, she ran, they run.", ["runs", "run"]),
        ("cafe ", "Das Café, le cafe\u0301.", ["Café", "cafe\u0301"]),
        ("caf", "Das Café, le cafe\u0301.", ["Caf", "caf"]),
        ("straße ", "Die Straße, die STRASSE.", ["Straße", "STRASSE"]),
        ("1250 ", "It has 1,250 trees, not 250.", ["1,250"]),
        ("1,250 ", "It has 1,250 trees, or 1250.", ["1,250", "1250"]),
        ("14.5", "Pay is 14.50 an hour.", ["14.5"]),
        ("price of the oak", "The price of oaks.", ["price", "oak"]),
        ("שלום", "הוא אמר שָׁלוֹם לכולם", ["שָׁלוֹם"]),
        ("東京", "新しい東京都庁です", ["東京"]),
        ("ships", "Nothing of that kind.", []),
    ],
)
def test_words_are_marked_as_the_text_writes_them(
    library: Library, typed: str, text: str, expected: list[str]
) -> None:
    assert marked(library, typed, text) == expected


def test_a_snippet_shows_the_words_together(library: Library) -> None:
    filling = "Nothing of interest stands here at all. " * 12
    text = f"A pay rise. {filling}The harvest\n  brings more pay. {filling}"
    (one,) = Marker(parse("harvest pay"), library.store.fulltext).snippets([text])
    assert "The harvest brings more pay." in one.text
    assert one.text.startswith("… ")
    assert one.text.endswith(" …")
    assert [one.text[start:end] for start, end in one.marks] == ["harvest", "pay"]


def test_a_text_without_the_words_shows_its_beginning(library: Library) -> None:
    (one,) = Marker(parse("harvest"), library.store.fulltext).snippets(["word " * 100])
    assert one.text.startswith("word word")
    assert (len(one.text) <= SNIPPET + 2, one.marks) == (True, ())


@given(
    typed=st.text(alphabet="abé ", min_size=1, max_size=6),
    text=st.text(alphabet="abéÉ\u0301 \n.", max_size=500),
)
def test_marks_are_apart_and_inside(typed: str, text: str) -> None:
    words = parse(typed)
    marker = Marker(words, _Stems())  # type: ignore[arg-type]
    for one in (*marker.mark([text]), *marker.snippets([text])):
        _check(one)


class _Stems:
    """The words themselves: no database is needed for offsets."""

    def terms(self, texts: list[str]) -> list[list[str]]:
        return [[text] for text in texts]


def _check(one: Marked) -> None:
    places = [place for span in one.marks for place in span]
    assert places == sorted(places)
    assert all(start < end for start, end in one.marks)
    assert not places or places[-1] <= len(one.text)
