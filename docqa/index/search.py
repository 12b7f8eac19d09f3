"""Finds the passages and prepared questions for a question: vectors and keywords, fused."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index import words
from docqa.index.embedder import Embedder
from docqa.index.likeness import Likeness
from docqa.index.looking import Looking
from docqa.index.names import DocumentNames
from docqa.index.passage_search import ALL_LEGS, Leg
from docqa.index.proof import Proof
from docqa.index.shelf import Shelf
from docqa.index.side import Side
from docqa.index.typed import MOST_LETTERS
from docqa.index.vector_folder import delete_but
from docqa.model import Found, FoundPassage, Hit, Note
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_log = logging.getLogger(__name__)
_ALIKE = 0.6
"""Cosine from which a prepared question is shown for what somebody looks up."""


class Search:
    """The index of one workspace. All methods may be called from any thread, at the same time."""

    def __init__(self, store: Store, embedder: Embedder, directory: Path) -> None:
        """Nothing is read or loaded yet; ``directory`` is the workspace's.

        A ``store`` that was opened for reading only is never written, nor is the directory.
        """
        self._store = store
        self._directory = directory
        self._names = DocumentNames(store)
        self._looking = Looking(store)
        self.side = Side(store, embedder, directory, self._names)
        """What goes by the embedder in use. It may be another one from one call to the next."""
        self._coming: Side | None = None

    @property
    def proof(self) -> Proof:
        """Looks a document's own sentences up again."""
        return self.side.proof

    def search(
        self,
        query: str,
        *,
        k: int = 8,
        documents: Sequence[int] | None = None,
        urgency: Urgency = Urgency.ASKING,
        cancel: Cancel | None = None,
        legs: Collection[Leg] = ALL_LEGS,
        with_notes: bool = True,
    ) -> list[Hit]:
        """The ``k`` passages that fit the question best, best first, each text once.

        ``documents`` restricts to these (None: all). Where the embedder cannot be used, or has not
        read a passage yet, keywords decide. Raises DocqaError for a question without words or of
        absurd length, and Cancelled. One of the ``legs`` alone is for comparison: its plain order.
        So is leaving what notes know aside, which is also for checking notes by other ways.
        """
        _check(query)
        if k <= 0 or (documents is not None and not documents):
            return []
        side = self.side
        hits = side.passages.find(
            query, k, documents, urgency, cancel, legs=legs, with_notes=with_notes
        )
        return side.on_scale(hits, urgency, cancel)

    def look_up(
        self,
        text: str,
        *,
        documents: Sequence[int] | None = None,
        limit: int = 8,
        by_meaning: bool = False,
        cancel: Cancel | None = None,
    ) -> Found:
        """What somebody types finds: documents by name, notes, and up to ``limit`` passages.

        The last word may be the beginning of one. By words alone it is there at once; then
        ``by_meaning``, as :meth:`search` does, where there is an embedder. Nothing is found
        without words; only the first 400 characters count. Raises Cancelled. A ``limit`` of 0
        leaves the passages out.
        """
        found = self._looking.look_up(text, documents, limit)
        text = text[:MOST_LETTERS]
        if not by_meaning or documents == [] or not words.content_words(text):
            return found
        hits = self.search(text, k=limit, documents=documents, cancel=cancel)
        notes = self.similar_notes(text, documents=documents, cancel=cancel)
        alike = [note for note, similarity in notes if similarity >= _ALIKE]
        return self._looking.refined(found, hits, alike, limit)

    def shown(self, text: str, hits: Sequence[Hit]) -> tuple[FoundPassage, ...]:
        """These hits, each with a piece of its text in which the words of ``text`` are marked."""
        return self._looking.shown(text, hits)

    def same_question(self, question: str, documents: Sequence[int] | None = None) -> list[Note]:
        """Verified notes of this very question, whatever its case and punctuation; no model."""
        return self.side.notes.same(question, documents)

    def similar_notes(
        self,
        query: str,
        *,
        k: int = 5,
        documents: Sequence[int] | None = None,
        urgency: Urgency = Urgency.ASKING,
        cancel: Cancel | None = None,
    ) -> list[tuple[Note, float]]:
        """Verified question notes by cosine, best first; the same question first, with 1.0.

        Cosines, also those of hits, are on the starter's scale, whichever embedder is in use.
        """
        _check(query)
        side = self.side
        found = side.notes.similar(query, k, documents, urgency, cancel)
        likeness = side.likeness.get(urgency, cancel) if found else Likeness()
        return [(note, likeness.scaled(score) if score < 1 else score) for note, score in found]

    def compare(
        self,
        question: str,
        texts: Sequence[str],
        *,
        urgency: Urgency = Urgency.ASKING,
        cancel: Cancel | None = None,
    ) -> NDArray[np.floating]:
        """How like a question each of the texts is, as cosines on the starter's scale: (n,).

        Raises DocqaError if the embedder cannot be used, and Cancelled.
        """
        return self.side.compare(question, texts, urgency, cancel)

    def suggest(
        self, prefix: str, *, documents: Sequence[int] | None = None, limit: int = 6
    ) -> list[Note]:
        """Prepared questions for what somebody begins to type; a varied few for nothing."""
        return self.side.notes.suggest(prefix, documents, limit)

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the embedder, so that what comes next need not; return the seconds it took.

        Without it, words must do: a failure is no error here. Raises Cancelled.
        """
        try:
            return self.side.semantics.load(urgency, cancel)
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
        self._looking.forget()
        side = None
        while side is not self.side:  # Another embedder may have come into use meanwhile.
            side = self.side
            yield from side.indexer.index_passages(document_id, urgency, cancel)

    def index_notes(
        self, *, urgency: Urgency = Urgency.PREPARING, cancel: Cancel | None = None
    ) -> int:
        """Embed verified notes that have no vector; return how many. Raises as above."""
        side, count = None, 0
        while side is not self.side:
            side = self.side
            count += side.indexer.index_notes(urgency, cancel)
        return count

    # -- another embedder ----------------------------------------------------------------------

    def begin(self, embedder: Embedder) -> Side:
        """What goes by another embedder, to be filled; all is searched as before."""
        self._coming = Side(self._store, embedder, self._directory, self._names)
        return self._coming

    def adopt(self, side: Side) -> None:
        """Search by that from now on."""
        self.side = side

    def abandon(self, side: Side) -> None:
        """That is not being filled any more, and not searched unless it was adopted."""
        if self._coming is side:
            self._coming = None
        if self.side is not side:
            side.semantics.close()

    def remove(self, documents: Sequence[int]) -> None:
        """Forget documents that were removed from the store, before or after that."""
        self._names.forget()
        self._looking.forget()
        shelves = self._shelves()
        for shelf in shelves:
            shelf.remove_documents(documents)
        if not self._store.database.read_only:
            # Of models that are not in use, or not there: such files are made anew if need be.
            delete_but(self._directory, {shelf.embedder for shelf in shelves})

    def open(self) -> None:
        """Read the vectors into memory, which the first search would otherwise do."""
        for shelf in self._shelves():
            len(shelf)

    def rebuild(self) -> Iterator[tuple[int, int]]:
        """Make the index of the vectors anew where it is not there; yield (done, total) vectors.

        Begun work goes on by itself: this tells how far it is. Raises DocqaError.
        """
        return self.side.semantics.rebuild()

    def refresh(self) -> None:
        """Read the vectors anew if the store no longer has as many."""
        self._names.forget()
        self._looking.forget()
        for shelf in self._shelves():
            shelf.refresh(self._store.database)

    def close(self) -> None:
        """Keep the vectors in files, and end what goes on in the background.

        The store and the embedder are closed by whoever opened them.
        """
        for side in self._sides():
            side.semantics.close()

    def _sides(self) -> list[Side]:
        coming = self._coming
        return [self.side] if coming in (None, self.side) else [self.side, coming]

    def _shelves(self) -> Sequence[Shelf]:
        found: list[Shelf] = []
        for side in self._sides():
            try:
                found += side.shelves()
            except DocqaError as error:
                _log.warning("no vectors: %s", type(error).__name__)
        return found


def _check(query: str) -> None:
    if len(query) > words.MAX_QUESTION:
        raise DocqaError(
            f"The question is too long ({len(query):,} characters): ask it in at most "
            f"{words.MAX_QUESTION:,}."
        )
    if not words.content_words(query):
        raise DocqaError("The question has no words: type a question.")
