"""People read columns one after the other, tables row by row, and notes after the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from reading_pages import columns, tables
from reading_pages.paper import ReadingPage

from docqa.ingest.layout.blocks import Block
from docqa.ingest.layout.order import order
from docqa.ingest.layout.page_text import Word
from docqa.ingest.pdfium import Pdfium
from docqa.model import Box

PAGES = [*columns.PAGES, *tables.PAGES]


def letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def text_of(blocks: Sequence[Block]) -> str:
    words = (word.text for block in blocks for row in block.rows for word in row.words)
    return " ".join(words)


def read(path: Path) -> list[Block]:
    page = Pdfium(path, None).words(1)
    return order(page.lines, page.width, page.height)


def first_out_of_order(page: ReadingPage, text: str) -> str | None:
    """The first expected phrase that is not behind the one before, None if all are."""
    found = letters(text)
    place = 0
    for phrase in page.expected:
        place = found.find(letters(phrase), place)
        if place < 0:
            return phrase
        place += len(letters(phrase))
    return None


def test_eighteen_of_twenty_pages_are_read_in_order(tmp_path: Path) -> None:
    wrong = {}
    for number, page in enumerate(PAGES):
        text = text_of(read(page.draw(tmp_path / f"{number}.pdf")))
        phrase = first_out_of_order(page, text)
        if phrase is not None:
            wrong[page.name] = phrase
    assert len(PAGES) == 20
    assert len(wrong) <= 2, wrong


def test_columns_that_are_written_from_the_last_to_the_first_are_read_in_order(
    tmp_path: Path,
) -> None:
    page = columns.three_columns_shuffled()
    reversed_page = replace(page, pieces=list(reversed(page.pieces)))
    text = text_of(read(reversed_page.draw(tmp_path / "reversed.pdf")))
    assert first_out_of_order(page, text) is None


# -- words made by hand -----------------------------------------------------------------------


def line(left: float, top: float, text: str, size: float = 10.0, step: float = 0.5) -> list[Word]:
    """Words of one line, each letter ``step`` of the size wide."""
    found = []
    for word in text.split():
        right = left + step * size * len(word)
        found.append(Word(word, Box(left, top, right, top + 1.1 * size), size))
        left = right + 0.3 * size
    return found


def paragraph(left: float, top: float, name: str, count: int) -> list[list[Word]]:
    """Lines of prose that fill a column of 200 points."""
    text = "and then goes on with more words to"
    return [
        line(left, top + 12 * place, f"{name}{place} {text}" if place else f"{name}0 Then {text}")
        for place in range(count)
    ]


def names(blocks: Sequence[Block]) -> list[str]:
    """The words that have a number in them, in order."""
    words = (word.text for block in blocks for row in block.rows for word in row.words)
    return [word for word in words if word[-1].isdigit()]


def test_no_words_are_no_blocks() -> None:
    assert order([], 600, 800) == []
    assert order([[], []], 600, 800) == []


def test_each_word_comes_out_once() -> None:
    lines = [*paragraph(50, 50, "a", 20), *paragraph(320, 56, "b", 20), line(50, 400, "x 1 2")]
    given = sorted(word.text for one in lines for word in one)
    found = order(lines, 600, 800)
    assert given == sorted(w.text for block in found for row in block.rows for w in row.words)


def test_lines_that_the_engine_glued_across_the_gutter_are_parted() -> None:
    left, right = paragraph(50, 50, "a", 6), paragraph(320, 50, "b", 6)
    glued = [[*one, *other] for one, other in zip(left, right, strict=True)]
    expected = [f"a{place}" for place in range(6)] + [f"b{place}" for place in range(6)]
    assert names(order(glued, 600, 800)) == expected


def test_hebrew_columns_are_read_from_the_right() -> None:
    def hebrew(lines: list[list[Word]]) -> list[list[Word]]:
        """The same places, Hebrew letters, words in logical order."""
        turned = []
        for one in lines:
            spots = [word.box for word in reversed(one)]
            texts = ["\u05d0" * (len(word.text) - 1) + word.text[-1] for word in one]
            turned.append([Word(text, box, 10.0) for text, box in zip(texts, spots, strict=True)])
        return turned

    left, right = paragraph(50, 50, "a", 6), paragraph(320, 50, "b", 6)
    lines = [part for pair in zip(hebrew(left), hebrew(right), strict=True) for part in pair]
    blocks = order(lines, 600, 800)
    first = blocks[0].rows[0].words[0]
    assert first.box.left > 320
    rows = [row for block in blocks for row in block.rows]
    assert all(row.words[0].box.left > 320 for row in rows[:6])
    assert all(row.words[-1].box.right < 320 for row in rows[6:])


def test_a_stamp_that_runs_upwards_does_not_disturb_the_text() -> None:
    stamp = [Word("arXiv:2101", Box(10, 200, 20, 260), 10), Word("[cs]", Box(10, 150, 20, 195), 10)]
    blocks = order([*paragraph(50, 50, "a", 30), stamp], 600, 800)
    assert [word.text for word in blocks[-1].rows[0].words] == ["arXiv:2101", "[cs]"]
    assert names(blocks)[:30] == [f"a{place}" for place in range(30)]


def test_a_page_of_turned_words_keeps_the_order_of_the_engine() -> None:
    lines = [
        [Word(f"word{place}", Box(300 - 12 * place, 100, 311 - 12 * place, 140), 10)]
        for place in range(5)
    ]
    assert names(order(lines, 600, 800)) == [f"word{place}" for place in range(5)]


def test_a_raised_letter_stays_with_its_word() -> None:
    lines = [
        line(50, 50, "The area is 5 m"),
        [Word("2", Box(114, 48, 117, 54), 6)],
        line(119, 50, "in all and"),
        line(50, 62, "more follows here"),
    ]
    first = order(lines, 600, 800)[0].rows[0]
    assert [word.text for word in first.words][-5:] == ["m", "2", "in", "all", "and"]


def test_a_large_initial_belongs_to_the_first_line() -> None:
    initial = [Word("O", Box(50, 50, 80, 86), 36)]
    beside = [line(84, 52 + 12 * place, f"nce{place} upon a time there was") for place in range(3)]
    blocks = order([initial, *beside, *paragraph(50, 90, "a", 3)], 600, 800)
    assert [word.text for word in blocks[0].rows[0].words][:2] == ["O", "nce0"]
    assert names(blocks) == ["nce0", "nce1", "nce2", "a0", "a1", "a2"]


def test_formulas_keep_the_order_of_the_engine() -> None:
    fraction = [
        line(50, 100, "z ="),
        line(70, 93, "a + b"),
        line(70, 108, "c + d"),
        line(98, 100, "= 1"),
    ]
    lines = [*paragraph(50, 50, "a", 3), *fraction, *paragraph(50, 130, "b", 3)]
    text = text_of(order(lines, 600, 800))
    assert "z = a + b c + d = 1" in text


def test_cells_of_a_table_are_told() -> None:
    rows = [("Sales", "120", "99"), ("Costs", "80", "71"), ("Profit", "40", "28")]
    lines = []
    for place, cells in enumerate(rows):
        for left, cell in zip((50, 200, 300), cells, strict=True):
            lines.append(line(left, 100 + 15 * place, cell))
    blocks = order([*paragraph(50, 50, "a", 3), *lines], 600, 800)
    table = blocks[-1]
    assert table.kind == "table"
    assert [row.cells for row in table.rows] == [(0, 1, 2)] * 3
    assert [[word.text for word in row.words] for row in table.rows] == [list(r) for r in rows]


def test_a_sign_of_currency_is_in_the_cell_of_its_number() -> None:
    lines = []
    for place in range(3):
        top = 100 + 15 * place
        lines += [line(50, top, "Sales"), line(200, top, "$"), line(225, top, "120 $")]
        lines += [line(270, top, "99"), line(320, top, "7"), line(336, top, "%")]
    for row in order(lines, 600, 800)[0].rows:
        cells = [row.words[start].text for start in row.cells]
        assert cells == ["Sales", "$", "$", "7"]


def test_a_list_is_no_table() -> None:
    lines = []
    for place in range(4):
        lines.append(line(50, 100 + 14 * place, "\u2022"))
        lines.append(line(70, 100 + 14 * place, f"item{place} of a list"))
    assert {block.kind for block in order(lines, 600, 800)} == {"text"}


def test_a_page_with_a_hundred_thousand_words_is_not_looked_at() -> None:
    words = [
        [Word(f"w{place}", Box(place % 600, place % 800, place % 600 + 9, 9), 9)]
        for place in range(100_000)
    ]
    blocks = order(words, 600, 800)
    assert names(blocks) == [f"w{place}" for place in range(100_000)]


WORDS = st.lists(
    st.lists(
        st.builds(
            lambda text, x, y, w, h, size: Word(text, Box(x, y, x + w, y + h), size),
            st.text(min_size=1, max_size=6),
            st.floats(-50, 700),
            st.floats(-50, 900),
            st.floats(0, 200),
            st.floats(0, 60),
            st.floats(0, 40),
        ),
        max_size=6,
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_whatever_a_page_is_like_no_word_is_lost_or_doubled(lines: list[list[Word]]) -> None:
    blocks = order(lines, 600, 800)
    found = [id(word) for block in blocks for row in block.rows for word in row.words]
    assert sorted(found) == sorted(id(word) for one in lines for word in one)
    for block in blocks:
        assert block.rows
        for row in block.rows:
            assert row.words
            assert list(row.cells) == sorted(set(row.cells))
            assert not row.cells or (row.cells[0] == 0 and row.cells[-1] < len(row.words))
