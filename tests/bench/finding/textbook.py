"""BM25 as in textbooks: lower case, no stems, no titles, whole texts; what others start from."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

_K, _B = 1.5, 0.75


class Bm25:
    """Ranks a few texts by the words of a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        words = [_words(text) for text in texts]
        average = sum(map(len, words)) / len(words)
        for number, found in enumerate(words):
            length = _K * (1.0 - _B + _B * len(found) / average)
            for word, times in Counter(found).items():
                self._postings[word].append((number, times * (_K + 1.0) / (times + length)))
        self._count = len(texts)

    def first(self, question: str, most: int) -> list[int]:
        """The numbers of the best texts, best first."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in set(_words(question)):
            having = self._postings.get(word, ())
            rarity = math.log(1.0 + (self._count - len(having) + 0.5) / (len(having) + 0.5))
            for number, weight in having:
                scores[number] += rarity * weight
        return sorted(scores, key=lambda number: (-scores[number], number))[:most]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
