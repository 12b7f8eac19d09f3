from __future__ import annotations

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
