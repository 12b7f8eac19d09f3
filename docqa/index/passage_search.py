"""Finds the passages for a question: by meaning, keywords and the documents that it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.fusion import (
    WEIGHTS,
    Signals,
    Weights,
    distinct,
    fuse,
    in_turn,
    one_a_page,
)
from docqa.index.indexing import passage_text
from docqa.index.keywords import Keywords
from docqa.index.names import DocumentNames
from docqa.index.note_evidence import NoteEvidence
from docqa.index.question import Asked, understand
from docqa.index.semantics import Semantics
from docqa.model import Hit, Passage
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

Leg = Literal["keywords", "meaning"]
ALL_LEGS: frozenset[Leg] = frozenset(("keywords", "meaning"))
Vector = NDArray[np.float32]
_Scope = tuple[Sequence[int] | None, int]
"""Some documents (None: all), and how many passages they may propose."""

_CANDIDATES = 100
"""Passages that each way to search may propose."""
_JUDGED = 120
"""Of them so many, the best so far, are looked at with the page that they stand on."""
_CLEARLY_NAMED = 0.5
_MOST_NAMED = 12
"""Documents, the most clearly named ones, that propose passages of their own."""
_EACH = 20
"""Passages that each way proposes of every document that a question about several is about."""


@dataclass(slots=True)
class _Proposed:
    """Proposed passages: what makes them likely, by id."""

    keywords: dict[int, float] = field(default_factory=dict)
    similarities: dict[int, float] = field(default_factory=dict)


class PassageSearch:
    """Searches passages. Any thread may use it."""

    def __init__(
        self,
        store: Store,
        semantics: Semantics,
        names: DocumentNames,
        notes: NoteEvidence,
        weights: Weights = WEIGHTS,
    ) -> None:
        self._store = store
        self._semantics = semantics
        self._names = names
        self._notes = notes
        self._weights = weights
        self._keywords = Keywords(store.fulltext, store.passages)

    def find(
        self,
        query: str,
        k: int,
        documents: Collection[int] | None,
        urgency: Urgency,
        cancel: Cancel | None,
        *,
        legs: Collection[Leg] = ALL_LEGS,
        with_notes: bool = True,
    ) -> list[Hit]:
        """The ``k`` passages that fit best, best first; ``documents`` None means all.

        The best one of every page comes before a second one of any. One of the ``legs`` alone is
        for comparison: the plain order by BM25, or by cosine.
        """
        scope = None if documents is None else list(documents)
        if ALL_LEGS - set(legs):
            return self._by_one(query, k, scope, urgency, cancel, legs)
        asked = understand(query)
        named = self._names.named(asked, scope)
        each = self._each_of(asked, named, scope)
        scopes = [(scope, _CANDIDATES), *_own_scopes(named, each)]
        sought = self._inside(asked, named, scope)
        with self._vector_meanwhile(asked.core, urgency, cancel) as vector_of:
            keywords = self._by_keywords(sought, scopes)
            vector = vector_of()
        proposed = _Proposed(keywords, self._by_meaning(vector, scopes))
        noted = self._notes.propose(query, vector, scope) if with_notes else {}
        signals = self._signals(vector, proposed, noted)
        signals, passages = self._with_documents(signals, scope, named)
        signals = self._with_pages(vector, signals, passages)
        scores = fuse(signals, self._weights)
        ranked = (passages[id] for id in scores if id in passages)
        chosen = list(islice(_arranged(ranked, each), k))
        return self._hits(asked.core, chosen, scores, signals.similarities)

    def _by_one(
        self,
        query: str,
        k: int,
        scope: Sequence[int] | None,
        urgency: Urgency,
        cancel: Cancel | None,
        legs: Collection[Leg],
    ) -> list[Hit]:
        found: dict[int, float] = {}
        if "keywords" in legs:
            found = self._keywords.candidates(query, documents=scope, limit=k)
        elif "meaning" in legs:
            vector = self._vector(query, urgency, cancel)
            if vector is not None:
                found = dict(self._semantics.passages().search(vector, k, scope))
        passages = self._passages(found, scope)
        ranked = sorted(passages, key=lambda id: (-found[id], id))
        similarities = {} if "keywords" in legs else found
        return self._hits(query, [passages[id] for id in ranked], found, similarities)

    def _vector(self, query: str, urgency: Urgency, cancel: Cancel | None) -> Vector | None:
        """The question's vector; None without an embedder, or without anything to compare."""
        return self._semantics.question(query, urgency, cancel) if self._has_vectors() else None

    @contextmanager
    def _vector_meanwhile(
        self, query: str, urgency: Urgency, cancel: Cancel | None
    ) -> Iterator[Callable[[], Vector | None]]:
        """The same by a function, while another core computes it: 10 of some 40 milliseconds."""
        if not self._has_vectors():
            yield lambda: None
            return
        with ThreadPoolExecutor(1, "question") as one:
            yield one.submit(self._semantics.question, query, urgency, cancel).result

    def _has_vectors(self) -> bool:
        """Whether any passage has one: until then nobody waits for the model to load."""
        try:
            return len(self._semantics.passages()) > 0
        except DocqaError:
            return False

    def _each_of(
        self, asked: Asked, named: Mapping[int, float], scope: Sequence[int] | None
    ) -> list[int]:
        """The documents of which a question about several wants something each; mostly none."""
        if not asked.several:
            return []
        clearly = _clearly(named)
        if len(clearly) > 1:
            return clearly
        among = list(scope) if scope is not None else self._names.all(_MOST_NAMED)
        return among if 1 < len(among) <= _MOST_NAMED else []

    def _inside(self, asked: Asked, named: Mapping[int, float], scope: Sequence[int] | None) -> str:
        """The question without the names of the documents that it is about.

        Keywords look for what is sought there: a name has told which document it is, and stands on
        its cover and in its signatures. With this the page of a filing was among the first ten for
        .91 of the questions instead of .79, and for .88 instead of .77 among all filings; among
        the first five for .74 instead of .77, and .67 instead of .72. The vector of a question
        without its names found less.
        """
        meant = _clearly(named) or (scope if scope is not None and len(scope) == 1 else ())
        return asked.without(self._names.naming(asked, meant))

    def _by_keywords(self, sought: str, scopes: Sequence[_Scope]) -> dict[int, float]:
        found: dict[int, float] = {}
        for among, limit in scopes:
            found |= self._keywords.candidates(sought, documents=among, limit=limit)
        return found

    def _by_meaning(self, vector: Vector | None, scopes: Sequence[_Scope]) -> dict[int, float]:
        found: dict[int, float] = {}
        if vector is not None:
            for among, limit in scopes:
                found |= dict(self._semantics.passages().search(vector, limit, among))
        return found

    def _signals(
        self, vector: Vector | None, proposed: _Proposed, noted: Mapping[int, float]
    ) -> Signals:
        """What was proposed, with the missing cosines."""
        similarities = proposed.similarities
        if vector is not None:
            others = {*proposed.keywords, *noted} - similarities.keys()
            similarities |= self._semantics.passages().similarities(vector, others)
        return Signals(similarities, proposed.keywords, noted=noted)

    def _with_documents(
        self, signals: Signals, scope: Sequence[int] | None, named: Mapping[int, float]
    ) -> tuple[Signals, dict[int, Passage]]:
        """Only passages that are still there and of the scope, and what their documents add."""
        passages = self._passages(signals.passages, scope)
        shares = {id: named.get(passage.document_id, 0.0) for id, passage in passages.items()}
        kept = Signals(
            {id: value for id, value in signals.similarities.items() if id in passages},
            {id: value for id, value in signals.keywords.items() if id in passages},
            named=shares,
            noted={id: value for id, value in signals.noted.items() if id in passages},
        )
        return kept, passages

    def _with_pages(
        self, vector: Vector | None, signals: Signals, passages: Mapping[int, Passage]
    ) -> Signals:
        """The same with the mean cosine of the pages on which the best passages stand."""
        if vector is None:
            return signals
        best = islice(fuse(signals, self._weights), _JUDGED)
        pages = {(passages[id].document_id, passages[id].page) for id in best}
        mates = self._store.passages.on_pages(pages)
        unknown = mates.keys() - signals.similarities.keys()
        cosines = {
            **signals.similarities,
            **self._semantics.passages().similarities(vector, unknown),
        }
        of_page: dict[tuple[int, int], list[float]] = defaultdict(list)
        for id, page in mates.items():
            if id in cosines:
                of_page[page].append(cosines[id])
        means = {page: sum(values) / len(values) for page, values in of_page.items()}
        where = {id: (passage.document_id, passage.page) for id, passage in passages.items()}
        return replace(
            signals, pages={id: means[page] for id, page in where.items() if page in means}
        )

    def _passages(self, ids: Collection[int], scope: Sequence[int] | None) -> dict[int, Passage]:
        """The passages; one may have been removed since its vector was found."""
        found = self._store.passages.get(ids)
        if scope is None:
            return found
        wanted = set(scope)
        return {id: passage for id, passage in found.items() if passage.document_id in wanted}

    def _hits(
        self,
        query: str,
        passages: Sequence[Passage],
        scores: Mapping[int, float],
        similarities: Mapping[int, float],
    ) -> list[Hit]:
        overlaps = self._keywords.overlaps(query, [passage_text(p) for p in passages])
        titles = self._store.documents.titles(passage.document_id for passage in passages)
        return [
            Hit(
                passage_id=passage.id,
                document_id=passage.document_id,
                document=titles[passage.document_id],
                page=passage.page,
                score=scores[passage.id],
                text=passage.text,
                start=passage.start,
                end=passage.end,
                context=passage.context,
                similarity=similarities.get(passage.id, -1.0),
                overlap=overlap,
            )
            for passage, overlap in zip(passages, overlaps, strict=True)
        ]


def _own_scopes(named: Mapping[int, float], each: Sequence[int]) -> list[_Scope]:
    """What is searched besides, and how much is wanted: documents named, and each of several."""
    clearly = _clearly(named)
    return [*([(clearly, _CANDIDATES)] if clearly else []), *(([id], _EACH) for id in each)]


def _clearly(named: Mapping[int, float]) -> list[int]:
    """The documents that the question names clearly, the most clearly named ones first."""
    clearly = (id for id in named if named[id] >= _CLEARLY_NAMED)
    return sorted(clearly, key=lambda id: -named[id])[:_MOST_NAMED]


def _arranged(ranked: Iterator[Passage], each: Sequence[int]) -> Iterator[Passage]:
    """Each text once, and pages once before twice; several documents asked about take turns."""
    paged = one_a_page(ranked)
    if not each:
        return distinct(paged)
    listed = list(paged)
    inside = [passage for passage in listed if passage.document_id in each]
    outside = [passage for passage in listed if passage.document_id not in each]
    return distinct([*in_turn(inside), *outside], of_each=True)
