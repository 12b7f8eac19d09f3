"""Several rankings into one: likeness of meaning, keywords, and what the question names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from docqa.index import words
from docqa.model import Passage

Key = TypeVar("Key")

# On two sets of long PDFs with annotated pages the page was among the first five for .64 and .74
# of the questions with these weights, for .57 and .72 by fusing ranks alike, for .57 and .69 by
# meaning alone, and for .36 and .70 by keywords alone.
MEANING_WEIGHT = 0.7
KEYWORD_WEIGHT = 0.3
# Added for a document that the question names by its title or file name. Without a document given,
# 27 filings: the page is among the first ten for .72 of the questions instead of .65.
NAME_WEIGHT = 0.2

_TELLING_SIMILARITY = 0.1
_TELLING_BM25 = 1.0
"""Differences below these are noise, even if all candidates are that close together."""

_SAME_TEXT = 0.95
"""Share of common words from which two passages with the same numbers say the same."""


def fuse(
    similarities: Mapping[int, float],
    keywords: Mapping[int, float],
    named: Mapping[int, float] | None = None,
) -> dict[int, float]:
    """Candidates and their score, best first; all mappings are by passage id.

    ``named`` says how far (0 to 1) the question names the passage's document. A passage that has
    no similarity yet competes by its keywords alone.
    """
    named = named or {}
    likeness = scaled(similarities, _TELLING_SIMILARITY)
    scores_by_words = {id: keywords.get(id, 0.0) for id in {*similarities, *keywords}}
    found = scaled(scores_by_words, _TELLING_BM25)
    scores = {
        id: MEANING_WEIGHT * likeness.get(id, word_score)
        + KEYWORD_WEIGHT * word_score
        + NAME_WEIGHT * named.get(id, 0.0)
        for id, word_score in found.items()
    }
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def scaled(values: Mapping[Key, float], least_range: float = 0.0) -> dict[Key, float]:
    """The values moved so that the most is 1 and the least is 0.

    Differences are not blown up where all values are within ``least_range``: the least is then
    more than 0, and 1 if all are equal.
    """
    if not values:
        return {}
    most = max(values.values())
    span = max(most - min(values.values()), least_range)
    if span <= 0.0:
        return dict.fromkeys(values, 1.0)
    return {key: 1.0 - (most - value) / span for key, value in values.items()}


def distinct(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Leave out passages that say the same as an earlier one, word for word or nearly so.

    Passages whose numbers differ do not say the same, however like each other they are.
    """
    kept: list[tuple[frozenset[str], frozenset[str]]] = []
    for passage in passages:
        written = frozenset(words.split(passage.text))
        numbers = frozenset(filter(words.is_number, written))
        if not any(numbers == other and _like(written, text) for text, other in kept):
            kept.append((written, numbers))
            yield passage


def _like(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME_TEXT * len(one | other)
