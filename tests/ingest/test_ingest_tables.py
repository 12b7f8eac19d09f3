from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laid_out import Laid, furniture, line, page, row

from docqa.ingest.layout.page_text import Line, PageText
from docqa.ingest.tables import Tables, has_values

INCOME = (
    row("(In millions)", "2019", "2018"),
    row("Revenues", "$ 39,117", "$ 36,397"),
    row("Cost of sales", "21,643", "20,441"),
    row("Net income", "$ 4,029", "$ 1,933"),
)
WORDS = [line("A paragraph that tells at some length what has happened in the year.")] * 6


def heads(*pages: PageText) -> list[list[str]]:
    tables = Tables()
    return [[table.heads for table in tables.on_page(each)] for each in pages]


def test_the_heads_are_the_rows_above_the_values_and_the_lines_above_them() -> None:
    laid = page([line("Statements of Income")], [line("YEAR ENDED MAY 31,")], INCOME)
    (table,) = Tables().on_page(laid)
    assert table.heads == "Statements of Income YEAR ENDED MAY 31, (In millions) 2019 2018"
    assert laid.text[table.start :].startswith("Statements")
    assert laid.text[table.body :].startswith("Revenues")
    assert laid.text[: table.end].endswith("$ 1,933")


def test_the_end_of_a_paragraph_is_no_name_of_a_table() -> None:
    assert heads(page([*WORDS, line("The results follow.")], INCOME)) == [
        ["(In millions) 2019 2018"]
    ]


def test_labels_of_groups_below_the_names_of_columns_are_no_heads() -> None:
    laid = page([row("", "May 31, 2019", "May 31, 2018"), row("Assets"), *INCOME[1:]])
    (table,) = Tables().on_page(laid)
    assert table.heads == "May 31, 2019 May 31, 2018"
    assert laid.text[table.body :].startswith("Assets")


def test_what_all_columns_have_in_common_is_said_once() -> None:
    laid = page([row("Weeks ended", "Weeks ended"), row("May 4, 2019", "May 5, 2018"), *INCOME[1:]])
    assert heads(laid) == [["Weeks ended May 4, 2019 May 5, 2018"]]


def test_a_table_of_words_has_heads_if_they_are_bold() -> None:
    rows = [row("Checker", "checks"), row("Reader", "reads")]
    assert heads(page([row("Name", "Use", bold=True), *rows])) == [["Name Use"]]
    assert heads(page([row("Name", "Use"), *rows])) == [[""]]


def test_a_table_goes_on_after_the_end_of_the_page() -> None:
    first = page(WORDS, INCOME, [furniture("51")])
    second = page([furniture("Company, Inc.")], [row("Tax", "772", "2,392"), row("Rest", "1", "2")])
    assert heads(first, second)[1] == ["(In millions) 2019 2018"]


def test_other_columns_or_text_between_begin_another_table() -> None:
    first = page(INCOME)
    wide = page([row("a", "1", "2", "3", "4"), row("b", "5", "6", "7", "8")])
    later = page(WORDS, [row("Tax", "772", "2,392"), row("Rest", "1", "2")])
    assert heads(first, wide) == [["(In millions) 2019 2018"], [""]]
    assert heads(first, later) == [["(In millions) 2019 2018"], [""]]


def test_tables_directly_below_each_other_have_their_own_heads() -> None:
    second = (row("Asia"), row("(In units)", "2017", "2016"), *INCOME[1:])
    laid = page([*INCOME, *second])
    first_table, second_table = Tables().on_page(laid)
    assert first_table.heads == "(In millions) 2019 2018"
    assert second_table.heads == "Asia (In units) 2017 2016"
    assert laid.text[second_table.start :].startswith("Asia")


def test_long_heads_are_cut_to_what_is_nearest_to_the_rows() -> None:
    names = [f"A rather long name of column {number}" for number in range(9)]
    laid = page([line("Statements")], [row("", *names), row("x", *"123456789"), *INCOME[1:]])
    ((found,),) = heads(laid)
    assert found.startswith("A rather long name of column 0 A rather")
    assert len(found) <= 120


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("Revenues", "$ 39,117"), True),
        (("Losses", "(5)"), True),
        (("Redeemable stock", "—", "—"), True),
        (("2020", "500"), True),
        (("12", "500"), True),
        (("", "2019", "2018"), False),
        (("Notes", "2019 (1)", "2018 (2)"), False),
        (("", "December 31, 2019", "31 December 2018"), False),
        (("Level 1", "Level 2", "Q4", "Total"), False),
        (("52 Weeks Ended", "53 Weeks Ended"), False),
        (("Commitments (Note 18)",), False),
    ],
)
def test_years_and_dates_are_no_values(cells: tuple[str, ...], expected: bool) -> None:
    laid = page([row(*cells)])
    assert has_values(laid.text, laid.lines[0]) is expected


CELLS = st.sampled_from(
    ["2019", "$ 1,2", "—", "Total", "Year ended May 31,", "(in millions)", "（"]
)
ROWS = st.lists(CELLS, min_size=1, max_size=5).map(lambda cells: row(*cells))
LINES = st.one_of(ROWS, CELLS.map(line), CELLS.map(furniture))


@given(st.lists(st.lists(LINES, min_size=1, max_size=6), max_size=6), st.integers(0, 3))
def test_tables_are_in_order_and_made_of_rows(blocks: list[list[Laid]], pages: int) -> None:
    tables = Tables()
    laid = page(*blocks)
    for _ in range(pages):
        position = 0
        for table in tables.on_page(laid):
            assert position <= table.start <= table.body < table.end <= len(laid.text)
            assert len(table.heads) <= 120
            position = table.end


def test_a_line_of_rules_takes_time_in_proportion() -> None:
    text = "-" * 100_000 + " x"
    cells = ((0, 100_000), (100_001, 100_002))
    assert not has_values(text, Line(0, len(text), "row", cells=cells))
