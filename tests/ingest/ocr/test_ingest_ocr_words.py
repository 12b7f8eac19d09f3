"""From what the recogniser says of a line to words and their boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.ocr.engine import Recognised
from docqa.ingest.ocr.picture import Picture
from docqa.ingest.ocr.words import words_of
from docqa.model import Box

FLAT = np.array([[100, 40], [500, 40], [500, 60], [100, 60]], np.float32)
HALF = (0.5, 0.5)


def line(text: str) -> Recognised:
    """A line whose characters are all as wide."""
    middles = [(i + 0.5) / len(text) for i, character in enumerate(text) if character != " "]
    return Recognised(text, 0.9, tuple(middles))


def test_words_share_the_line_by_their_letters():
    one, two = words_of(line("abcd efghi"), FLAT, HALF)
    assert (one.text, two.text) == ("abcd", "efghi")
    assert (one.box.top, one.box.bottom) == (20, 30)
    assert one.box.left == 50
    assert 125 <= one.box.right < two.box.left <= 155
    assert two.box.right == 250
    assert one.size == two.size == 8


def test_uneven_blanks_become_one_blank_and_wide_gaps_stay():
    uneven = Recognised("ab cd", 0.9, (0.10, 0.11, 0.135, 0.145))
    one, two = words_of(uneven, FLAT, HALF)
    assert round(two.box.left - one.box.right, 3) == round(0.3 * one.size, 3)
    apart = Recognised("ab cd", 0.9, (0.10, 0.11, 0.50, 0.51))
    one, two = words_of(apart, FLAT, HALF)
    assert two.box.left - one.box.right > 9 * one.size


def test_a_line_that_rises_has_upright_boxes_around_its_words():
    rising = np.array([[0, 100], [400, 60], [402, 80], [2, 120]], np.float32)
    one, two = words_of(line("abcd efgh"), rising, (1.0, 1.0))
    assert one.box.top > two.box.top
    assert one.box.right < two.box.left
    assert one.box.bottom <= 120.5


def test_chinese_is_cut_a_few_characters_at_a_time():
    words = words_of(line("光学字符识别OCR技术"), FLAT, HALF)
    assert [word.text for word in words] == ["光学字符", "识别", "OCR", "技术"]
    edges = [edge for word in words for edge in (word.box.left, word.box.right)]
    assert edges == sorted(edges)


def test_a_line_without_columns_is_one_word():
    (word,) = words_of(Recognised(" ab cd ", 0.9, (0.5,)), FLAT, HALF)
    assert (word.text, word.box) == ("ab cd", Box(50, 20, 250, 30))


@given(
    st.lists(st.text("abcäß1一二", min_size=1, max_size=9), min_size=1, max_size=9).map(" ".join),
    st.data(),
)
def test_words_are_the_text_and_stand_in_order_on_the_line(text, data):
    letters = len(text.replace(" ", ""))
    middles = data.draw(st.lists(st.floats(0, 1), min_size=letters, max_size=letters))
    words = words_of(Recognised(text, 0.9, tuple(sorted(middles))), FLAT, HALF)
    assert "".join(word.text for word in words) == text.replace(" ", "")
    lefts = [word.box.left for word in words]
    assert lefts == sorted(lefts)
    assert all(50 <= word.box.left <= word.box.right <= 250 for word in words)


@given(st.integers(0, 3), st.floats(0, 90), st.floats(0, 190))
def test_turned_pages_give_their_boxes_back(turns, left, top):
    """A dot on the page, found on the turned picture, is where it was."""
    picture = Picture(np.zeros((400, 200, 3), np.uint8), 100.0, 200.0)
    x, y = round(left * 2), round(top * 2)
    picture.pixels[y, x] = 255
    turned = picture.turned(turns)
    rows, columns = np.nonzero(turned.pixels[:, :, 0])
    across, down = turned.scale
    dot = Box(columns[0] * across, rows[0] * down, (columns[0] + 1) * across, (rows[0] + 1) * down)
    assert turned.on_page(dot) == Box(x / 2, y / 2, (x + 1) / 2, (y + 1) / 2)
