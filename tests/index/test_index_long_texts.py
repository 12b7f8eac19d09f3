"""Texts that are longer than a model reads."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docqa.index.long_texts import Joining, Windows


class Words:
    """A tokenizer whose tokens are words, between two special ones."""

    def __call__(self, texts, truncation=False, max_length=None, **options):
        if isinstance(texts, str):
            return {"offset_mapping": [found.span() for found in re.finditer(r"\S+", texts)]}
        tokens = [[0, *(len(word) for word in text.split()), 1] for text in texts]
        return {"input_ids": [one[:max_length] if truncation else one for one in tokens]}


def test_a_short_text_is_one_window_with_its_prompt():
    (window,) = Windows(Words(), 8).cut(["three small words"], "query: ")
    assert (window.owner, window.text, window.prompt) == (0, "three small words", "query: ")
    assert len(window.tokens) == 2 + 1 + 3


def test_a_long_text_is_cut_into_windows_of_about_the_same_size():
    text = " ".join(f"word{number}" for number in range(25))
    windows = Windows(Words(), 13).cut(["short", text], "passage: ")
    assert [window.owner for window in windows] == [0, 1, 1, 1]
    assert [len(window.text.split()) for window in windows[1:]] == [9, 9, 7]
    assert "".join(window.text for window in windows[1:]) == text


@given(st.lists(st.text("ab \n", max_size=60), max_size=6), st.integers(4, 12))
def test_every_word_is_in_exactly_one_window(texts, most):
    windows = Windows(Words(), most).cut(texts, "q: ")
    for owner, text in enumerate(texts):
        parts = [window.text for window in windows if window.owner == owner]
        assert " ".join(parts).split() == text.split()
    assert all(len(window.tokens) <= most for window in windows)


@given(st.lists(st.integers(0, 30), max_size=6), st.randoms())
def test_each_text_gets_one_unit_vector_when_all_its_windows_are_there(lengths, chance):
    windows = Windows(Words(), 7).cut(["x " * length for length in lengths], "")
    joining = Joining(windows)
    order = list(range(len(windows)))
    chance.shuffle(order)
    rows = np.eye(4, dtype=np.float32)[[index % 4 for index in order]]
    done: list[int] = []
    for index, row in zip(order, rows, strict=True):
        for owners, found in joining.add(([index], row[np.newaxis])):
            assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
            done += owners
    assert sorted(done) == list(range(len(lengths)))


def test_a_longer_window_counts_more():
    windows = Windows(Words(), 6).cut(["a b c d e"], "")
    assert [len(window.tokens) for window in windows] == [5, 4]
    ((_, rows),) = Joining(windows).add(([0, 1], np.eye(2, dtype=np.float32)))
    assert np.allclose(rows, np.array([[5, 4]]) / np.sqrt(41))
