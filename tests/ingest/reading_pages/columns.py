"""Pages with two and three columns."""

from __future__ import annotations

from reading_pages.paper import (
    Look,
    Piece,
    ReadingPage,
    centred,
    column,
    flush_right,
    from_the_top,
    shuffled,
)
from reading_pages.prose import (
    ABSTRACT,
    BEES,
    BREAD,
    CLOCKS,
    FOOTNOTE,
    GLASS,
    HARBOUR,
    MAPS,
    MUSHROOMS,
    NOTE_ONE,
    NOTE_TWO,
    RIVER,
    SCHOOL,
    STARS,
    TRAIN,
    WOOL,
    sentences,
)

SMALL = Look(size=7.5)
HEAD = Look("Helvetica", "B", 12)


def two_columns_line_by_line() -> ReadingPage:
    """Two columns on the same lines, written from the top across both."""
    left = column(60, 90, 225, HARBOUR, BEES, CLOCKS)
    right = column(310, 90, 225, RIVER, BREAD, MAPS)
    expected = sentences(HARBOUR, BEES, CLOCKS, RIVER, BREAD, MAPS)
    return ReadingPage("two columns, line by line", from_the_top([*left, *right]), expected)


def two_columns_narrow_gutter() -> ReadingPage:
    """Flush on both sides, a gutter of 14 points, word by word; the right column comes first."""
    left = column(50, 80, 240, GLASS, TRAIN, WOOL, flush=True, look=Look(size=9))
    right = column(304, 84, 240, SCHOOL, STARS, flush=True, look=Look(size=9))
    expected = sentences(GLASS, TRAIN, WOOL, SCHOOL, STARS)
    return ReadingPage("two columns, narrow gutter, right one first", [*right, *left], expected)


def paper_with_title() -> ReadingPage:
    """Title, authors and abstract across both columns, footnotes at the foot of the left one."""
    title = [
        centred(80, "Drying Herbs in Moving Air", Look("Times", "B", 18)),
        centred(104, "Ada Lindqvist and Tomas Brenner", Look(size=11)),
        *column(120, 140, 355, ABSTRACT, look=Look("Times", "I", 9)),
    ]
    left = [
        Piece(60, 240, "1 Introduction", HEAD),
        *column(60, 258, 228, BEES, RIVER, GLASS),
    ]
    note = column(60, 700, 228, NOTE_ONE, look=SMALL)
    right = [
        *column(307, 240, 228, MUSHROOMS, STARS),
        Piece(307, 420, "2 Materials", HEAD),
        *column(307, 440, 228, WOOL, TRAIN, MAPS, CLOCKS),
    ]
    foot = centred(815, "417", Look(size=9))
    expected = [
        "Drying Herbs in Moving Air",
        "Ada Lindqvist",
        *sentences(ABSTRACT),
        "1 Introduction",
        *sentences(BEES, RIVER, GLASS),
        "collected by the parish clerks",
        *sentences(MUSHROOMS, STARS),
        "2 Materials",
        *sentences(WOOL, TRAIN, MAPS, CLOCKS),
    ]
    pieces = [*note, foot, *from_the_top([*left, *right]), *title]
    return ReadingPage("paper with title, abstract and footnote", pieces, expected)


def three_columns_shuffled() -> ReadingPage:
    """A newspaper's three columns under one headline, in no order at all."""
    look = Look("Helvetica", "", 9)
    headline = Piece(40, 70, "Winter Comes Early to the Coast", Look("Helvetica", "B", 24))
    pieces = [
        headline,
        *column(40, 110, 160, HARBOUR, BREAD, look=look, leading=1.25),
        *column(217, 110, 160, TRAIN, SCHOOL, look=look, leading=1.25),
        *column(394, 110, 160, WOOL, MAPS, look=look, leading=1.25),
    ]
    expected = ["Winter Comes Early", *sentences(HARBOUR, BREAD, TRAIN, SCHOOL, WOOL, MAPS)]
    return ReadingPage("three columns, shuffled", shuffled(pieces, 7), expected)


def three_columns_line_by_line() -> ReadingPage:
    """Three columns of paragraphs with blanks between them, written across."""
    look = Look("Times", "", 9.5)
    left = column(45, 60, 155, CLOCKS, STARS, look=look, space=6)
    middle = column(220, 60, 155, MUSHROOMS, RIVER, look=look, space=6)
    right = column(395, 60, 155, GLASS, BEES, look=look, space=6)
    expected = sentences(CLOCKS, STARS, MUSHROOMS, RIVER, GLASS, BEES)
    pieces = from_the_top([*left, *middle, *right])
    return ReadingPage("three columns, line by line", pieces, expected)


def columns_between_headings() -> ReadingPage:
    """Two parts in two columns each, under headings that stand at the left."""
    big = Look("Helvetica", "B", 15)
    first = [
        *column(60, 110, 225, BREAD),
        *column(315, 110, 225, MAPS),
    ]
    second = [
        *column(60, 290, 225, SCHOOL),
        *column(315, 290, 225, TRAIN),
    ]
    pieces = [
        Piece(60, 80, "Kitchens", big),
        Piece(60, 262, "Journeys", big),
        *from_the_top(first),
        *from_the_top(second),
    ]
    expected = [
        "Kitchens",
        *sentences(BREAD, MAPS),
        "Journeys",
        *sentences(SCHOOL, TRAIN),
    ]
    return ReadingPage("two parts in columns under short headings", pieces, expected)


def columns_above_a_wide_footnote() -> ReadingPage:
    """Footnotes first, across both columns; running head and page number at the edges."""
    small = Look(size=8)
    head = [
        Piece(60, 40, "Annals of the Valley", Look("Times", "I", 9)),
        flush_right(540, 40, "Volume 12", Look("Times", "I", 9)),
    ]
    notes = column(60, 740, 480, FOOTNOTE, NOTE_TWO, look=small)
    left = column(60, 80, 230, WOOL, HARBOUR, indent=12)
    right = column(310, 80, 230, CLOCKS, GLASS, indent=12)
    pieces = [*notes, *head, *right, *left]
    expected = [
        "Annals of the Valley",
        *sentences(WOOL, HARBOUR, CLOCKS, GLASS),
        "supported by the guild of apothecaries",
        "were not adjusted",
    ]
    return ReadingPage("columns above a wide footnote", pieces, expected)


def quote_in_the_gutter() -> ReadingPage:
    """A quote in large letters stands between the columns, whose lines make room for it."""
    look = Look("Helvetica", "", 9.5)
    left_text, right_text = f"{RIVER} {BEES} {MAPS}", f"{STARS} {BREAD} {SCHOOL}"
    left = _around(left_text, 50, 285, 80, (190, 260), right_edge=215, look=look)
    right = _around(right_text, 310, 545, 80, (190, 260), left_edge=380, look=look)
    quote = column(232, 212, 132, "Nobody hurries a loaf of rye", look=Look("Times", "I", 19))
    expected = sentences(left_text, right_text)
    return ReadingPage("quote in the gutter", [*quote, *left, *right], expected)


def _around(
    text: str,
    left: float,
    right: float,
    y: float,
    hole: tuple[float, float],
    *,
    look: Look,
    right_edge: float | None = None,
    left_edge: float | None = None,
) -> list[Piece]:
    """Set text that makes room between the heights of ``hole``."""
    pieces = []
    words = text.split()
    while words:
        inside = hole[0] <= y <= hole[1]
        x = left_edge if inside and left_edge is not None else left
        end = right_edge if inside and right_edge is not None else right
        line = column(x, y, end - x, " ".join(words), look=look)[0]
        pieces.append(line)
        words = words[len(line.text.split()) :]
        y += 1.2 * look.size
    return pieces


def note_in_the_margin() -> ReadingPage:
    """One column, and beside it a note in small letters that the file has in the midst."""
    text = column(190, 90, 340, HARBOUR, WOOL, GLASS, look=Look(size=11), leading=1.3)
    note = column(60, 150, 95, NOTE_TWO[2:], look=Look("Helvetica", "I", 8))
    pieces = from_the_top([*text, *note])
    return ReadingPage("note in the margin", pieces, sentences(HARBOUR, WOOL, GLASS))


def box_beside_the_text() -> ReadingPage:
    """A narrow box with short lines at the right of the text."""
    look = Look("Helvetica", "", 10)
    text = column(60, 90, 310, TRAIN, MUSHROOMS, CLOCKS, look=look, leading=1.4, space=5)
    box = [
        Piece(410, 96, "At a glance", Look("Helvetica", "B", 11)),
        *column(410, 114, 130, "Rails laid in 1871 by convicts", look=Look(size=9)),
        *column(410, 142, 130, "Two bridges, both of timber", look=Look(size=9)),
        *column(410, 170, 130, "No dining car since the war of the milk", look=Look(size=9)),
    ]
    expected = [*sentences(TRAIN, MUSHROOMS, CLOCKS), "At a glance", "Rails laid in 1871 by"]
    return ReadingPage("box beside the text", from_the_top([*text, *box]), expected)


PAGES = [
    two_columns_line_by_line(),
    two_columns_narrow_gutter(),
    paper_with_title(),
    three_columns_shuffled(),
    three_columns_line_by_line(),
    columns_between_headings(),
    columns_above_a_wide_footnote(),
    quote_in_the_gutter(),
    note_in_the_margin(),
    box_beside_the_text(),
]
