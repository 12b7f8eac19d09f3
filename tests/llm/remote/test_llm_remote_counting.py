"""Tokens of a text where the server does not count: rather too many than too few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.llm.client import LlamaModel
from docqa.llm.remote.counting import estimated, least
from docqa.process import Urgency

PROSE = (
    "The chair of the board is Mary Wells, who was appointed in spring. She has overseen the "
    "reconstruction of the harbour, and she answers to nobody but the council of the city."
)
SAMPLES = {
    "prose": PROSE,
    "a title": "THE PARTIES AGREE THAT THE REINSURANCE COMMENCES UPON EXECUTION OF THE COVENANT",
    "a table": "\n".join(
        f"{year} | {year * 37 % 9973:,} | {year * 71 % 997}.{year % 100} | -{year * 13 % 89}%"
        for year in range(1990, 2012)
    ),
    "dates": "2024-01-15, 03/04/1999, 31.12.2020, 12:45:09",
    "amounts": "rose 3.4% to $1,234.56 (+0.7%) against €99.9m",
    "formulas": "C6H12O6 + 6O2 -> 6CO2 + 6H2O; f(x) = a*x^2 + b*x + c, d/dx = 2ax + b",
    "addresses": "https://www.example.org/a/b-c_d/index.php?id=1234, support@acme-widgets.co.uk",
    "contents": "1 Introduction ............ 3\n1.1 Scope . . . . . . . . . . . . . 5\n",
    "German": "Die Geschwindigkeitsbegrenzung wurde durch das Ministerium außer Kraft gesetzt.",
    "French": "L'Assemblée nationale a été convoquée à l'issue d'une élection très disputée.",
    "Chinese": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心。",
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等。",
    "Korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "Russian": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Arabic": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.",
    "emoji": "😀👩‍👩‍👧‍👦🇩🇪✈️💔🤷🏽‍♀️",
}


@pytest.fixture(scope="module")
def counted(starter: LlamaModel) -> dict[str, int]:
    """What the starter's vocabulary makes of the samples."""
    counts = starter.count(tuple(SAMPLES.values()), Urgency.ASKING)
    return dict(zip(SAMPLES, counts, strict=True))


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_estimate_is_not_below_the_real_count(kind: str, counted: dict[str, int]) -> None:
    assert counted[kind] <= estimated(SAMPLES[kind])


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_text_has_fewer_tokens_than_the_least(kind: str, counted: dict[str, int]) -> None:
    assert least(SAMPLES[kind]) <= counted[kind]


def test_an_estimate_leaves_most_of_the_context_to_prose(counted: dict[str, int]) -> None:
    assert estimated(PROSE) < 2 * counted["prose"]


def test_prose_that_was_cut_has_fewer_tokens_than_the_least(counted: dict[str, int]) -> None:
    assert counted["prose"] < least(PROSE * 2)


@given(st.text(st.characters()), st.text(st.characters()))
def test_more_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert estimated(text) <= estimated(f"{text}\n{more}") <= len(f"{text}\n{more}") * 4
    assert 0 <= least(text) <= least(f"{text}\n{more}") <= estimated(f"{text}\n{more}")


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("... | --", 0), ("one two 3", 3), ("国" * 40, 5), ("a" * 15, 1)]
)
def test_the_least_is_a_token_a_word(text: str, tokens: int) -> None:
    assert least(text) == tokens
