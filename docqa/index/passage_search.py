"""Finds the passages for a question: by meaning, keywords and the documents that it names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.fusion import distinct, fuse
from docqa.index.indexing import passage_text
from docqa.index.keywords import Keywords
from docqa.index.names import DocumentNames
from docqa.index.semantics import Semantics
from docqa.model import Hit, Passage
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_CANDIDATES = 100
"""Passages that each way to search may propose."""
_CLEARLY_NAMED = 0.5
_MOST_NAMED = 12
"""Documents, the most clearly named ones, that propose passages of their own."""


@dataclass(slots=True)
class _Candidates:
    """Proposed passages: what makes them likely, by id."""

    keywords: dict[int, float] = field(default_factory=dict)
    similarities: dict[int, float] = field(default_factory=dict)


class PassageSearch:
    """Searches passages. Any thread may use it."""

    def __init__(self, store: Store, semantics: Semantics, names: DocumentNames) -> None:
        self._store = store
        self._semantics = semantics
        self._names = names
        self._keywords = Keywords(store.fulltext, store.passages)

    def find(
        self,
        query: str,
        k: int,
        documents: Collection[int] | None,
        urgency: Urgency,
        cancel: Cancel | None,
    ) -> list[Hit]:
        """The ``k`` passages that fit best, best first; ``documents`` None means all."""
        scope = None if documents is None else list(documents)
        vector = self._vector(query, urgency, cancel)
        named = self._names.named(query, scope)
        candidates = self._candidates(query, vector, scope, named)
        passages = self._passages({*candidates.keywords, *candidates.similarities}, scope)
        shares = {id: named.get(passage.document_id, 0.0) for id, passage in passages.items()}
        scores = fuse(candidates.similarities, candidates.keywords, shares)
        ranked = (passages[id] for id in scores if id in passages)
        chosen = list(islice(distinct(ranked), k))
        return self._hits(query, chosen, scores, candidates.similarities)

    def _vector(
        self, query: str, urgency: Urgency, cancel: Cancel | None
    ) -> NDArray[np.float32] | None:
        """The question's vector; None without an embedder, or without anything to compare."""
        try:
            # Nobody waits for the model to load while no passage has a vector.
            if not len(self._semantics.passages()):
                return None
        except DocqaError:
            return None
        return self._semantics.question(query, urgency, cancel)

    def _candidates(
        self,
        query: str,
        vector: NDArray[np.float32] | None,
        scope: Sequence[int] | None,
        named: dict[int, float],
    ) -> _Candidates:
        """What the whole scope proposes and, once more, the documents that the question names."""
        candidates = _Candidates()
        clearly = sorted(
            (id for id in named if named[id] >= _CLEARLY_NAMED), key=lambda id: -named[id]
        )
        for documents in (scope, clearly[:_MOST_NAMED]):
            if documents is not None and not documents:
                continue
            candidates.keywords |= self._keywords.candidates(
                query, documents=documents, limit=_CANDIDATES
            )
            if vector is not None:
                found = self._semantics.passages().search(vector, _CANDIDATES, documents)
                candidates.similarities |= dict(found)
        if vector is not None:
            others = candidates.keywords.keys() - candidates.similarities.keys()
            candidates.similarities |= self._semantics.passages().similarities(vector, others)
        return candidates

    def _passages(self, ids: Collection[int], scope: Sequence[int] | None) -> dict[int, Passage]:
        """The passages; one may have been removed since its vector was found."""
        found = self._store.passages.get(ids)
        if scope is None:
            return found
        return {id: passage for id, passage in found.items() if passage.document_id in scope}

    def _hits(
        self,
        query: str,
        passages: Sequence[Passage],
        scores: dict[int, float],
        similarities: dict[int, float],
    ) -> list[Hit]:
        overlaps = self._keywords.overlaps(query, [passage_text(p) for p in passages])
        titles = self._titles({passage.document_id for passage in passages})
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

    def _titles(self, documents: set[int]) -> dict[int, str]:
        found = ((id, self._store.documents.get(id)) for id in documents)
        return {id: document.title if document else "" for id, document in found}
