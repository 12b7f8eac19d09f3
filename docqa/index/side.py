"""Everything in the index that one embedder decides; changing the embedder is changing this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.index.embedder import Embedder
from docqa.index.indexing import Indexer
from docqa.index.likeness import Likenesses
from docqa.index.names import DocumentNames
from docqa.index.note_evidence import NoteEvidence
from docqa.index.note_search import NoteSearch
from docqa.index.passage_search import PassageSearch
from docqa.index.proof import Proof
from docqa.index.semantics import Semantics
from docqa.index.shelf import Shelf
from docqa.model import Hit
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_NO_VECTOR = -1.0
"""The similarity of a hit that has no vector."""


class Side:
    """The searches and the indexer that go by one embedder. Any thread may use it."""

    def __init__(
        self, store: Store, embedder: Embedder, directory: Path, names: DocumentNames
    ) -> None:
        """Nothing is read or loaded yet; ``directory`` is the workspace's."""
        self.embedder = embedder
        self.semantics = Semantics(store, embedder, directory)
        evidence = NoteEvidence(store, self.semantics)
        self.passages = PassageSearch(store, self.semantics, names, evidence)
        self.notes = NoteSearch(store, self.semantics)
        self.indexer = Indexer(store, embedder, self.semantics)
        self.proof = Proof(store, embedder, self.semantics)
        self.likeness = Likenesses(store, embedder)

    def shelves(self) -> Sequence[Shelf]:
        """The shelves of passages and of notes. Raises DocqaError if the model is not there."""
        return self.semantics.passages(), self.semantics.notes()

    def compare(
        self, question: str, texts: Sequence[str], urgency: Urgency, cancel: Cancel | None
    ) -> NDArray[np.floating]:
        """How like a question each of the texts is, on the starter's scale: (n,).

        Raises DocqaError if the embedder cannot be used, and Cancelled.
        """
        vector = self.semantics.question(question, urgency, cancel)
        if vector is None:
            # It says why; and it may have failed a moment ago for a reason that is gone.
            vector = self.embedder.embed([question], urgency, cancel, kind="question")[0]
        rows = self.embedder.embed(texts, urgency, cancel)
        return self.likeness.get(urgency, cancel).all_scaled(rows @ vector)

    def on_scale(self, hits: Sequence[Hit], urgency: Urgency, cancel: Cancel | None) -> list[Hit]:
        """The hits with their similarities on the starter's scale, where they have one."""
        if all(hit.similarity <= _NO_VECTOR for hit in hits):
            return list(hits)  # Nothing was compared, and nobody waits for a model.
        likeness = self.likeness.get(urgency, cancel)
        return [
            replace(hit, similarity=likeness.scaled(hit.similarity))
            if hit.similarity > _NO_VECTOR
            else hit
            for hit in hits
        ]

    def is_complete(self, store: Store) -> bool:
        """Whether every passage and every verified note has its vector. Raises DocqaError."""
        identity = self.embedder.identity
        # A vector goes with its passage: where there are as many, none is missing.
        if store.vectors.count("passage", identity) < store.passages.count():
            return False
        return not store.notes.without_vector(identity, limit=1)
