"""Whether a claim says what a text says: every check that words alone cannot cheat.

A bag of words does not tell "fell by 5 percent" from "rose by 5 percent", nor which figure belongs
to which year, nor who owes whom. All of this is strict on purpose: what is refused here is shown in
the page's own words instead.
"""

from __future__ import annotations

import re

from docqa.answer.compare import (
    content_stems,
    counted_things,
    dates,
    is_negated,
    kept_order,
    names,
    number_list,
    numbers,
    words,
)

_SCALED = re.compile(
    r"(?P<number>\d[\d.,'’]*\d|\d)\s*(?P<scale>%|per\s?cent\b|percent\b|percentage points?\b|"
    r"thousand\b|million\b|billion\b|trillion\b|mn?\b|bn\b|k\b)",
    re.IGNORECASE,
)
_SCALES = {"percent": "%", "per cent": "%", "m": "million", "mn": "million", "bn": "billion",
           "k": "thousand"}  # fmt: skip
_UP = frozenset(
    """rise rises rose risen rising grow grows grew grown growing growth increase increases
    increased increasing gain gains gained higher more improve improved improves expanded
    above exceeded profit profits best largest highest after open opened""".split()
)
_DOWN = frozenset(
    """fall falls fell fallen falling drop drops dropped dropping decline declines declined
    declining decrease decreases decreased decreasing loss losses lost lower less fewer worsened
    shrank shrunk below worst smallest lowest before closed close""".split()
)
MANY_FIGURES = 2
"""Years, and other numbers, from which on a text can pair them in more than one way."""
MIN_ORDER_OF_FIGURES = 0.85
_WITHIN_WORDS = 4
"""How far behind its number a noun may stand in the text: "14 of them were accepted"."""


def contradicts(claim: str, text: str) -> bool:
    """Whether ``claim`` says something else than ``text`` although it uses its words."""
    return (
        is_negated(claim) != is_negated(text)
        or not numbers(claim) <= numbers(text)
        or not scaled(claim) <= scaled(text)
        or _another_scale(claim, text)
        or _other_things_counted(claim, text)
        or _other_way(claim, text)
        or _figures_swapped(claim, text)
    )


def says(text: str, claim: str) -> bool:
    """Whether all numbers, names and words that carry meaning in ``claim`` are in ``text``."""
    return (
        numbers(claim) <= numbers(text)
        and names(claim) <= words(text)
        and content_stems(claim) <= content_stems(text)
    )


def scaled(text: str) -> frozenset[tuple[str, str]]:
    """Numbers with the scale behind them: ("5", "%"), ("12", "million")."""
    found: set[tuple[str, str]] = set()
    for match in _SCALED.finditer(text):
        scale = " ".join(match.group("scale").casefold().split())
        found |= {(number, _SCALES.get(scale, scale)) for number in numbers(match.group("number"))}
    return frozenset(found)


def _another_scale(claim: str, text: str) -> bool:
    """Whether a number of the claim lost the scale that it always has in the text."""
    with_scale = {number for number, _ in scaled(text)}
    bare = numbers(claim) - {number for number, _ in scaled(claim)}
    return any(number in with_scale and number_list(text).count(number) == 1 for number in bare)


def _other_things_counted(claim: str, text: str) -> bool:
    """Whether the claim counts what the text does not: "two meetings" are not "2 weeks"."""
    given = counted_things(text, _WITHIN_WORDS)
    for number, things in counted_things(claim, 1).items():
        if things and number in given and not things & given[number]:
            return True
    return False


def _other_way(claim: str, text: str) -> bool:
    """Whether the claim goes up where the text only goes down, or the other way round."""
    claimed, given = words(claim), words(text)
    up, down = claimed & _UP, claimed & _DOWN
    return bool(
        (up and given & _DOWN and not given & _UP) or (down and given & _UP and not given & _DOWN)
    )


def _figures_swapped(claim: str, text: str) -> bool:
    """Whether figures change places: among each other, or between the years they belong to."""
    years = dates(text)
    mine, given = number_list(claim), number_list(text)
    if not _in_sequence(
        [number for number in mine if number not in years],
        [number for number in given if number not in years],
    ):
        return True
    given_years = {number for number in given if number in years}
    figures = {number for number in given if number not in years}
    if min(len(given_years), len(figures)) < MANY_FIGURES or len(set(mine)) < MANY_FIGURES:
        return False
    return not _side_by_side(mine, given) or (
        kept_order(claim, text, with_numbers=True) < MIN_ORDER_OF_FIGURES
    )


def _in_sequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(one in rest for one in part)


def _side_by_side(part: list[str], whole: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole)))
