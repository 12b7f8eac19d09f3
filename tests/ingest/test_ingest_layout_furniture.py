from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.layout.furniture import marked
from docqa.ingest.layout.page_text import Line, LineKind, PageText
from docqa.model import Box

Shown = tuple[float, str, float, LineKind]


def shown(top: float, text: str, size: float = 10.0, kind: LineKind = "text") -> Shown:
    return top, text, size, kind


def page(*lines: Shown) -> PageText:
    """Lines at their distance from the top of the page, all in one block."""
    text, found = "", []
    for top, words, size, kind in lines:
        text += "\n" if text else ""
        box = Box(50.0, top, 50.0 + 5 * len(words), top + size)
        found.append(Line(len(text), len(text) + len(words), kind, 0, box, size))
        text += words
    return PageText(text, tuple(found))


def body(number: int) -> tuple[Shown, ...]:
    return tuple(
        shown(100.0 + 14 * line, f"Words {chr(96 + number)} of line {chr(97 + line)} and no other.")
        for line in range(8)
    )


def furniture(pages: Sequence[PageText], first: int = 1, ahead: int = 4) -> list[list[str]]:
    numbered = list(enumerate(pages, start=first))
    return [
        [one.text[line.start : line.end] for line in one.lines if line.kind == "furniture"]
        for one in marked(numbered, ahead)
    ]


def test_headers_footers_and_page_numbers_are_found() -> None:
    pages = [
        page(shown(20, "Annual Report 2023"), *body(n), shown(740, f"Acme Inc. | {n + 4}"))
        for n in range(1, 6)
    ]
    assert furniture(pages) == [["Annual Report 2023", f"Acme Inc. | {n + 4}"] for n in range(1, 6)]


def test_left_and_right_pages_have_heads_of_their_own() -> None:
    pages = [page(shown(20, "A Tale" if n % 2 else "Chapter One"), *body(n)) for n in range(1, 9)]
    assert furniture(pages) == [["A Tale" if n % 2 else "Chapter One"] for n in range(1, 9)]


def test_what_only_one_other_page_has_is_no_furniture() -> None:
    """The head of a table that goes on over a page."""
    pages = [page(shown(20, "in millions"), *body(1)), page(shown(20, "in millions"), *body(2))]
    assert furniture([*pages, page(*body(3)), page(*body(4))]) == [[], [], [], []]


def test_the_number_of_the_page_is_found_on_a_single_page() -> None:
    assert furniture([page(*body(1), shown(740, "1"))]) == [["1"]]
    assert furniture([page(*body(1), shown(740, "Page 7 of 12"))]) == [["Page 7 of 12"]]
    assert furniture([page(*body(1), shown(740, "1789"))]) == [[]]


def test_page_numbers_are_found_where_the_text_ends_and_in_roman() -> None:
    numerals = enumerate(("ii", "iii", "iv"), start=1)
    pages = [page(*body(n), shown(300 + 50 * n, numeral)) for n, numeral in numerals]
    assert furniture(pages) == [["ii"], ["iii"], ["iv"]]


def test_a_running_foot_that_changes_has_the_page_number() -> None:
    feet = ["1.1 The sea 17", "18 Chapter 1", "1.2 The land 19", "20 Chapter 1"]
    pages = [page(*body(n), shown(740, foot)) for n, foot in enumerate(feet, start=1)]
    assert furniture(pages) == [[foot] for foot in feet]


def test_headings_in_large_type_stay() -> None:
    pages = [page(shown(20, "Risk factors", size=24.0), *body(n)) for n in range(1, 6)]
    assert furniture(pages) == [[]] * 5


def test_a_page_of_small_type_does_not_make_its_header_large() -> None:
    small = [shown(top, text, 6.0) for top, text, _, _ in body(3)]
    pages = [page(shown(20, "Acme Inc."), *(small if n == 3 else body(n))) for n in range(1, 6)]
    assert furniture(pages) == [["Acme Inc."]] * 5


def test_heads_of_tables_stay() -> None:
    rows = [shown(20 + 14 * n, f"Row {n} 5 7", kind="row") for n in range(3)]
    pages = [page(*rows, *body(n)) for n in range(1, 6)]
    assert furniture(pages) == [[]] * 5


def test_text_that_repeats_in_the_middle_of_pages_stays() -> None:
    pages = [page(*body(n), shown(104, "Signature")) for n in range(1, 6)]
    assert furniture(pages) == [[]] * 5
    short = [page(*body(n), shown(400, "Signature")) for n in range(1, 6)]
    assert furniture([*short[:4], page(*body(5), shown(740, "The end"))]) == [[]] * 5


def test_years_are_no_page_numbers() -> None:
    pages = [page(shown(20, f"Year ended {2020 - n}"), *body(n)) for n in range(1, 6)]
    assert furniture(pages) == [[]] * 5


def test_a_page_of_nothing_else_keeps_its_text() -> None:
    pages = [page(shown(20, "Acme Inc."), shown(740, str(n))) for n in range(1, 6)]
    assert furniture(pages) == [[str(n)] for n in range(1, 6)]


def test_text_without_places_goes_by_its_order() -> None:
    def plain(number: int) -> PageText:
        text = f"Acme Inc.\nWords of page {number * 7}\nand {chr(96 + number)} more\n{number}"
        lines, start = [], 0
        for part in text.split("\n"):
            lines.append(Line(start, start + len(part)))
            start += len(part) + 1
        return PageText(text, tuple(lines))

    assert furniture([plain(n) for n in range(1, 5)]) == [
        ["Acme Inc.", str(n)] for n in range(1, 5)
    ]


def test_reading_may_begin_in_the_middle_and_need_not_look_ahead() -> None:
    pages = [page(shown(20, "Acme Inc."), *body(n), shown(740, str(n))) for n in range(7, 12)]
    assert furniture(pages, first=7) == [["Acme Inc.", str(n)] for n in range(7, 12)]
    without = furniture(pages, first=7, ahead=0)
    assert without[:2] == [["7"], ["8"]]
    assert without[2:] == [["Acme Inc.", str(n)] for n in range(9, 12)]


LINES = st.lists(
    st.tuples(
        st.integers(0, 800), st.sampled_from(["a", "12", "iv", "Page 3", "x 1"]), st.just(10.0),
        st.sampled_from(["text", "row"]),
    ),
    max_size=9,
)  # fmt: skip


@given(st.lists(LINES, max_size=8), st.integers(0, 4))
def test_only_kinds_change(pages: list[list[Shown]], ahead: int) -> None:
    texts = [page(*lines) for lines in pages]
    found = list(marked(list(enumerate(texts, start=1)), ahead))
    assert [one.text for one in found] == [one.text for one in texts]
    for before, after in zip(texts, found, strict=True):
        assert [(one.start, one.end, one.box) for one in before.lines] == [
            (one.start, one.end, one.box) for one in after.lines
        ]
