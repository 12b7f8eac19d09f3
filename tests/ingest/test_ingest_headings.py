from __future__ import annotations

from laid_out import furniture, line, page

from docqa.ingest.headings import Headings
from docqa.ingest.passages import Heading
from docqa.model import Section

SECTIONS = (
    Section("1. Money", 1, 2),
    Section("Income", 2, 2),
    Section("Costs", 2, 2),
    Section("2. People", 1, 4),
)


def test_headings_are_found_where_they_stand() -> None:
    text = "1. Money\nIncome 2,000 3,000\nIncome\nIt rose.\nCosts\nThey fell."
    assert Headings(SECTIONS).on_page(2, text) == (
        Heading(0, "1. Money"),
        Heading(text.index("Income\nIt"), "1. Money: Income"),
        Heading(text.index("Costs"), "1. Money: Costs"),
    )


def test_a_page_goes_on_with_the_last_section_before_it() -> None:
    assert Headings(SECTIONS).on_page(3, "more") == (Heading(0, "1. Money: Costs"),)
    assert Headings(SECTIONS).on_page(1, "before") == ()


def test_a_heading_that_is_not_found_begins_with_the_one_before() -> None:
    assert Headings(SECTIONS).on_page(4, "Nothing alike") == (
        Heading(0, "1. Money: Costs"),
        Heading(0, "2. People"),
    )


def test_a_long_heading_may_go_on_in_the_next_line() -> None:
    section = Section("A very long heading that does not fit", 1, 1)
    text = "before\nA very long heading\nthat does not fit\nText"
    assert Headings([section]).on_page(1, text) == (Heading(7, section.title),)


def test_a_running_head_is_no_heading() -> None:
    laid = page([furniture("Income")], [line("Costs")], [line("Income")], [line("Costs")])
    assert [heading.start for heading in Headings(SECTIONS).on_page(2, laid)] == [
        0,
        laid.text.rindex("Income"),
        laid.text.rindex("Costs"),
    ]


def test_a_path_names_the_section_above_shortened() -> None:
    chapter = "A chapter with a name that is far too long"
    sections = (Section(chapter, 1, 1), Section("Part", 2, 1), Section("Detail", 3, 1))
    assert [heading.path for heading in Headings(sections).on_page(1, "")] == [
        chapter,
        "A chapter with a name that is…: Part",
        "Part: Detail",
    ]
