"""Each check of a note, with what it catches and what passes."""

import pytest
from drafts import fact, question

from docqa.answer.evidence import Sentence
from docqa.prepare.verify import answers, check_fact, check_question, leads_back

BESS = "Old Bess was built in 2012 by the Lindqvist yard and has a capacity of 0.9 megawatts."
BANK = "The cooperative owes 2.6 million pounds to the Saltmarsh Savings Bank."
JURY = "A jury of nine residents decides which of the 41 projects are supported."
REPAIR = "The repair took long because a ship was not available before April."
PAINTED = "Old Bess was built in 2012 and painted in 2015."
THANKS = "Ingrid Halloran thanks the members of Brannock."
KEEPER = "Joss Farrimond is a keeper with Harbour Lights."
GRANTS = "The fund fell because the grants of the county did end early after a long dispute."
CHART = "The coaster dragged the cable because its captain had an old chart."
MET = "The meeting approved the accounts in the old sail loft."


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("When was Old Bess built?", BESS),
        ("How many megawatts is the capacity of Old Bess?", BESS),
        ("How many pounds does the cooperative owe?", BANK),
        ("How many residents does the jury have?", JURY),
        ("Why did the coaster drag the cable?", CHART),
        ("What was approved at the meeting?", MET),
        ("Who owes money to Saltmarsh?", "Harbour Lights owes money to Saltmarsh."),
        ("Who built Old Bess?", "Old Bess was built by the Lindqvist yard."),
    ],
)
def test_a_good_question(asked, text):
    assert check_question(question(asked, text)) is None


@pytest.mark.parametrize(
    ("asked", "text", "reason"),
    [
        ("When was Old Bess built", BESS, "form"),
        ("When built?", BESS, "form"),
        ("When was Old Bess built and who built Old Bess?", BESS, "form"),
        ("When does the text say Old Bess was built?", BESS, "form"),
        ("When was it built by the yard?", BESS, "unspecific"),
        ("What is the meeting about?", MET, "unspecific"),
        ("When was the second capacity built?", BESS, "unspecific"),
        ("When was Young Bess built?", BESS, "words not in the text"),
        ("When was Old Bess of 5 megawatts built?", BESS, "words not in the text"),
        (
            "When was Old Bess with its capacity of megawatts built by the Lindqvist yard of Ann?",
            BESS,
            "words not in the text",
        ),
        ("When was the purple submarine painted?", BESS, "words not in the text"),
        ("Why was a ship available before April?", REPAIR, "changed meaning"),
        ("When did the meeting approve the accounts?", MET, "not answered by the sentence"),
        ("How many megawatts has the Lindqvist yard?", MET, "words not in the text"),
        (
            "How many projects has the jury of nine residents 41?",
            JURY,
            "not answered by the sentence",
        ),
        ("Who was the Lindqvist yard built by?", BANK, "words not in the text"),
        ("Who is the Saltmarsh Savings Bank?", BANK, "not answered by the sentence"),
        ("Who owes the Saltmarsh Savings Bank pounds?", BANK, "not answered by the sentence"),
        ("Why does the cooperative owe pounds?", BANK, "not answered by the sentence"),
        ("When was Old Bess built in 2012?", PAINTED, "not answered by the sentence"),
        ("Who are the members of Brannock?", THANKS, "not answered by the sentence"),
        ("Who is Harbour Lights with a keeper?", KEEPER, "not answered by the sentence"),
        ("Why did the grants of the county end?", GRANTS, "not answered by the sentence"),
    ],
)
def test_a_question_that_is_rejected(asked, text, reason):
    assert check_question(question(asked, text)) == reason


def test_a_question_that_no_reader_would_ask():
    asked = "When was Old Bess built?"
    assert check_question(question(asked, BESS, predictability=1.9)) == "improbable"
    unrated = question(asked, BESS, predictability=None)
    assert check_question(unrated) is None, "some servers cannot tell how likely a question is"


@pytest.mark.parametrize(
    ("asked", "answer", "text"),
    [
        ("When was Old Bess built?", "In 2012.", BESS),
        ("How many pounds does the cooperative owe?", "2.6 million pounds", BANK),
        ("How many residents does the jury have?", "Nine residents", JURY),
        ("Why did the repair take long?", "Because no ship was available before April", REPAIR),
    ],
)
def test_an_answer_that_the_sentence_bears_out(asked, answer, text):
    assert answers(asked, answer, text)


@pytest.mark.parametrize(
    ("asked", "answer", "text"),
    [
        ("When was Old Bess built?", "In 2013.", BESS),
        ("When was Old Bess built?", "By the Lindqvist yard.", BESS),
        ("When was Old Bess of 5 megawatts built?", "In 2012 with 5 megawatts.", BESS),
        ("When was Old Bess built?", "It was not built in 2012.", BESS),
        ("How many residents does the jury have?", "41 projects", JURY),
        ("How many pounds are owed?", "The Saltmarsh Savings Bank owes 2.6 million pounds", BANK),
        ("What does the cooperative owe?", "The bank owes the cooperative pounds", BANK),
        ("Why did the repair take long?", "The repair took long", REPAIR),
        ("What did the meeting do?", f"{'approved the accounts ' * 20}", MET),
    ],
)
def test_an_answer_that_says_something_else(asked, answer, text):
    assert not answers(asked, answer, text)


BEFORE = "A tidal turbine called Otter lies in the Narrows."
CLEANED = "It is cleaned by divers every April."


@pytest.mark.parametrize(
    ("written", "text", "before"),
    [
        (BANK, BANK, ""),
        ("The Otter is cleaned by divers every April.", CLEANED, BEFORE),
    ],
)
def test_a_good_fact(written, text, before):
    assert check_fact(fact(written, text, before=before)) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("The cooperative owes.", "form"),
        (BANK.removesuffix("."), "form"),
        (f"{BANK} {BANK}", "form"),
        ("The sentence says: " + BANK, "form"),
        ("It owes 2.6 million pounds to the Saltmarsh Savings Bank.", "unspecific"),
        ("The cooperative owes many pounds to a bank.", "unspecific"),
        ("The cooperative owes 3.6 million pounds to the Saltmarsh Savings Bank.",
         "words not in the text"),
        ("The cooperative owes 2.6 million pounds to the Brannock Savings Bank.",
         "words not in the text"),
        ("The cooperative gladly owes 2.6 million pounds to the Saltmarsh Savings Bank.",
         "words not in the text"),
        ("The Saltmarsh Savings Bank owes 2.6 million pounds to the cooperative.",
         "changed meaning"),
        ("The cooperative owes no 2.6 million pounds to the Saltmarsh Savings Bank.",
         "changed meaning"),
        ("The cooperative owes pounds to the Saltmarsh Savings Bank.", "changed meaning"),
        ("The cooperative owes 2.6 million.", "changed meaning"),
    ],
)  # fmt: skip
def test_a_fact_that_is_rejected(written, reason):
    assert check_fact(fact(written, BANK)) == reason


def test_a_question_must_lead_back_to_its_own_sentence():
    draft = question("When was Old Bess built?", BESS)
    own = draft.source.sentence
    assert leads_back(draft, lambda asked: [own])
    assert leads_back(draft, lambda asked: [Sentence(1, 1, own.end - 5, own.end + 9, "")])
    assert not leads_back(draft, lambda asked: [Sentence(1, 2, own.start, own.end, own.quote)])
    assert not leads_back(draft, lambda asked: [Sentence(2, 1, own.start, own.end, own.quote)])
    assert not leads_back(draft, lambda asked: [Sentence(1, 1, own.end, own.end + 9, "")])
    assert not leads_back(draft, lambda asked: [])
