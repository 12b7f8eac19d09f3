"""Keyword search: what people typed, made safe for FTS5, and how much of it a passage has."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from docqa.index import words
from docqa.index.pruning import SMALL, Asked, choose, scored, together
from docqa.index.words import Word
from docqa.store.fulltext import FullText
from docqa.store.passages import Passages
from docqa.store.unspaced import is_unspaced, pairs, pieces

_NEAR_MATCH = 0.75
"""What a word counts of which the text has another form ("profitability" for "profits")."""
_SHORTEST_ROOT = 5
_UNKNOWN_PAIR = 0.3
"""What a pair of characters counts that no passage has: most of them belong to two words. Of
Chinese questions, their own paragraphs then have .57 (with 1.0: .42) and others .04 (.03); in
English .79 and .06."""
_RESCORED = 2
"""Times as many passages as wanted are found by rarer words, before the common ones count."""


class Keywords:
    """Finds passages by the words of a question."""

    def __init__(self, fulltext: FullText, passages: Passages) -> None:
        self._fulltext = fulltext
        self._passages = passages

    def candidates(
        self, question: str, *, documents: Sequence[int] | None = None, limit: int = 100
    ) -> dict[int, float]:
        """Passages with some of the question's words: id and BM25 (the more the better).

        In a large library passages are searched by the rarer words; the others count for them,
        but not how often they stand there.
        """
        asked, pieces = words.content_words(question), pairs(question)
        asked = [*asked, *words.identifiers(question)]
        spaced = [word for word in asked if not is_unspaced(word.text)]
        found: dict[int, float] = {}
        if spaced:
            found = self._by_words(spaced, documents, limit)
        # Words of other scripts that touch such letters are not in the index of words.
        pieces += [word.text for word in spaced]
        for id, score in self._by_pairs(pieces, documents, limit).items():
            found[id] = found.get(id, 0.0) + score
        return _best(found, limit)

    def overlaps(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text the share (0 to 1) of the question's weight in words that it has.

        A word weighs the more the fewer passages of the workspace have it; one that none has
        weighs most. Numbers and names weigh half as much again, stop words nothing.
        """
        asked = _with_pairs(question)
        if not asked or not texts:
            return [0.0] * len(texts)
        terms = self._fulltext.vocabularies([*(word.text for word in asked), *texts])
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

    def _by_words(
        self, asked: Sequence[Word], documents: Sequence[int] | None, limit: int
    ) -> dict[int, float]:
        total = self._passages.count()
        if total <= SMALL:
            return self._match(any_of(asked), documents, limit)
        narrow = self._fulltext.is_narrow(documents)
        chosen = choose(self._known(asked), total, narrow=narrow)
        found: dict[int, float] = {}
        if chosen.words:
            found = self._match(_any(chosen.words), documents, _RESCORED * limit)
        if chosen.dropped and not narrow and len(found) < limit:
            more = self._by_common(chosen.dropped, total, documents, limit)
            found = {**dict.fromkeys(more, 0.0), **found}
        return _best(self._rescored(found, chosen.dropped, total), limit)

    def _by_common(
        self, common: Sequence[Asked], total: int, documents: Sequence[int] | None, limit: int
    ) -> Iterable[int]:
        """Some passages with words that stand in many; of a wide scope in its newest documents."""
        if documents is None:
            met = " AND ".join(word.expression for word in together(common, total))
            found = self._fulltext.match(met, limit=limit, scored=scored(total))
        else:
            some = self._fulltext.newest_narrow(documents)
            chosen = choose(common, total, narrow=True)
            found = self._fulltext.match(_any(chosen.words), documents=some, limit=limit)
        return [id for id, _ in found]

    def _rescored(
        self, found: dict[int, float], dropped: Sequence[Asked], total: int
    ) -> dict[int, float]:
        """What was found by other words, with what these weigh where they stand, once at least."""
        weights = [(word, word.rarity(total)) for word in dropped]
        telling = [(word, weight) for word, weight in weights if weight > 0]
        if not telling:
            return found
        scores = {}
        for id, passage in self._passages.get(found).items():
            text = f"{passage.context} {passage.text}".lower()
            scores[id] = found[id] + sum(weight for word, weight in telling if word.is_in(text))
        return scores

    def _by_pairs(
        self, pieces: Sequence[str], documents: Sequence[int] | None, limit: int
    ) -> dict[int, float]:
        """Passages by pairs of characters; one character is the beginning of some pair."""
        total = self._passages.count()
        frequency = self._fulltext.frequencies.of_pairs(pieces) if total > SMALL else {}
        asked = [
            Asked(quoted(piece) + (" *" if _is_letter(piece) else ""), frequency.get(piece, 0))
            for piece in dict.fromkeys(pieces)
        ]
        chosen = choose(asked, total, narrow=True)
        if not chosen.words:
            return {}
        found = self._fulltext.match(
            _any(chosen.words), documents=documents, limit=limit, table="passages_pairs"
        )
        return {id: -score for id, score in found}

    def _match(
        self, expression: str, documents: Sequence[int] | None, limit: int
    ) -> dict[int, float]:
        found = self._fulltext.match(expression, documents=documents, limit=limit)
        return {id: -score for id, score in found}

    def _known(self, asked: Sequence[Word]) -> list[Asked]:
        """The words with their frequencies: each at most that of the rarest word of a phrase."""
        forms = [(word.text, *word.variants) for word in asked]
        terms = iter(self._fulltext.terms([form for some in forms for form in some]))
        by_word = [[next(terms) for _ in some] for some in forms]
        frequency = self._fulltext.document_frequency(
            term for some in by_word for form in some for term in form
        )
        return [
            Asked(
                _either(some),
                sum(min((frequency[term] for term in form), default=0) for form in stems),
                tuple(_root(form, stem) for form, stem in zip(some, stems, strict=True)),
            )
            for some, stems in zip(forms, by_word, strict=True)
        ]

    def _weights(self, asked: Sequence[Word], stems: Sequence[Collection[str]]) -> list[float]:
        pieces = [word.text for word in asked if is_unspaced(word.text)]
        frequency = self._fulltext.document_frequency(term for terms in stems for term in terms)
        of_pairs = self._fulltext.frequencies.of_pairs(pieces)
        count = self._passages.count()
        weights = []
        for word, terms in zip(asked, stems, strict=True):
            if word.text in of_pairs:
                known = of_pairs[word.text]
                weights.append(_rarity(known, count) * (1.0 if known else _UNKNOWN_PAIR))
            else:
                known = min((frequency[term] for term in terms), default=0)
                weights.append(word.emphasis * _rarity(known, count))
        return weights


def any_of(asked: Iterable[Word]) -> str:
    """An FTS5 expression for texts that have any of the words; "" if there are none."""
    alternatives = [text for word in asked for text in (word.text, *word.variants)]
    return " OR ".join(quoted(text) for text in dict.fromkeys(alternatives))


def _either(forms: Sequence[str]) -> str:
    alternatives = " OR ".join(map(quoted, forms))
    return alternatives if len(forms) == 1 else f"({alternatives})"


def _root(word: str, stems: Sequence[str]) -> str:
    """The letters that all forms of a word begin with: "compan" of "company", stem "compani"."""
    if len(stems) != 1:
        return word
    same = itertools.takewhile(
        lambda letters: letters[0] == letters[1], zip(word, stems[0], strict=False)
    )
    return "".join(letter for letter, _ in same) or word


def _any(asked: Iterable[Asked]) -> str:
    return " OR ".join(word.expression for word in asked)


def _best(found: dict[int, float], limit: int) -> dict[int, float]:
    if len(found) <= limit:
        return found
    return dict(heapq.nsmallest(limit, found.items(), key=lambda item: (-item[1], item[0])))


def _is_letter(piece: str) -> bool:
    """Whether it is a single character that may be a part of longer words."""
    return len(piece) == 1 and is_unspaced(piece)


def _with_pairs(question: str) -> list[Word]:
    """The words of a question; pairs of characters where it has no blanks between them."""
    spaced = [word for word in words.content_words(question) if not is_unspaced(word.text)]
    known = {word.text for word in spaced}
    pieces = dict.fromkeys(piece for piece in pairs(question) if piece not in known)
    return [*spaced, *map(Word, pieces)]


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
    listed: str
    """The stems, each behind a blank."""

    @classmethod
    def of(cls, text: str, stems: Collection[str]) -> _Vocabulary:
        written = set(words.split(text))
        numbers = (Word(text) for text in written if not text.isalpha())
        variants = (variant for word in numbers for variant in word.variants)
        found = frozenset((*written, *variants, *pieces(text)))
        return cls(found, frozenset(stems), f" {' '.join(stems)}")

    def share(self, word: Word, stems: Collection[str]) -> float:
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
        return f" {root}" in self.listed
