"""Which words of a question a large library is searched by, so that it takes no longer than it may.

FTS5 scores every passage that has any of the words, at about 0.8 µs each. Of half of a million
passages that is half a second, for words that tell next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SMALL = 20_000
"""Passages of a library that is searched by all words."""
_SCORED = 7_000
_SCORED_SHARE = 15
"""Passages that one search may score: so many, or this part of a large library (1 / n).

Measured with questions about synthetic libraries: 95 % took at most 11 ms among 100,000 passages
and 57 ms among 1,000,000; by all words it was 46 and some 1,000 ms.
"""
_WALKED = 30_000
_WALKED_SHARE = 8
"""The same for passages to walk over where the scope is narrow: 0.1 µs each, without a score."""
_LEAST_WORDS = 2
_ALIKE = 3
"""Words meet in so many times more passages than if they had nothing to do with each other."""
_MOST_TOGETHER = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of a question: the FTS5 expression for its forms, and in how many passages it is.

    ``roots``: how words of a text begin, in lower case, that are its forms.
    """

    expression: str
    frequency: int
    roots: tuple[str, ...] = ()

    def is_in(self, text: str) -> bool:
        """Whether a text in lower case seems to have the word: a quick look, accents count."""
        return any(_begins_word(root, text) for root in self.roots)

    def rarity(self, total: int) -> float:
        """What BM25 weighs it by: the natural logarithm of the odds against it, at least 0."""
        n = min(self.frequency, total)
        return max(0.0, math.log((total - n + 0.5) / (n + 0.5)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The words that passages are searched by, and those that only count for what is found."""

    words: tuple[Asked, ...]
    dropped: tuple[Asked, ...]


def scored(total: int) -> int:
    """How many of ``total`` passages one search may score."""
    return max(_SCORED, total // _SCORED_SHARE)


def choose(asked: Sequence[Asked], total: int, *, narrow: bool) -> Chosen:
    """The rarest words, as many as there is time for; of a ``narrow`` scope at least two."""
    left = max(_WALKED, total // _WALKED_SHARE) if narrow else scored(total)
    by_rarity = sorted(asked, key=lambda word: word.frequency)
    kept = 0
    for word in by_rarity:
        if word.frequency > left and not (narrow and kept < _LEAST_WORDS):
            break
        left -= word.frequency
        kept += 1
    return Chosen(tuple(by_rarity[:kept]), tuple(by_rarity[kept:]))


def together(common: Sequence[Asked], total: int) -> tuple[Asked, ...]:
    """The fewest of the rarest of these common words that meet in few enough passages."""
    by_rarity = sorted(common, key=lambda word: word.frequency)[:_MOST_TOGETHER]
    share = 1.0
    for count, word in enumerate(by_rarity, start=1):
        share *= word.frequency / total * (_ALIKE if count > 1 else 1)
        if share * total <= scored(total):
            return tuple(by_rarity[:count])
    return tuple(by_rarity)


def _begins_word(root: str, text: str) -> bool:
    number = root[-1:].isdigit()
    at = text.find(root)
    while at >= 0:
        end = at + len(root)
        inside = at > 0 and text[at - 1].isalnum()
        if not inside and not (number and text[end : end + 1].isalnum()):
            return True
        at = text.find(root, at + 1)
    return False
