"""What two texts say, compared."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from docqa.answer.compare import (
    brings,
    content_stems,
    counted,
    coverage,
    dates,
    gives_reason,
    has_date,
    in_order,
    is_negated,
    kept_order,
    names,
    number_list,
    numbers,
    question_type,
    split_reason,
    words,
)

written = st.text(alphabet="abcXYZ019 .,'’-\n%é£", max_size=60)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1,250.0 pounds", "1250 pounds"),
        ("1’250", "1250"),
        ("1\u202f250", "1250"),
        ("1.250.000", "1250000"),
        ("0.50", "0.5"),
        ("3,5", "3.5"),
        ("007", "7"),
        ("00.10", "0.1"),
        ("0.0", "0"),
        ("eleven families", "11 families"),
        ("Thirty-nine members", "39 members"),
        ("twenty one", "21"),
        ("−4", "-4"),
        ("25%", "25 per cent"),
        ("£2.3M", "2.3 million"),
        ("the 17th of May", "17 May"),
    ],
)
def test_numbers_are_written_alike(text, same):
    assert numbers(text) == numbers(same) != frozenset()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Salaries 214 236", {"214", "236"}),
        ("In 2025 487 members voted", {"2025", "487"}),
        ("from 2,240 to 2,610 megawatt-hours", {"2240", "2610"}),
        ("at 3:40 in the morning", {"3", "40"}),
        ("2009-2011", {"2009", "2011"}),
        ("one of them", set()),
        ("B2B and A4", set()),
        ("", set()),
    ],
)
def test_numbers_in_a_text(text, found):
    assert numbers(text) == found


@given(written)
@example("1,2345 6.7.8 9,9,9 0.10")
def test_numbers_written_alike_stay_as_they_are(text):
    once = numbers(text)
    assert numbers(" and ".join(sorted(once))) == once


@given(written)
def test_numbers_are_those_of_the_list(text):
    assert numbers(text) == frozenset(number_list(text))


def test_numbers_in_the_order_of_the_text():
    assert number_list("From 7 to eleven, then 7 again, not -3.") == ["7", "11", "7", "-3"]


def test_names_are_capitalised_words_inside_a_sentence():
    text = "The secretary is Dr Amara Whitcombe. Members of NATO met Zoë."
    assert names(text) == {"dr", "amara", "whitcombe", "nato", "zoe"}


def test_a_name_of_two_words_may_begin_a_sentence():
    assert names("Marisol Adeyemi leads it.") == {"marisol", "adeyemi"}


@pytest.mark.parametrize("text", ["Divers found it.", "He left. Nobody knew.", "the harbour", ""])
def test_the_first_word_of_a_sentence_is_no_name(text):
    assert names(text) == frozenset()


@given(written)
def test_names_are_words(text):
    assert names(text) <= words(text) == frozenset(in_order(text))


def test_words_know_no_case_accent_or_genitive():
    assert words("The Café’s OWNER") == {"the", "cafe", "owner"}


@pytest.mark.parametrize(
    "text",
    [
        "It was not repaired.",
        "Board members receive no salary.",
        "The ship couldn’t leave.",
        "Nobody was hurt.",
        "The insurer refused to pay.",
        "It went without a fault.",
    ],
)
def test_a_denial(text):
    assert is_negated(text)


@pytest.mark.parametrize("text", ["It was noted.", "The northern pier.", "Nine knots."])
def test_no_denial(text):
    assert not is_negated(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It opened on 17 May 2025.", {"may", "2025"}),
        ("It may be elected twice.", set()),
        ("Tidal 1,690 1,710 1,310", set()),
        ("It cost 2,150 pounds in 2023, not 1750.5.", {"2023"}),
        ("every April", {"april"}),
    ],
)
def test_dates_are_years_and_months_but_no_amounts(text, found):
    assert dates(text) == found


@pytest.mark.parametrize("text", ["in 2024", "at 3:40", "in June", "on 3 May", "May 3"])
def test_a_text_with_a_date(text):
    assert has_date(text)


@pytest.mark.parametrize("text", ["It may rain.", "1,950 pounds", "for 25 years"])
def test_a_text_without_a_date(text):
    assert not has_date(text)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who leads the group?", "who"),
        ("Whose idea was it?", "who"),
        ("When was it built?", "when"),
        ("In which year was it built?", "when"),
        ("Where is the turbine?", "where"),
        ("How many members are there?", "how_many"),
        ("How long did it last?", "how_many"),
        ("What is the total?", "how_many"),
        ("What was the reason for it?", "why"),
        ("Why did it fail?", "why"),
        ("How does it work?", "how"),
        ("Which ship came?", "what"),
        ("Is it safe?", "yes_no"),
        ("Tell me about the board", "what"),
        ("In the year when the pier burned, who was the chair?", "when"),
    ],
)
def test_question_types(question, kind):
    assert question_type(question) == kind


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("The fund fell because grants ended.", ("The fund fell ", " grants ended.")),
        (
            "Because of the storm, the ship was late.",
            (" the ship was late.", "Because of the storm"),
        ),
        ("The mats lie there so that it is safe.", ("The mats lie there ", " it is safe.")),
    ],
)
def test_a_reason_and_what_it_explains(text, parts):
    assert gives_reason(text)
    assert split_reason(text) == parts


def test_since_a_year_is_no_reason():
    assert split_reason("She has been the chair since 2021.") is None
    assert not gives_reason("She has been the chair since 2021.")


def test_numbers_that_count_a_thing():
    text = "A jury of nine residents chose 14 of the 41 applications."
    assert counted(text, "resident") == {"9"}
    assert counted(text, "applications") == {"41"}
    assert counted(text, "turbines") == frozenset()


def test_content_stems_leave_out_what_means_nothing():
    assert content_stems("What were the shares of 2024?") == {"share"}
    assert content_stems("sharing") == content_stems("shares")


def test_swapped_roles_lose_their_order():
    text = "The cooperative owes money to the bank."
    assert kept_order("The cooperative owes the bank money", text) > 0.6
    assert kept_order("The bank owes the cooperative money", text) <= 0.5


def test_the_order_of_fewer_than_two_common_words_is_kept():
    assert kept_order("A bank", "The bank is old.") == 1.0
    assert kept_order("", "") == 1.0


@given(written, written)
def test_kept_order_is_a_share(claim, text):
    assert 0.0 <= kept_order(claim, text) <= 1.0


@given(written)
def test_a_text_keeps_its_own_order(text):
    assert kept_order(text, text) == 1.0


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        ("When did it open?", "It opened in May 2025.", "It opened late."),
        ("When did it open in 2025?", "In 2025 it opened in June.", "In 2025 it opened."),
        ("How many roofs are there?", "Panels lie on 23 roofs.", "Panels lie on roofs."),
        ("How many joined in 2024?", "In 2024 there joined 267.", "In 2024 some joined."),
        ("How much was made?", "They made 1,710 units.", "They made it in 2024."),
        ("Who is the chair?", "The chair is Ingrid Halloran.", "The chair is elected."),
        ("Why did it fail?", "It failed because of an anchor.", "It failed in winter."),
        ("What is slack water?", "Slack water hardly moves.", "Slack water"),
    ],
)
def test_what_is_asked_for_and_brought(question, good, bad):
    assert brings(question, good)
    assert not brings(question, bad)


def test_coverage_is_the_share_of_the_part():
    assert coverage(frozenset("ab"), frozenset("bc")) == 0.5
    assert coverage(frozenset(), frozenset("a")) == 1.0
