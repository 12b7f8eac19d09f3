"""Asks the search each question in several ways, and notes where the wanted page stands."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from docqa.index.passage_search import ALL_LEGS, Leg
from docqa.index.search import Search
from docqa.measure.places import PlacedQuestion
from docqa.measure.ranks import Ranks, ranks
from docqa.model import Hit
from docqa.process import Cancel

Scope = Literal["own", "all"]
"""The document that a question is about, or all (chosen) documents."""
Method = Literal["keywords", "meaning", "both"]
"""BM25 alone, vectors alone, or the search as the program uses it."""

_LEGS: dict[Method, Collection[Leg]] = {
    "keywords": frozenset(("keywords",)),
    "meaning": frozenset(("meaning",)),
    "both": ALL_LEGS,
}
DEPTH = 40
"""Passages looked through for the page: enough for ten pages, as a page has some four passages."""
_USUAL = 8
"""Passages that a search finds if nobody says how many; what the seconds are of."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to search."""

    scope: Scope
    method: Method


ARMS = tuple(Arm(scope, method) for scope in get_args(Scope) for method in get_args(Method))
"""All ways: each scope with each method."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question: ``ranks`` by arm.

    ``first`` are the best hits of the search as the program uses it, by scope.
    """

    question: PlacedQuestion
    ranks: Mapping[Arm, Ranks]
    first: Mapping[Scope, Sequence[Hit]]


def ask(
    search: Search,
    question: PlacedQuestion,
    arms: Sequence[Arm],
    documents: Sequence[int] | None = None,
    cancel: Cancel | None = None,
) -> Asked:
    """Search for a question in each way; ``documents`` are what "all" means (None: the library).

    Raises DocqaError for a question that cannot be searched for, and Cancelled.
    """
    found: dict[Arm, Ranks] = {}
    first: dict[Scope, Sequence[Hit]] = {}
    for arm in arms:
        scope = documents if arm.scope == "all" else question.own
        hits = search.search(
            question.text, k=DEPTH, documents=scope, cancel=cancel, legs=_LEGS[arm.method]
        )
        found[arm] = ranks(hits, question.wanted)
        if arm.method == "both":
            first[arm.scope] = hits[:_SHOWN]
    return Asked(question, found, first)


def usual_seconds(
    search: Search, text: str, documents: Sequence[int] | None, cancel: Cancel | None = None
) -> float:
    """What a search takes as the program uses it, embedding the question included.

    Ask a question for its seconds first: afterwards its vector is remembered. Raises as ``ask``.
    """
    started = time.perf_counter()
    search.search(text, k=_USUAL, documents=documents, cancel=cancel)
    return time.perf_counter() - started
