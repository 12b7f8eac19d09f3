"""A claim that uses a text's words is refused where it says something else."""

import pytest

from docqa.answer.claims import contradicts, says, scaled


def test_a_name_is_no_other_word_of_the_same_stem():
    assert says("Trading boats lie here.", "trading boats")
    assert not says("Trading boats lie here.", "the boats of Trade")


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("The Otter lies deep.", True),
        ("18 metres", True),
        ("eighteen metres", False),
        ("19 metres", False),
        ("The Beaver lies here", False),
    ],
)
def test_says(claim, said):
    assert says("The Otter lies 18 metres deep in the Narrows.", claim) is said


YEARS = "Fuel sales were 214 million in 2022 and 236 million in 2023."
RISE = "Sales of bread rose by 5 percent to 12 million euros in 2022."


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (YEARS, "Fuel sales were 236 million in 2022 and 214 million in 2023."),
        (YEARS, "In 2022 fuel sales were 236 million."),
        (YEARS, "Fuel sales were 214 million in 2023."),
        (RISE, "Sales of bread fell by 5 percent to 12 million euros in 2022."),
        (RISE, "Sales of bread rose by 5 percent to 12 billion euros in 2022."),
        (RISE, "Sales of bread rose by 12 percent to 5 million euros in 2022."),
        (RISE, "Sales of bread rose to 12 euros in 2022."),
        (RISE, "Sales of bread did not rise in 2022."),
        ("The result was -12 million.", "The result was 12 million."),
        ("The battery was approved by 611 votes to 74.", "It was approved by 74 votes to 611."),
    ],
)
def test_what_contradicts(text, claim):
    assert contradicts(claim, text)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (YEARS, YEARS),
        (YEARS, "Fuel sales were 214 million in 2022."),
        (RISE, "In 2022 sales of bread rose by 5 per cent."),
        (RISE, "12 million euros"),
        ("In 2025 the board met nine times.", "The board met nine times in 2025."),
        ("The dividend was 3.5 per cent.", "3.5%"),
    ],
)
def test_what_agrees(text, claim):
    assert not contradicts(claim, text)


def test_scales_are_written_alike():
    assert scaled("5 per cent, 12 mn and 3 bn") == {("5", "%"), ("12", "million"), ("3", "billion")}
