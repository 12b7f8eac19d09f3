"""The embedder as everybody sees it: texts to unit vectors, by a model in a child process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from docqa.errors import Cancelled
from docqa.host.cores import physical_cores
from docqa.index import model_folder
from docqa.index.embedder_service import Embed, Embedded, Kind, start
from docqa.index.giving_way import GivingWay
from docqa.index.model_folder import Prompts
from docqa.process import Cancel, Child, Urgency

_MAX_CHARACTERS = 4000
"""More of a text is not sent: no passage and no question is longer."""
_AT_ONCE = 64
"""Texts of one call. A child that computes is not stopped by the end of a call, so that fewer would
leave it idle in between: with 6 texts a call, a tenth of the time went there."""


class Embedder(Protocol):
    """Turns texts into vectors that are near each other when the meanings are."""

    @property
    def identity(self) -> str:
        """Changes whenever the vectors would; known without loading. Raises DocqaError."""

    @property
    def dimension(self) -> int:
        """Length of the vectors, known without loading. Raises DocqaError."""

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the model if need be, one warm-up included; return the seconds it took."""

    def embed(
        self,
        texts: Sequence[str],
        urgency: Urgency,
        cancel: Cancel | None = None,
        *,
        kind: Kind = "passage",
    ) -> NDArray[np.float32]:
        """Vectors of the texts, in their order: (n, d) with unit rows.

        ``kind`` says what they are. Questions are compared with passages, or with questions.
        Raises Cancelled, and DocqaError if the model cannot be loaded or its process died.
        """

    def close(self) -> None:
        """Give the memory back; the next call loads again."""


class ChildEmbedder:
    """A sentence-transformers model in a child process; implements Embedder."""

    def __init__(
        self,
        folder: Path,
        log: Path,
        *,
        threads: int | None = None,
        prompts: Prompts | None = None,
        way: GivingWay | None = None,
    ) -> None:
        """Nothing is loaded yet, and a missing ``folder`` is reported at first use only.

        ``prompts`` None: as the folder says. With a common ``way``, what one embedder has much to
        do with stops also for a question to another one.
        """
        self.folder = folder
        self._hashes = log.parent / "model-hashes.json"
        self._prompts = prompts
        arguments = (folder, threads or physical_cores(), prompts)
        self._child = Child("embedding model", start, arguments, log)
        self._way = way or GivingWay()
        self._facts_lock = threading.Lock()
        self._identity: str | None = None
        self._dimension: int | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child, or None while none runs."""
        return self._child.pid

    @property
    def identity(self) -> str:
        """Name and hash of the model's files. Raises DocqaError if they are missing or damaged."""
        with self._facts_lock:
            if self._identity is None:
                self._identity = model_folder.identity(self.folder, self._hashes, self._prompts)
            return self._identity

    @property
    def dimension(self) -> int:
        """Length of the vectors. Raises DocqaError if the model is not there."""
        with self._facts_lock:
            if self._dimension is None:
                self._dimension = model_folder.dimension(self.folder)
            return self._dimension

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the model if need be, one warm-up included; return the seconds it took."""
        _ = self.identity  # says what is wrong with the files at once
        return self._child.load(urgency, cancel)

    def embed(
        self,
        texts: Sequence[str],
        urgency: Urgency,
        cancel: Cancel | None = None,
        *,
        kind: Kind = "passage",
    ) -> NDArray[np.float32]:
        """Vectors of the texts, in their order; see Embedder.

        Many texts are sent in calls of a second or so. A question stops such a call, and it goes
        on with what is left.
        """
        _ = self.identity
        cancel = cancel or Cancel()
        prepared = [_sendable(text) for text in texts]
        rows = np.empty((len(texts), self.dimension), np.float32)
        if urgency is Urgency.ASKING:
            everything = list(range(len(texts)))
            with self._way.asking():
                try:
                    self._call(everything, prepared, kind, rows, urgency, cancel)
                except Cancelled:
                    # It was closed meanwhile, as another model came into use: it loads again.
                    cancel.raise_if_set()
                    self._call(everything, prepared, kind, rows, urgency, cancel)
            return rows
        # Texts of like length in one call: some models pad all to the longest.
        left = sorted(range(len(texts)), key=lambda i: len(prepared[i]))
        while left:
            cancel.raise_if_set()
            asked, left = left[:_AT_ONCE], left[_AT_ONCE:]
            done: set[int] = set()
            try:
                with self._way.can_wait(cancel) as stop:
                    self._call(asked, prepared, kind, rows, urgency, stop, done)
            except Cancelled:
                cancel.raise_if_set()
                left = [index for index in asked if index not in done] + left
        return rows

    def close(self) -> None:
        """Give the memory back; the next call loads again."""
        self._child.close()

    def _call(
        self,
        asked: Sequence[int],
        texts: Sequence[str],
        kind: Kind,
        rows: NDArray[np.float32],
        urgency: Urgency,
        cancel: Cancel,
        done: set[int] | None = None,
    ) -> None:
        """Fill in the rows of those texts that are ``asked`` for; tell which are ``done``."""
        request = Embed(tuple(texts[index] for index in asked), kind)
        event: Embedded
        for event in self._child.call(request, urgency, cancel):
            places = [asked[index] for index in event.indexes]
            rows[places] = event.rows
            if done is not None:
                done.update(places)


def _sendable(text: str) -> str:
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode()
