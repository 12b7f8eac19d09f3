"""Pages with tables, sections and furniture, cut as a reader cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laid_out import Laid, furniture, line, page, row

from docqa.ingest.cutting import Cutter
from docqa.ingest.layout.page_text import PageText
from docqa.ingest.passages import MAX_TOKENS
from docqa.ingest.tokens import TokenCounter
from docqa.model import Page, Passage, Section

SENTENCE = "The harbour was quiet on that morning, and nobody saw the ship."
HEADS = row("(In millions)", "Fiscal 2019", "Fiscal 2018")
GOODS = ("Boots", "Coats", "Gloves", "Hats", "Ropes", "Sails", "Tents")


def year(name: str, rows: int = 12) -> list[Laid]:
    """A group of rows with its label above and its total below."""
    items = [row(f"{name} {good}", "$ 12,345", "$ 9,876") for good in (GOODS * 3)[:rows]]
    return [row(f"{name}:"), *items, row(f"Total {name}", "86,415", "69,132")]


def cut(count: TokenCounter, *pages: PageText, title: str = "Log") -> list[Passage]:
    cutter = Cutter(title, (), count)
    return [
        passage
        for number, laid in enumerate(pages, 1)
        for passage in cutter.cut(Page(0, number, laid.text), laid).passages
    ]


def tokens_of(count: TokenCounter, passage: Passage) -> int:
    return count([f"{passage.context}\n{passage.text}"])[0] + 2


def test_rows_without_their_heads_have_them_in_the_context(count: TokenCounter) -> None:
    laid = page([line("Sales by season")], [HEADS, *year("Summer"), *year("Winter")])
    first, *others = cut(count, laid)
    assert first.context == "Log — page 1"
    assert first.text.startswith(
        "Sales by season\n\n(In millions) Fiscal 2019 Fiscal 2018\nSummer:"
    )
    assert others
    for passage in others:
        assert passage.context == (
            "Log — page 1 — Sales by season (In millions) Fiscal 2019 Fiscal 2018"
        )
        assert "Fiscal" not in passage.text


def test_a_table_is_cut_before_a_group_and_never_behind_its_label(count: TokenCounter) -> None:
    laid = page([HEADS, *year("Summer", 14), *year("Winter", 14), *year("Spring", 14)])
    found = cut(count, laid)
    assert len(found) == 3
    for passage in found:
        lines = passage.text.split("\n")
        assert not lines[-1].endswith(":")
        assert all(part in laid.text.split("\n") for part in lines)
    assert sum(passage.text.startswith(("Winter:", "Spring:")) for passage in found) == 2


def test_a_table_that_goes_on_has_the_heads_of_the_page_before(count: TokenCounter) -> None:
    first = page([HEADS, *year("Summer")], [furniture("1")])
    second = page([furniture("Harbour Ltd.")], year("Winter"))
    assert [passage.context for passage in cut(count, first, second)] == [
        "Log — page 1",
        "Log — page 2 — (In millions) Fiscal 2019 Fiscal 2018",
    ]


def test_furniture_is_in_no_passage(count: TokenCounter) -> None:
    body = [line(SENTENCE)] * 3
    laid = page([furniture("Annual report")], body, [furniture("page 7 of 9")], body)
    found = cut(count, laid)
    assert [passage.text.count("harbour") for passage in found] == [3, 3]
    assert not any("report" in passage.text or "7" in passage.text for passage in found)


def test_a_page_of_furniture_has_no_passage(count: TokenCounter) -> None:
    assert cut(count, page([furniture("Annual report 2024")], [line("—")])) == []


def test_lines_of_a_paragraph_stay_together_and_blocks_part_it(count: TokenCounter) -> None:
    block = [line(f"{SENTENCE} {SENTENCE}"), line(SENTENCE)] * 4
    found = cut(count, page(block, block, block))
    assert len(found) > 1
    assert all(passage.text.endswith("ship.") for passage in found)
    assert any(passage.text.count("\n\n") == 0 for passage in found)


def test_a_sentence_that_goes_on_in_the_next_column_is_one(count: TokenCounter) -> None:
    left = [line(SENTENCE)] * 11 + [line("The last word of this column is not the end of the")]
    right = [line("sentence that it is in, and that goes on here.")] + [line(SENTENCE)] * 11
    found = cut(count, page(left, right))
    assert len(found) > 1
    assert any("end of the\n\nsentence that" in passage.text for passage in found)


def test_without_an_outline_sections_are_found_and_told(count: TokenCounter) -> None:
    body = [line(f"{SENTENCE} {SENTENCE}")] * 5
    laid = page([line("Item 1. Tides", bold=True)], body, [line("Spring", bold=True)], body)
    read = Cutter("Log", (), count).cut(Page(0, 1, laid.text), laid)
    assert read.sections == (Section("Item 1. Tides", 1, 1), Section("Spring", 2, 1))
    assert [passage.context for passage in read.passages] == [
        "Log — Item 1. Tides — page 1",
        "Log — Item 1. Tides: Spring — page 1",
    ]


@pytest.mark.parametrize(("entries", "context"), [(3, "Log — Two — page 2"), (2, "Log — page 2")])
def test_an_outline_counts_if_it_names_sections(
    count: TokenCounter, entries: int, context: str
) -> None:
    outline = tuple(Section(name, 1, 1) for name in ("Zero", "One", "Two"))[-entries:]
    laid = page([line(SENTENCE)] * 12)
    read = Cutter("Log", outline, count).cut(Page(0, 2, laid.text), laid)
    assert read.passages[0].context == context
    assert read.sections == ()


CELL = st.sampled_from(["2019", "$ 1,234", "—", "Total sales", "字" * 40, "x" * 90, "Tides."])
TEXT = st.sampled_from(
    [SENTENCE, "Item 7. Tides", "年報。" * 50, "word " * 300, "and", "(in millions)"]
)
SIZE = st.sampled_from([8.0, 10.0, 14.0])
LINE = st.one_of(
    st.lists(CELL, min_size=1, max_size=6).map(lambda cells: row(*cells)),
    st.builds(line, TEXT.map(str.strip), size=SIZE, bold=st.booleans()),
    st.just(furniture("Annual report")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(LINE, min_size=1, max_size=30), min_size=1, max_size=6))
def test_passages_are_small_and_cover_all_but_furniture(
    count: TokenCounter, blocks: list[list[Laid]]
) -> None:
    laid = page(*blocks)
    for number in (1, 2):
        found = cut(count, *[laid] * number, title="Title " * number)
        for passage in found:
            assert passage.text == laid.text[passage.start : passage.end] == passage.text.strip()
            assert tokens_of(count, passage) <= MAX_TOKENS
    last = [passage for passage in found if passage.page == 2]
    assert all(first.end <= second.start for first, second in pairwise(last))
    for each in laid.lines:
        covered = any(p.start <= each.start < p.end for p in last)
        alone = not any(map(str.isalnum, laid.text[each.start : each.end]))
        assert covered != (each.kind == "furniture") or alone
