from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.layout.blocks import Block, Row
from docqa.ingest.layout.compose import compose, compose_plain
from docqa.ingest.layout.page_text import PageText, Word
from docqa.ingest.places import boxes, decode, encode
from docqa.ingest.text import TextCleaner
from docqa.model import Box

WIDTH, HEIGHT = 6.0, 12.0


def row(text: str, top: float = 0.0, *, size: float = 10.0, bold: bool = False) -> Row:
    """Words of letters that are all equally wide; "|" begins a new cell."""
    words: list[Word] = []
    cells: list[int] = []
    left = 0.0
    for part in text.split(" "):
        if part.startswith("|"):
            cells.append(len(words))
        letters = part.removeprefix("|")
        right = left + WIDTH * len(letters)
        words.append(Word(letters, Box(left, top, right, top + HEIGHT), size, bold))
        left = right + WIDTH
    return Row(tuple(words), tuple(cells))


def text_block(*lines: str) -> Block:
    return Block("text", tuple(row(line, 20.0 * index) for index, line in enumerate(lines)))


def composed(*blocks: Block) -> PageText:
    return compose(blocks, TextCleaner())


def spans(page: PageText) -> list[str]:
    return [page.text[line.start : line.end] for line in page.lines]


def test_rows_are_lines_and_blocks_are_apart() -> None:
    page = composed(text_block("A heading"), text_block("The first", "and more."))
    assert page.text == "A heading\n\nThe first\nand more."
    assert spans(page) == ["A heading", "The first", "and more."]
    assert [line.block for line in page.lines] == [0, 1, 1]
    assert [page.text[place.start : place.end] for place in page.places] == [
        "A", "heading", "The", "first", "and", "more.",
    ]  # fmt: skip


def test_a_line_knows_what_it_looks_like() -> None:
    page = composed(Block("text", (row("Large and bold", 30.0, size=18.0, bold=True),)))
    [line] = page.lines
    assert (line.size, line.bold) == (18.0, True)
    assert line.box == Box(0.0, 30.0, 14 * WIDTH, 30.0 + HEIGHT)


def test_a_cut_word_ends_its_row_as_a_whole_and_is_shown_in_two_places() -> None:
    page = composed(text_block("made of elec-", "tricity, and more"))
    assert page.text == "made of electricity,\nand more"
    start = page.text.index("electricity")
    first, second = boxes(page.places, start, start + len("electricity"))
    assert (first.top, second.top) == (0.0, 20.0)


def test_a_row_of_nothing_but_the_other_half_is_no_line() -> None:
    page = composed(text_block("elec\x02", "tri\ufffe", "city", "and more"))
    assert page.text == "electricity\nand more"
    assert len(page.lines) == 2


def test_a_word_is_mended_into_the_next_column() -> None:
    page = composed(text_block("made of elec-"), text_block("tricity flows", "on"), text_block("B"))
    assert page.text == "made of electricity\nflows\non\n\nB"
    assert page.lines[0].block == page.lines[2].block != page.lines[3].block


def test_what_stands_at_the_other_half_without_a_blank_comes_with_it() -> None:
    lefts = (("b", 0), ("。", 6), ("c", 40))
    second = Row(tuple(Word(text, Box(left, 20, left + 6, 32), 10.0) for text, left in lefts))
    page = composed(Block("text", (row("a-"), second)))
    assert page.text == "a-b。\nc"


def test_compounds_and_what_follows_in_another_block_keep_their_hyphen() -> None:
    assert composed(text_block("a long time, a term, long-", "term debt")).text.endswith(
        "long-term\ndebt"
    )
    assert composed(text_block("to be con-"), text_block("Page 3")).text == "to be con-\n\nPage 3"
    assert composed(text_block("Ober-", "und Untergrenze")).text == "Ober-\nund Untergrenze"


def test_other_pages_tell_compounds_from_cut_words() -> None:
    cleaner = TextCleaner()
    compose([text_block("The net worth of work in the network.")], cleaner)
    assert compose([text_block("a net-", "work")], cleaner).text == "a network"


def test_a_row_of_a_table_has_cells_and_keeps_its_hyphens() -> None:
    page = composed(Block("table", (row("|Net income |1,234 |non-"), row("|rose |5 |current"))))
    assert page.text == "Net income 1,234 non-\nrose 5 current"
    assert [line.kind for line in page.lines] == ["row", "row"]
    cells = [page.text[start:end] for start, end in page.lines[0].cells]
    assert cells == ["Net income", "1,234", "non-"]


def test_a_cell_of_unknown_letters_is_left_out() -> None:
    page = composed(Block("table", (row("|Total |\ue001 |5"),)))
    assert [page.text[start:end] for start, end in page.lines[0].cells] == ["Total", "5"]


def test_chinese_that_was_taken_apart_is_put_together() -> None:
    words = [
        Word(text, Box(left, 0, left + 40, 10), 10.0)
        for text, left in (("关于红军", 0), ("作战的原", 40), ("则", 100))
    ]
    page = composed(Block("text", (Row(tuple(words)),)))
    assert page.text == "关于红军作战的原 则"
    assert [place.start for place in page.places] == [0, 4, 9]


def test_wide_digits_that_were_taken_apart_are_one_number() -> None:
    words = (Word("\uff11", Box(0, 0, 10, 10), 10.0), Word("\uff19", Box(12, 0, 22, 10), 10.0))
    assert composed(Block("text", (Row(words),))).text == "19"


def test_a_very_long_word_that_was_taken_apart_is_put_together() -> None:
    words = (Word("a" * 60, Box(0, 0, 300, 10), 10.0), Word("b", Box(300, 0, 305, 10), 10.0))
    assert composed(Block("text", (Row(words),))).text == "a" * 60 + "b"


def test_plain_text_is_composed_alike() -> None:
    page = compose_plain(
        "A heading\r\n\r\n\r\nmade\xa0 of elec-\rtricity\u2028 and\x00 more\n", TextCleaner()
    )
    assert page.text == "A heading\n\nmade of electricity\nand more"
    assert [line.block for line in page.lines] == [0, 1, 1]
    assert page.places == ()


WORDS = st.text(
    st.sampled_from("abcABC019 -\x02\xad\ufffe\ufb01关。\ue001\u200b\xa0,."), min_size=1, max_size=6
)
ROWS = st.lists(WORDS, max_size=5).map(lambda words: Row(tuple(map(placed, words))))
TABLE_ROWS = st.lists(WORDS, min_size=1, max_size=5).map(
    lambda words: Row(tuple(map(placed, words)), tuple(range(0, len(words), 2)))
)
BLOCKS = st.one_of(
    st.lists(ROWS, max_size=4).map(lambda rows: Block("text", tuple(rows))),
    st.lists(TABLE_ROWS, max_size=4).map(lambda rows: Block("table", tuple(rows))),
)


def placed(text: str) -> Word:
    return Word(text, Box(0, 0, WIDTH * len(text), HEIGHT), 10.0)


@given(st.lists(BLOCKS, max_size=4))
def test_offsets_are_in_order_and_cover_the_text(blocks: Sequence[Block]) -> None:
    page = composed(*blocks)
    assert page.text == page.text.strip()
    position = 0
    for line in page.lines:
        assert page.text[position : line.start].strip() == ""
        assert line.start < line.end
        assert "\n" not in page.text[line.start : line.end]
        position = line.end
        inner = line.start
        for start, end in line.cells:
            assert inner <= start < end <= line.end
            inner = end
    assert position == len(page.text)
    covered = "".join(page.text[place.start : place.end] for place in page.places)
    assert covered.replace(" ", "") == "".join(page.text.split())
    assert [(p.start, p.end) for p in decode(encode(page.places))] == [
        (p.start, p.end) for p in page.places
    ]


@given(st.text(st.sampled_from("abcAB01 -\x02\xad\n\ufb01关,. \x00"), max_size=60))
def test_composing_again_changes_nothing(raw: str) -> None:
    once = compose_plain(raw, TextCleaner()).text
    assert compose_plain(once, TextCleaner()).text == once
