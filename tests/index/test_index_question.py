"""What a question asks for: its core, its times, and of how many documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.index.question import quarter_in, understand


def test_sentences_about_the_form_of_the_answer_are_not_searched() -> None:
    asked = understand(
        "What did the Aurora earn in 2021? Answer in millions of euros. Round to one decimal."
    )
    assert asked.core == "What did the Aurora earn in 2021?"
    assert [word.text for word in asked.words] == ["aurora", "earn", "2021"]


@pytest.mark.parametrize(
    "question", ["Answer in euros.", "Please!", "Give me the price.", "Return ticket price?"]
)
def test_a_question_that_is_nothing_else_is_searched_as_it_is(question: str) -> None:
    assert understand(question).core == question


def test_years_are_read_from_the_ways_people_write_them() -> None:
    assert understand("Growth from FY2019 to 2021?").years == (2019, 2021)
    assert understand("Room 1850b and 12,019 trees").years == ()


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("sales in Q2 2023", 2),
        ("the third quarter of 2022", 3),
        ("in the 4th quarter", 4),
        ("2Q report", 2),
        ("Q1 against Q2", None),
        ("a quarter of the trees", None),
    ],
)
def test_a_quarter_is_read_where_one_is_named(text: str, quarter: int | None) -> None:
    assert quarter_in(text) == quarter


@pytest.mark.parametrize(
    "question",
    [
        "Compare the fees of both contracts.",
        "How did sales change over the reported quarters?",
        "What does each report say about frost?",
        "Which risks do all of the filings name?",
        "How have wages changed over time?",
        "Ferries versus bridges",
    ],
)
def test_questions_about_several_documents_are_recognised(question: str) -> None:
    assert understand(question).several


@pytest.mark.parametrize(
    "question",
    ["Who owns the orchard?", "What are all the steps to start the pump?", "Is each tree pruned?"],
)
def test_others_are_not(question: str) -> None:
    assert not understand(question).several


def test_the_newest_document_may_be_meant() -> None:
    assert understand("What does the latest report say?").latest
    assert not understand("Who is named on the last page?").latest


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    asked = understand(text)
    assert asked.text == text
    assert set(asked.core.split()) <= set(text.split())
