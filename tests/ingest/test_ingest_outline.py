from __future__ import annotations

import pytest
from laid_out import Laid, furniture, line, page, row

from docqa.ingest.heading_text import heading_title, numbering
from docqa.ingest.layout.page_text import PageText
from docqa.ingest.outline import FoundHeadings
from docqa.ingest.passages import Heading
from docqa.model import Section

BODY = [line("The running text of a page goes on like this, from the left to the right side.")] * 9


def titles(*pages: PageText, title: str = "") -> list[str]:
    """What was found, indented by its level."""
    found = FoundHeadings(title)
    return [
        "  " * (section.level - 1) + section.title
        for number, each in enumerate(pages, 1)
        for section in found.on_page(number, each)[1]
    ]


def test_larger_and_bold_lines_are_headings_and_sizes_give_their_levels() -> None:
    assert titles(
        page([line("The sea", size=16)], BODY, [line("Tides", size=12)], BODY),
        page([line("Currents", size=12)], BODY, [line("In winter", bold=True)], BODY),
        page([line("The land", size=16)], BODY),
    ) == ["The sea", "  Tides", "  Currents", "    In winter", "The land"]


def test_numbers_give_the_levels_where_there_are_any() -> None:
    assert titles(
        page([line("PART I", bold=True)], [line("Item 1. Business", bold=True)], BODY),
        page([line("General", bold=True)], BODY, [line("Item 1A. Risks.", bold=True)], BODY),
        page([line("PART II", bold=True)], BODY),
    ) == ["PART I", "  Item 1. Business", "    General", "  Item 1A. Risks.", "PART II"]
    assert titles(
        page([line("3 Methods", size=12)], BODY, [line("3.1 Plan")], BODY),
        page([line("3.1.2 Details")], BODY, [line("4 Results", size=12)], BODY),
    ) == ["3 Methods", "  3.1 Plan", "    3.1.2 Details", "4 Results"]


def test_a_page_says_where_its_sections_begin_and_what_its_top_belongs_to() -> None:
    found = FoundHeadings()
    first = page([line("PART I", bold=True)], [line("Note 5 — Debt", bold=True)], BODY)
    headings, sections = found.on_page(3, first)
    assert headings == (
        Heading(0, "PART I"),
        Heading(first.text.index("Note"), "Note 5 — Debt"),
    )
    assert sections == (Section("PART I", 1, 3), Section("Note 5 — Debt", 2, 3))
    second = page(BODY, [line("Bonds", bold=True)], BODY)
    assert found.on_page(4, second)[0] == (
        Heading(0, "Note 5 — Debt"),
        Heading(second.text.index("Bonds"), "Note 5 — Debt: Bonds"),
    )


def test_it_may_begin_in_the_middle_of_a_document() -> None:
    found = FoundHeadings()
    assert found.on_page(70, page(BODY)) == ((), ())
    assert found.on_page(71, page([line("Tides", bold=True)], BODY))[1] == (
        Section("Tides", 1, 71),
    )


@pytest.mark.parametrize(
    "laid",
    [
        line("The words of a sentence in bold type that ends in a full stop.", bold=True),
        line("of lower letters", bold=True),
        line("Years ended December 31,", bold=True),
        line("(in millions)", bold=True),
        line("Figure 3. The harbour", bold=True),
        line("Total assets 9,583 10,329", bold=True),
        line("12,345", size=20),
        line("See www.harbour.example", bold=True),
        line("Small print", size=7, bold=True),
        furniture("Annual report"),
        line("Anna Smith1, Ben Jones2", bold=True),
        line("an ordinary line"),
    ],
)
def test_other_lines_are_no_headings(laid: Laid) -> None:
    assert titles(page(BODY, [laid], BODY)) == []


def test_bold_words_at_the_beginning_of_a_paragraph_are_no_heading() -> None:
    words = BODY[0].cells[0].title().rstrip(".")
    assert titles(page(BODY, [line(words, bold=True), *BODY])) == []
    assert titles(page(BODY, [line(words[:30], bold=True), *BODY])) == [words[:30]]


def test_lines_inside_of_a_table_are_no_headings() -> None:
    rows = [row("Item", "2019", "2018"), row("ASSETS", bold=True), row("Cash", "1", "2")]
    assert titles(page(BODY, [*rows, row("TOTAL ASSETS", "$ 3", "$ 4", bold=True)])) == []


def test_a_name_above_the_heads_of_a_table_is_a_heading_also_inside_of_its_block() -> None:
    rows = [row("", "2019", "2018"), row("Shoes", "1", "2")]
    assert titles(page(BODY, [*rows, row("ASIA", bold=True), *rows])) == ["ASIA"]


def test_names_of_columns_above_a_table_are_no_headings() -> None:
    rows = [row("Goodwill, with a name that is rather long", "1", "2"), row("Cash", "3", "4")]
    assert titles(page(BODY, [line("Discount Rate", bold=True, left=200)], rows)) == []
    assert titles(page(BODY, [line("Impairment", bold=True)], rows)) == ["Impairment"]


def test_a_line_in_the_middle_of_the_top_of_a_page_is_a_heading() -> None:
    assert titles(page([line("Statements of Income", left=192)], BODY)) == ["Statements of Income"]
    assert titles(page([line("Statements of Income")], BODY)) == []


def test_lines_in_capitals_are_headings_where_they_stand_alone() -> None:
    assert titles(page(BODY, [line("RISK FACTORS")], BODY)) == ["RISK FACTORS"]
    assert titles(page(BODY, [line("RISK FACTORS"), *BODY])) == []


def test_a_cover_and_a_table_of_contents_have_no_headings() -> None:
    cover = [[line(f"Line {word}", size=20)] for word in ("Anna", "Ben", "Carl", "Dora", "Emil")]
    assert titles(page(BODY), page(*cover, BODY)) == []
    contents = [
        [line(f"Chapter {word} {number}", bold=True), *BODY[:1]]
        for word, number in zip(
            ["Sea", "Land", "Air", "Ice", "Sun", "Moon", "Fire"], range(7), strict=True
        )
    ]
    entries = [line(f"Chapter about {word} {n}", bold=True) for n, word in enumerate("abcdefg")]
    assert titles(page(*contents)) != []
    assert titles(page(BODY), page(entries)) == []


def test_what_stands_above_and_below_the_title_of_the_document_is_no_heading() -> None:
    laid = page(
        [line("University of the Sea", size=12)],
        [line("On tides", size=18)],
        [line("Anna Smith", size=14)],
        [line("Abstract", size=12)],
        BODY,
        [line("Introduction", size=12)],
        BODY,
    )
    assert titles(laid, title="On tides") == ["Abstract", "Introduction"]


def test_a_heading_that_is_repeated_on_the_next_page_is_one_section() -> None:
    first = page([line("Debt", bold=True)], BODY)
    second = page([line("Debt (continued)", bold=True)], BODY)
    assert titles(first, second) == ["Debt"]


def test_a_title_is_without_unit_and_what_is_in_brackets_behind_a_number() -> None:
    assert heading_title("Balance sheets (in millions, except shares)") == "Balance sheets"
    assert heading_title("Item 7. Results (tables give millions) and more") == "Item 7. Results"
    assert heading_title("Debt (long-term)") == "Debt (long-term)"
    assert heading_title("x" * 500) is None


def test_kinds_of_numbers() -> None:
    named = [numbering(title) for title in ("Part II", "Item 7A. x", "Chapter IV", "Note 5 — x")]
    assert named == [(1, 1), (1, 2), (1, 2), (1, 3)]
    assert [numbering(title) for title in ("3 x", "3.1 x", "3.1.2. x")] == [(2, 1), (2, 2), (2, 3)]
    assert numbering("Particular things") == numbering("2019") == (0, 0)
