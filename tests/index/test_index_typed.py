"""What is typed: whole words, and one that may still grow."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.index.typed import parse
from docqa.store.sql import storable


@pytest.mark.parametrize(
    ("text", "words", "beginning"),
    [
        ("harvest pay", ("harvest",), "pay"),
        ("harvest pay ", ("harvest", "pay"), None),
        ("the price of th", ("price",), "th"),
        ("the price of the", ("price",), None),
        ("the", (), "the"),
        ("of the ", ("of", "the"), None),
        ("14.50 euros?", ("14.50", "euros"), None),
        ("…", (), None),
    ],
)
def test_the_last_word_may_be_a_beginning(
    text: str, words: tuple[str, ...], beginning: str | None
) -> None:
    typed = parse(text)
    assert (typed.words, typed.beginning) == (words, beginning)


@given(st.text(max_size=60))
def test_whatever_is_typed_the_full_text_search_takes_it(text: str) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61')")
        for expression in parse(text).expressions():
            scratch.execute("SELECT rowid FROM t WHERE t MATCH ?", (storable(expression),))
