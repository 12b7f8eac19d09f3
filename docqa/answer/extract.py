"""Ranks the sentences of the evidence by how well they answer a question; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from docqa.answer.compare import brings, content_stems, coverage, dates, numbers
from docqa.answer.evidence import Sentence, follows, is_fragment, leans

Compare = Callable[[str, Sequence[str]], NDArray[np.floating]]
"""How like a question each of the texts is: cosines (n,), as the starter embedder gives them."""

_MEANING, _WORDS, _TYPE, _OTHER_YEAR, _FRAGMENT = 1.0, 0.5, 0.25, -0.3, -0.3
"""Weights of cosine, shared words, fitting kind, of naming only other years than asked, and of
being a heading or another fragment, which repeats the question's words and says nothing."""
_WITH_NEIGHBOUR = 0.85
"""What the meaning of a sentence with the one before it counts: "it" has its noun there."""
_MIN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Ranking:
    """Sentences with their scores, in reading order."""

    sentences: tuple[Sentence, ...]
    scores: tuple[float, ...]

    @property
    def best(self) -> Sentence:
        """The sentence with the highest score."""
        return self.sentences[int(np.argmax(self.scores))]

    def with_neighbours(self) -> tuple[Sentence, ...]:
        """The best sentence with those that it cannot be understood without, in reading order.

        A pronoun at its beginning takes the sentence before along, one at the beginning of the next
        sentence takes that along: it says more of the same thing.
        """
        at = int(np.argmax(self.scores))
        first, last = at, at
        if at and leans(self.sentences[at].text) and follows(*self.sentences[at - 1 : at + 1]):
            first -= 1
        after = self.sentences[at : at + 2]
        if len(after) == 2 and leans(after[1].text) and follows(*after):
            last += 1
        return self.sentences[first : last + 1]

    def score_of(self, sentence: Sentence) -> float:
        """The score of one of the sentences; 0 for a sentence that was not ranked."""
        return dict(zip(self.sentences, self.scores, strict=True)).get(sentence, 0.0)


def rank(question: str, sentences: Sequence[Sentence], compare: Compare) -> Ranking | None:
    """Score sentences (in reading order) for a question; None if there is nothing to rank."""
    kept = [sentence for sentence in sentences if len(sentence.text.split()) >= _MIN_WORDS]
    if not kept:
        return None
    pairs = [
        f"{before.text} {sentence.text}" if follows(before, sentence) else ""
        for before, sentence in pairwise(kept)
    ]
    together = [pair for pair in pairs if pair]
    similarities = compare(question, [*(sentence.text for sentence in kept), *together])
    meanings = similarities[: len(kept)].copy()
    rest = iter(similarities[len(kept) :])
    for index, pair in enumerate(pairs, start=1):
        if pair:
            meanings[index] = max(meanings[index], _WITH_NEIGHBOUR * next(rest))
    scores = [
        score(question, sentence.text, float(meaning)) + _FRAGMENT * is_fragment(sentence)
        for sentence, meaning in zip(kept, meanings, strict=True)
    ]
    return Ranking(tuple(kept), tuple(scores))


def score(question: str, text: str, similarity: float) -> float:
    """How well a text fits a question: its meaning, its words, the kind of answer, the year."""
    asked = content_stems(question) | numbers(question)
    shared = coverage(asked, content_stems(text) | numbers(text)) if asked else 0.0
    years, given = _years(question), _years(text)
    other_year = bool(years and given and not years & given)
    return (
        _MEANING * similarity
        + _WORDS * shared
        + _TYPE * bool(brings(question, text))
        + _OTHER_YEAR * other_year
    )


def _years(text: str) -> frozenset[str]:
    return frozenset(date for date in dates(text) if date.isdigit())
