"""What the embedder contributes to searching: vectors of questions, and the shelves to look on."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.errors import ChildDied, DocqaError
from docqa.index.cache_file import Stamp
from docqa.index.embedder import Embedder
from docqa.index.shelf import Place, Shelf
from docqa.model import NOTE_KINDS
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_REMEMBERED = 64
_RETRY_SECONDS = 30.0


class Semantics:
    """Vectors of questions, passages and notes, by one embedder. Safe to use from any thread."""

    def __init__(self, store: Store, embedder: Embedder, directory: Path) -> None:
        """Nothing is read or loaded yet; ``directory`` keeps the copies of the vectors."""
        self._store = store
        self._embedder = embedder
        self._directory = directory
        self._lock = threading.Lock()
        self._shelves: tuple[Shelf, Shelf] | None = None
        self._questions: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._retry_at = 0.0

    @property
    def opened(self) -> tuple[Shelf, ...]:
        """The shelves that were used so far."""
        return self._shelves or ()

    def passages(self) -> Shelf:
        """The passages' vectors. Raises DocqaError if the embedder's model is not there."""
        return self._both()[0]

    def notes(self) -> Shelf:
        """The notes' vectors. Raises DocqaError if the embedder's model is not there."""
        return self._both()[1]

    def load(self, urgency: Urgency, cancel: Cancel | None) -> float:
        """Load the embedder; return the seconds it took. Raises DocqaError and Cancelled."""
        return self._embedder.load(urgency, cancel)

    def question(
        self, text: str, urgency: Urgency, cancel: Cancel | None = None
    ) -> NDArray[np.float32] | None:
        """The unit vector of a question (d,), or None if the model cannot be used now."""
        with self._lock:
            known = self._questions.get(text)
            if known is not None or time.monotonic() < self._retry_at:
                return known
        try:
            vector = self._embed(text, urgency, cancel)
        except DocqaError:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            return None
        with self._lock:
            self._questions[text] = vector
            while len(self._questions) > _REMEMBERED:
                self._questions.popitem(last=False)
        return vector

    def _embed(self, text: str, urgency: Urgency, cancel: Cancel | None) -> NDArray[np.float32]:
        try:
            rows = self._embedder.embed([text], urgency, cancel)
        except ChildDied:
            rows = self._embedder.embed([text], urgency, cancel)
        return np.asarray(rows[0], np.float32)

    def _both(self) -> tuple[Shelf, Shelf]:
        identity, dimension = self._embedder.identity, self._embedder.dimension
        with self._lock:
            if self._shelves is None:
                workspace = self._store.meta.get("workspace") or ""
                writes = not self._store.database.read_only
                passages = Shelf(
                    "passage",
                    Stamp(workspace, "passage", identity, dimension),
                    self._store.vectors,
                    self._locate_passages,
                    self._directory / "passages.vectors",
                    writes,
                )
                notes = Shelf(
                    "note",
                    Stamp(workspace, "note", identity, dimension),
                    self._store.vectors,
                    self._locate_notes,
                    self._directory / "notes.vectors",
                    writes,
                )
                self._shelves = passages, notes
            return self._shelves

    def _locate_passages(self, ids: Iterable[int]) -> dict[int, Place]:
        found = self._store.passages.get(ids)
        return {id: Place(passage.document_id) for id, passage in found.items()}

    def _locate_notes(self, ids: Iterable[int]) -> dict[int, Place]:
        found = self._store.notes.get(ids)
        return {
            id: Place(note.document_id, NOTE_KINDS.index(note.kind)) for id, note in found.items()
        }
