"""What the embedder contributes to searching: vectors of questions, and the shelves to look on."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.errors import ChildDied, DocqaError
from docqa.index.contents import Sizes
from docqa.index.embedder import Embedder
from docqa.index.shelf import Shelf
from docqa.index.vector_file import Stamp
from docqa.index.vector_folder import delete_but, delete_of
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_REMEMBERED = 64
_RETRY_SECONDS = 30.0


class Semantics:
    """Vectors of questions, passages and notes, by one embedder. Safe to use from any thread."""

    def __init__(
        self, store: Store, embedder: Embedder, directory: Path, sizes: Sizes | None = None
    ) -> None:
        """Nothing is read or loaded yet; ``directory`` keeps the files of vectors."""
        self._store = store
        self._embedder = embedder
        self._directory = directory
        self._sizes = sizes
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

    def rebuild(self) -> Iterator[tuple[int, int]]:
        """Make ready what is not; yield (done, total) in vectors. Words are found meanwhile."""
        for shelf in self._both():
            yield from shelf.rebuild()

    def close(self) -> None:
        """Keep what was added in files, and end what goes on in the background."""
        for shelf in self.opened:
            shelf.close()

    def sweep(self) -> None:
        """Delete the files of embedders whose vectors have left the database."""
        if not self._store.database.read_only:
            kept = [*self._store.vectors.embedders(), self._embedder.identity]
            delete_but(self._directory, kept)

    def forget_files(self, embedder: str) -> None:
        """Delete the files of another embedder whose vectors have left the database."""
        delete_of(self._directory, embedder)

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
            rows = self._embedder.embed([text], urgency, cancel, kind="question")
        except ChildDied:
            rows = self._embedder.embed([text], urgency, cancel, kind="question")
        return np.asarray(rows[0], np.float32)

    def _both(self) -> tuple[Shelf, Shelf]:
        _ = self._embedder.identity  # says what is wrong with the model before anything else
        with self._lock:
            if self._shelves is None:
                self._shelves = self._shelf("passage"), self._shelf("note")
                self.sweep()
            return self._shelves

    def _shelf(self, owner: str) -> Shelf:
        workspace = self._store.meta.get("workspace") or ""
        stamp = Stamp(workspace, owner, self._embedder.identity, self._embedder.dimension)
        return Shelf(stamp, self._store.database, self._directory, self._sizes)
