"""Several signals into one score: meaning, keywords, the page around, names, and notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from docqa.index import words
from docqa.model import Passage

_TELLING_BM25 = 1.0
"""A best BM25 below this is no match worth the full weight."""
_SAME_TEXT = 0.95
"""Share of common words from which two passages with the same numbers say the same."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal adds to a passage's score. One set for all libraries.

    Chosen on 102 questions about 45 long PDFs (``tests/bench/bench_finding.py``), with their own
    document given, and without. Before (.7 and .3 of the ranges of cosine and BM25, names .2),
    shares of questions with their page in the first five were .60 and .51 for filings, .90 and .73
    for other documents; with these .74, .67, .93 and .76. Other values between two thirds and
    four thirds of these give .72 to .74, .63 to .70, .93 and .75 to .78.
    """

    meaning: float = 0.7
    """For a cosine of 1 between question and passage."""
    keywords: float = 0.5
    """For the passage with the best BM25."""
    page: float = 0.6
    """For a mean cosine of 1 between the question and all passages of the page."""
    name: float = 0.4
    """For the document that the question names most clearly."""
    note: float = 0.3
    """For evidence of a prepared question that is the question asked."""


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Signals:
    """What makes passages likely, by passage id; what is missing says nothing."""

    similarities: Mapping[int, float] = field(default_factory=dict)
    """Cosines; a passage without one has no vector yet."""
    keywords: Mapping[int, float] = field(default_factory=dict)
    """BM25 of those that keyword search proposed."""
    pages: Mapping[int, float] = field(default_factory=dict)
    """Mean cosine of the page."""
    named: Mapping[int, float] = field(default_factory=dict)
    """How far the question names the document (0 to 1)."""
    noted: Mapping[int, float] = field(default_factory=dict)
    """How far a prepared question says that the passage answers (0 to 1)."""

    @property
    def passages(self) -> set[int]:
        """All that are proposed."""
        return {*self.similarities, *self.keywords, *self.noted}


def fuse(signals: Signals, weights: Weights = WEIGHTS) -> dict[int, float]:
    """Passages and their score, best first.

    One that has no vector yet is taken to be as like the question as the middle of the others,
    so that its keywords decide.
    """
    likeness = sorted(signals.similarities.values())
    usual = likeness[len(likeness) // 2] if likeness else 0.0
    best = max([*signals.keywords.values(), _TELLING_BM25])
    scores = {}
    for id in signals.passages:
        similarity = signals.similarities.get(id, usual)
        scores[id] = (
            weights.meaning * similarity
            + weights.keywords * signals.keywords.get(id, 0.0) / best
            + weights.page * signals.pages.get(id, similarity)
            + weights.name * signals.named.get(id, 0.0)
            + weights.note * signals.noted.get(id, 0.0)
        )
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def one_a_page(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The best passage of every page, in order, then all the others."""
    seen: set[tuple[int, int]] = set()
    others = []
    for passage in passages:
        page = (passage.document_id, passage.page)
        if page in seen:
            others.append(passage)
        else:
            seen.add(page)
            yield passage
    yield from others


def in_turn(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The documents take turns, in the order of their best passages."""
    queues: dict[int, list[Passage]] = {}
    for passage in passages:
        queues.setdefault(passage.document_id, []).append(passage)
    longest = max(map(len, queues.values()), default=0)
    for turn in range(longest):
        yield from (queue[turn] for queue in queues.values() if turn < len(queue))


def distinct(passages: Iterable[Passage], *, of_each: bool = False) -> Iterator[Passage]:
    """Leave out passages that say the same as an earlier one, word for word or nearly so.

    Passages whose numbers differ do not say the same, however like each other they are. With
    ``of_each``, every document may say it: a question is about several of them.
    """
    kept: dict[int, list[tuple[frozenset[str], frozenset[str]]]] = defaultdict(list)
    for passage in passages:
        earlier = kept[passage.document_id if of_each else 0]
        written = frozenset(words.split(passage.text))
        numbers = frozenset(filter(words.is_number, written))
        if not any(numbers == other and _like(written, text) for text, other in earlier):
            earlier.append((written, numbers))
            yield passage


def _like(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME_TEXT * len(one | other)
