"""When a prepared question is the very question that was asked."""

import pytest

from docqa.answer.route import answerable, rivals, same_question
from docqa.model import Hit

NEAR = 0.95


@pytest.mark.parametrize(
    ("asked", "prepared"),
    [
        ("What is the capacity of Old Bess?", "What's the capacity of old Bess"),
        ("Please tell me: when was the loan repaid?", "When was a loan repaid?"),
    ],
)
def test_the_same_question(asked, prepared):
    assert same_question(asked, prepared, NEAR)
    assert same_question(prepared, asked, NEAR)


@pytest.mark.parametrize(
    ("asked", "prepared"),
    [
        ("What is the capacity of Old Bess?", "What is the capacity of Young Bess?"),
        ("How many members joined in 2024?", "How many members joined in 2025?"),
        ("How many members joined before 2024?", "How many members joined after 2024?"),
        ("Who pays 3.5 pounds a day?", "Who pays 3-5 pounds a day?"),
        ("Why did the price go up?", "Why did the price go down?"),
        ("Which projects were not accepted?", "Which projects were accepted?"),
        ("When did Anna Berg sue Carl Dahl?", "When did Carl Dahl sue Anna Berg?"),
        ("When did Müller sue Özil?", "When did Özil sue Müller?"),
        ("What does the bank lend the ferry?", "What does the ferry lend the bank?"),
        ("Whom did Marisol Adeyemi replace?", "Who replaced Marisol Adeyemi?"),
        ("When did the cable fail?", "Why did the cable fail?"),
        ("When will the loan be repaid?", "When was the loan repaid?"),
        ("Who was paid by the bank?", "Who was paid to the bank?"),
        ("Did it rise from 10 to 20 knots?", "Did it rise from 20 to 10 knots?"),
        ("What is the reserve?", "What is the reserve for bad years?"),
    ],
)
def test_another_question_however_near_it_is(asked, prepared):
    assert not same_question(asked, prepared, NEAR)
    assert not same_question(prepared, asked, NEAR)


def test_the_same_words_about_something_far_away_are_no_match():
    assert not same_question("What is the reserve?", "What is the reserve?", 0.5)


def test_answerable_needs_a_sentence_and_words_of_the_question():
    assert answerable(0.86, 0.51)
    assert not answerable(0.79, 1.0)
    assert not answerable(0.94, 0.36)


def hit(similarity: float, overlap: float) -> Hit:
    return Hit(1, 1, "", 1, 0.5, "", 0, 0, similarity=similarity, overlap=overlap)


def test_another_document_that_is_as_near_is_a_rival():
    mine = hit(0.7, 0.9)
    assert rivals(mine, hit(0.65, 0.8))
    assert not rivals(mine, hit(0.4, 0.9))
    assert not rivals(mine, hit(0.7, 0.2))
    assert rivals(mine, hit(0.8, 1.0))
