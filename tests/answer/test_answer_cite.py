"""Which sentence of a page says what an answer says, if any does."""

import pytest
from page_text import sentences

from docqa.answer.cite import cite, support

BANK = "The cooperative owes 2.6 million pounds to the Saltmarsh Savings Bank."
LOANS = f"{BANK} The loan paid for Young Bess. It carries a rate of 4.2 per cent. The sun shines."
QUESTION = "Who owes whom?"


def supported(claim: str, text: str = LOANS, question: str = QUESTION) -> list[str]:
    return [sentence.text for sentence in support(claim, question, sentences(text))]


def test_a_sentence_of_the_page_supports_itself_and_its_like():
    assert supported(BANK) == [BANK]
    assert supported("The cooperative owes the bank 2.6 million pounds.") == [BANK]


@pytest.mark.parametrize(
    "claim",
    [
        "The bank owes the cooperative money.",
        "The Saltmarsh Savings Bank owes the cooperative 2.6 million pounds.",
        "The cooperative owes 2.7 million pounds to the Saltmarsh Savings Bank.",
        "The cooperative owes 2.6 million pounds to the Brannock Savings Bank.",
        "The cooperative does not owe 2.6 million pounds to the Saltmarsh Savings Bank.",
        "The harbour master likes cake.",
        "It is.",
        "",
    ],
)
def test_what_the_page_does_not_say_has_no_support(claim):
    assert supported(claim) == []


def test_a_denial_needs_a_denial():
    text = "Board members receive no salary."
    assert supported("Board members receive no salary.", text) == [text]
    assert supported("Board members receive a salary.", text) == []


def test_two_neighbours_support_what_they_say_together():
    claim = "The loan that paid for Young Bess carries a rate of 4.2 per cent."
    assert supported(claim) == [
        "The loan paid for Young Bess.",
        "It carries a rate of 4.2 per cent.",
    ]


def test_two_sentences_apart_do_not():
    assert supported("The loan paid and the sun shines.") == []


def test_two_sentences_of_different_pages_do_not():
    here = sentences("The loan paid for Young Bess.", page=1)
    there = sentences("It carries a rate of 4.2 per cent.", page=2)
    claim = "The loan that paid for Young Bess carries a rate of 4.2 per cent."
    assert support(claim, QUESTION, [*here, *there]) == ()


def test_words_of_the_question_alone_are_no_answer():
    question = "Does the purple whale in the northern sea owe anything to the green bank?"
    claim = "The purple whale in the northern sea owes the green bank."
    assert supported(claim, question=question) == []


def test_an_answer_with_and_without_sources():
    evidence = sentences(LOANS)
    answer = f"{BANK} The board likes cake.  The loan paid for Young Bess."
    cited = cite(answer, QUESTION, evidence, {1: "Report"})
    assert [(s.text, s.citations) for s in cited.sentences] == [
        (BANK, (1,)),
        ("The board likes cake.", ()),
        ("The loan paid for Young Bess.", (2,)),
    ]
    assert [c.document for c in cited.citations] == ["Report", "Report"]
    assert [c.quote for c in cited.citations] == [s.quote for s in cited.sources]


def test_a_repeated_sentence_is_said_once_and_a_source_is_listed_once():
    again = "The cooperative owes the bank 2.6 million pounds."
    cited = cite(f"{BANK} {BANK} {again}", QUESTION, sentences(LOANS), {1: "Report"})
    assert [s.text for s in cited.sentences] == [BANK, again]
    assert [s.citations for s in cited.sentences] == [(1,), (1,)]
    assert len(cited.citations) == 1


def test_nothing_said_nothing_cited():
    assert cite("", QUESTION, sentences(LOANS), {1: "Report"}).sentences == ()
