"""Sentences of a passage, with their place on the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_text import passage, sentences

from docqa.answer.evidence import follows, is_fragment, is_prose, leans, sentences_of
from docqa.model import Citation, Evidence

PAGE = "Above.\n\nThe pump moves\n40 litres. It is old."


@given(st.text(alphabet="Ab. \n?é1", max_size=80), st.text(alphabet="xY. \n", max_size=20))
def test_a_quote_is_the_slice_of_its_page(text, before):
    page = before + text
    for sentence in sentences_of(passage(text, start=len(before))):
        assert sentence.quote == page[sentence.start : sentence.end]
        assert sentence.text == " ".join(sentence.quote.split())


def test_a_sentence_as_evidence_and_as_citation():
    (_, pump, _) = sentences_of(passage(PAGE))
    assert pump.text == "The pump moves 40 litres."
    assert pump.evidence() == Evidence(1, 1, 8, 33, "The pump moves\n40 litres.")
    assert pump.citation("Pumps") == Citation(1, "Pumps", 1, pump.quote, 8, 33)


def test_only_neighbours_on_a_page_follow_each_other():
    first, pump, old = sentences(PAGE)
    (elsewhere,) = sentences("It is old.", page=2)
    assert follows(first, pump)
    assert follows(pump, old)
    assert not follows(old, pump)
    assert not follows(first, old)
    assert not follows(pump, elsewhere)


@pytest.mark.parametrize(
    "text",
    [
        "The pump moves 40 litres a day.",
        'She said "it never stops."',
    ],
)
def test_prose(text):
    (sentence,) = sentences(text)
    assert is_prose(sentence)
    assert not is_fragment(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "Who owns the cooperative",
        "Salaries and more 214 236",
        "It is so.",
        "Does the pump move 40 litres a day?",
        "0.1 0.2 0.3 0.4 0.5 0.6 a.",
        f"{'long ' * 100}.",
    ],
)
def test_no_prose(text):
    assert not any(is_prose(sentence) for sentence in sentences(text))


def test_a_heading_is_a_fragment_and_a_row_of_a_table_is_none():
    (heading,) = sentences("6. The Cable Fault of February")
    (row,) = sentences("Grants 40 15")
    assert is_fragment(heading)
    assert not is_fragment(row)


def test_a_pronoun_at_its_beginning_leans_on_the_sentence_before():
    assert leans("It is called the Otter.")
    assert leans("In 2024 it was used by 121 households.")
    assert not leans("The Otter is what it is.")
