"""Gives every passage and note its vector: batch by batch, resumable, committed as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docqa.index.embedder import Embedder
from docqa.index.embedder_service import Kind
from docqa.index.semantics import Semantics
from docqa.model import Note, Passage
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_WINDOW = 1024
"""Passages read at once and sorted by length, so that batches need little padding."""
_BATCH = 64
"""Passages per commit: what a sudden death can lose (about a second's work), and one call."""


class Indexer:
    """Embeds what has no vector yet. Several threads may index at the same time."""

    def __init__(self, store: Store, embedder: Embedder, semantics: Semantics) -> None:
        self._store = store
        self._embedder = embedder
        self._semantics = semantics

    def index_passages(
        self, document_id: int | None, urgency: Urgency, cancel: Cancel | None
    ) -> Iterator[tuple[int, int]]:
        """Yield (done, total) in passages: first what was done before, then after each batch.

        Raises DocqaError if the embedder cannot be used, and Cancelled; what was committed stays.
        """
        identity, shelf = self._embedder.identity, self._semantics.passages()
        shelf.refresh(self._store.database)  # A document may have been read anew.
        total = self._store.passages.count(document_id)
        done = total - self._missing(identity, document_id)
        yield done, total
        tried: set[int] = set()
        while True:
            window = self._store.passages.without_vector(identity, document_id, _WINDOW)
            fresh = sorted((p for p in window if p.id not in tried), key=_length)
            if not fresh:
                return
            for start in range(0, len(fresh), _BATCH):
                batch = fresh[start : start + _BATCH]
                texts = [passage_text(passage) for passage in batch]
                rows = self._embedder.embed(texts, urgency, cancel)
                shelf.add(self._store.database, [passage.id for passage in batch], rows)
                tried.update(passage.id for passage in batch)
                done += len(batch)
                yield done, max(done, total)

    def index_notes(self, urgency: Urgency, cancel: Cancel | None) -> int:
        """Embed verified notes that have no vector; return how many. Raises as for passages."""
        identity, shelf = self._embedder.identity, self._semantics.notes()
        tried: set[int] = set()
        while True:
            window = self._store.notes.without_vector(identity, _BATCH + len(tried))
            fresh = [note for note in window if note.id not in tried]
            if not fresh:
                return len(tried)
            for kind, notes in _by_kind(fresh):
                texts = [note_text(note) for note in notes]
                rows = self._embedder.embed(texts, urgency, cancel, kind=kind)
                shelf.add(self._store.database, [note.id for note in notes], rows)
            tried.update(note.id for note in fresh)

    def _missing(self, identity: str, document_id: int | None) -> int:
        if document_id is None:
            count = self._store.vectors.count("passage", identity)
            return max(0, self._store.passages.count() - count)
        return len(self._store.passages.without_vector(identity, document_id))


def passage_text(passage: Passage) -> str:
    """What is embedded for a passage: its context line, then its text."""
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text


def _by_kind(notes: Sequence[Note]) -> Iterator[tuple[Kind, list[Note]]]:
    """Notes with a question are found by a like question, others by what they say."""
    kinds: tuple[Kind, ...] = ("question", "passage")
    for kind in kinds:
        chosen = [note for note in notes if bool(note.question) == (kind == "question")]
        if chosen:
            yield kind, chosen


def note_text(note: Note) -> str:
    """What is embedded for a note: its question alone, or its text if it has none."""
    return note.question or note.text


def _length(passage: Passage) -> int:
    return len(passage.context) + len(passage.text)
