"""Keyword search: what people typed, made safe for FTS5, and how much of it a passage has."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docqa.index import words
from docqa.index.words import Word
from docqa.store.fulltext import FullText
from docqa.store.passages import Passages

_NEAR_MATCH = 0.75
"""What a word counts of which the text has another form ("profitability" for "profits")."""
_SHORTEST_ROOT = 5


class Keywords:
    """Finds passages by the words of a question."""

    def __init__(self, fulltext: FullText, passages: Passages) -> None:
        self._fulltext = fulltext
        self._passages = passages

    def candidates(
        self, question: str, *, documents: Sequence[int] | None = None, limit: int = 100
    ) -> dict[int, float]:
        """Passages with some of the question's words: id and BM25 (the more the better)."""
        expression = any_of(words.content_words(question))
        if not expression:
            return {}
        found = self._fulltext.match(expression, documents=documents, limit=limit)
        return {id: -score for id, score in found}

    def overlaps(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text the share (0 to 1) of the question's weight in words that it has.

        A word weighs the more the fewer passages of the workspace have it; one that none has
        weighs most. Numbers and names weigh half as much again, stop words nothing.
        """
        asked = words.content_words(question)
        if not asked or not texts:
            return [0.0] * len(texts)
        terms = self._fulltext.terms([*(word.text for word in asked), *texts])
        stems, found = terms[: len(asked)], terms[len(asked) :]
        weights = self._weights(asked, stems)
        total = sum(weights)
        shares = []
        for text, text_stems in zip(texts, found, strict=True):
            has = _Vocabulary.of(text, text_stems)
            joined = _joined(asked, has)
            parts = [
                weight * (1.0 if position in joined else has.share(word, stem))
                for position, (word, stem, weight) in enumerate(
                    zip(asked, stems, weights, strict=True)
                )
            ]
            shares.append(sum(parts) / total)
        return shares

    def _weights(self, asked: Sequence[Word], stems: Sequence[Sequence[str]]) -> list[float]:
        frequency = self._fulltext.document_frequency(term for terms in stems for term in terms)
        count = self._passages.count()
        return [
            word.emphasis * _rarity(min((frequency[term] for term in terms), default=0), count)
            for word, terms in zip(asked, stems, strict=True)
        ]


def any_of(asked: Iterable[Word]) -> str:
    """An FTS5 expression for texts that have any of the words; "" if there are none."""
    alternatives = [text for word in asked for text in (word.text, *word.variants)]
    return " OR ".join(quoted(text) for text in dict.fromkeys(alternatives))


def quoted(text: str) -> str:
    """``text`` as an FTS5 string, in which nothing is an operator."""
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def _rarity(frequency: int, count: int) -> float:
    frequency = min(frequency, count)
    return math.log(1.0 + (count - frequency + 0.5) / (frequency + 0.5))


def _joined(asked: Sequence[Word], has: _Vocabulary) -> set[int]:
    """Positions of neighbours that the text writes as one word: "best buy" in BESTBUY_2017."""
    pairs = enumerate(itertools.pairwise(asked))
    found = (i for i, (first, second) in pairs if first.text + second.text in has.words)
    return {position for i in found for position in (i, i + 1)}


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The words that a text has, as they are written and as stems."""

    words: frozenset[str]
    stems: frozenset[str]

    @classmethod
    def of(cls, text: str, stems: Iterable[str]) -> _Vocabulary:
        written = words.split(text)
        variants = (variant for text in written for variant in Word(text).variants)
        return cls(frozenset((*written, *variants)), frozenset(stems))

    def share(self, word: Word, stems: Sequence[str]) -> float:
        """How far the text has the word: 1 fully, 0 not at all."""
        if word.text in self.words or any(variant in self.words for variant in word.variants):
            return 1.0
        if words.is_number(word.text):
            return 0.0  # "50" is not there because "14.50" is.
        if stems and all(stem in self.stems for stem in stems):
            return 1.0
        return _NEAR_MATCH if any(self._has_root(stem) for stem in stems) else 0.0

    def _has_root(self, stem: str) -> bool:
        if len(stem) < _SHORTEST_ROOT:
            return False
        root = stem[: max(_SHORTEST_ROOT, len(stem) * 3 // 4)]
        return any(other.startswith(root) for other in self.stems)
