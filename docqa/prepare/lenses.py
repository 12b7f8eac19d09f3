"""Lenses: what each pass over a document looks for, and the sentences that have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docqa.answer.compare import gives_reason, has_date, numbers, people
from docqa.answer.evidence import Sentence, is_prose

_DEFINITION = re.compile(
    r"^(?:an? |the )?[\w' -]{2,40}? (?:is|are|means|refers to|is called|are called|consists? of) ",
    re.IGNORECASE,
)
_PRONOUN_START = re.compile(
    r"^(?:it|its|this|that|these|those|they|their|he|she|his|her|there|we|our|in|on|at|of)\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:more|less|fewer|higher|lower|larger|smaller|greater|better|worse|faster|slower|most|"
    r"least|largest|smallest|highest|lowest|best|\w+er than|compared|than|rose|fell|grew|"
    r"increased?|decreased?|declined?|instead of|unlike|whereas)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A sentence (by its index in the passage) to ask about, and how the question begins."""

    index: int
    starter: str


@dataclass(frozen=True, slots=True)
class Lens:
    """``starters`` gives the beginnings of the questions that fit a sentence, often none."""

    name: str
    starters: Callable[[str], tuple[str, ...]]


def _who_what_when(text: str) -> tuple[str, ...]:
    if has_date(text):
        return ("When",)
    return ("Who",) if people(text) else ()


def _how_many(text: str) -> tuple[str, ...]:
    counted = numbers(text) and not _only_date(text)
    return ("How many",) if counted else ()


def _why(text: str) -> tuple[str, ...]:
    return ("Why",) if gives_reason(text) else ()


def _definition(text: str) -> tuple[str, ...]:
    defines = _DEFINITION.match(text) and not _PRONOUN_START.match(text)
    return ("What is",) if defines else ()


def _comparison(text: str) -> tuple[str, ...]:
    return ("How much",) if _COMPARISON.search(text) and numbers(text) else ()


def _only_date(text: str) -> bool:
    return has_date(text) and all(len(number) == 4 for number in numbers(text))


LENSES: tuple[Lens, ...] = (
    Lens("who, what, when", _who_what_when),
    Lens("numbers", _how_many),
    Lens("why", _why),
    Lens("definitions", _definition),
    Lens("comparison", _comparison),
)
"""In the order of the passes: pass 1 looks through the first lens."""


def lens_of(pass_number: int) -> Lens:
    """The lens of a pass (1-based)."""
    return LENSES[pass_number - 1]


def targets(lens: Lens, sentences: Sequence[Sentence]) -> Iterator[Target]:
    """What a lens sees in the sentences of one passage."""
    for index, sentence in enumerate(sentences):
        if is_prose(sentence):
            for starter in lens.starters(sentence.text):
                yield Target(index, starter)
