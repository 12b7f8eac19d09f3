"""Finds the passages and prepared questions for a question: vectors and keywords, fused."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from docqa.errors import DocqaError
from docqa.index import words
from docqa.index.embedder import Embedder
from docqa.index.indexing import Indexer
from docqa.index.names import DocumentNames
from docqa.index.note_search import NoteSearch
from docqa.index.passage_search import PassageSearch
from docqa.index.proof import Proof
from docqa.index.semantics import Semantics
from docqa.index.shelf import Shelf
from docqa.model import Hit, Note
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_log = logging.getLogger(__name__)


class Search:
    """The index of one workspace. All methods may be called from any thread, at the same time."""

    def __init__(self, store: Store, embedder: Embedder, directory: Path) -> None:
        """Nothing is read or loaded yet; ``directory`` is the workspace's.

        A ``store`` that was opened for reading only is never written, nor is the directory.
        """
        self._store = store
        self._semantics = Semantics(store, embedder, directory)
        self._names = DocumentNames(store)
        self._passages = PassageSearch(store, self._semantics, self._names)
        self._notes = NoteSearch(store, self._semantics)
        self._indexer = Indexer(store, embedder, self._semantics)
        self.proof = Proof(store, embedder, self._semantics)
        """Looks a document's own sentences up again."""

    def search(
        self,
        query: str,
        *,
        k: int = 8,
        documents: Sequence[int] | None = None,
        urgency: Urgency = Urgency.ASKING,
        cancel: Cancel | None = None,
    ) -> list[Hit]:
        """The ``k`` passages that fit the question best, best first, each text once.

        ``documents`` restricts to these (None: all). Where the embedder cannot be used, or has not
        read a passage yet, keywords decide. Raises DocqaError for a question without words or of
        absurd length, and Cancelled.
        """
        _check(query)
        if k <= 0 or (documents is not None and not documents):
            return []
        return self._passages.find(query, k, documents, urgency, cancel)

    def same_question(self, question: str, documents: Sequence[int] | None = None) -> list[Note]:
        """Verified notes of this very question, whatever its case and punctuation; no model."""
        return self._notes.same(question, documents)

    def similar_notes(
        self,
        query: str,
        *,
        k: int = 5,
        documents: Sequence[int] | None = None,
        urgency: Urgency = Urgency.ASKING,
        cancel: Cancel | None = None,
    ) -> list[tuple[Note, float]]:
        """Verified question notes by cosine, best first; the same question first, with 1.0."""
        _check(query)
        return self._notes.similar(query, k, documents, urgency, cancel)

    def suggest(
        self, prefix: str, *, documents: Sequence[int] | None = None, limit: int = 6
    ) -> list[Note]:
        """Prepared questions for what somebody begins to type; a varied few for nothing."""
        return self._notes.suggest(prefix, documents, limit)

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the embedder, so that what comes next need not; return the seconds it took.

        Without it, words must do: a failure is no error here. Raises Cancelled.
        """
        try:
            return self._semantics.load(urgency, cancel)
        except DocqaError as error:
            _log.info("no embedder: %s", type(error).__name__)
            return 0.0

    def index_passages(
        self,
        document_id: int | None = None,
        *,
        urgency: Urgency = Urgency.READING,
        cancel: Cancel | None = None,
    ) -> Iterator[tuple[int, int]]:
        """Embed passages that have no vector (None: of all documents); yield (done, total).

        Commits batch by batch and resumes where it was stopped. Raises Cancelled, and DocqaError
        if the embedder cannot be used.
        """
        self._names.forget()
        return self._indexer.index_passages(document_id, urgency, cancel)

    def index_notes(
        self, *, urgency: Urgency = Urgency.PREPARING, cancel: Cancel | None = None
    ) -> int:
        """Embed verified notes that have no vector; return how many. Raises as above."""
        return self._indexer.index_notes(urgency, cancel)

    def remove(self, documents: Sequence[int]) -> None:
        """Forget documents that were removed from the store, before or after that."""
        self._names.forget()
        for shelf in self._shelves():
            shelf.remove_documents(documents)

    def open(self) -> None:
        """Read the vectors into memory, which the first search would otherwise do."""
        for shelf in self._shelves():
            len(shelf)

    def refresh(self) -> None:
        """Read the vectors anew if the store no longer has as many."""
        self._names.forget()
        for shelf in self._shelves():
            shelf.refresh(self._store.database)

    def save(self) -> None:
        """Keep a copy of the vectors beside the database, for a quicker start."""
        for shelf in self._semantics.opened:
            shelf.save()

    def close(self) -> None:
        """Save; the store and the embedder are closed by whoever opened them."""
        self.save()

    def _shelves(self) -> Sequence[Shelf]:
        try:
            return self._semantics.passages(), self._semantics.notes()
        except DocqaError as error:
            _log.warning("no vectors: %s", type(error).__name__)
            return ()


def _check(query: str) -> None:
    if len(query) > words.MAX_QUESTION:
        raise DocqaError(
            f"The question is too long ({len(query):,} characters): ask it in at most "
            f"{words.MAX_QUESTION:,}."
        )
    if not words.content_words(query):
        raise DocqaError("The question has no words: type a question.")
