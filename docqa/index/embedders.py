"""The embedders of a process: made on demand, giving way to each other's questions, closed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.embedder import ChildEmbedder, Embedder
from docqa.index.embedder_service import Kind
from docqa.index.embedding_models import EmbeddingModels
from docqa.index.giving_way import GivingWay
from docqa.process import Cancel, Urgency


class Embedders:
    """Makes embedders of model folders. Any thread may use it."""

    def __init__(
        self,
        models: EmbeddingModels,
        log: Path,
        make: Callable[..., ChildEmbedder] = ChildEmbedder,
    ) -> None:
        """Their children write to ``log``."""
        self._models = models
        self._log = log
        self._make = make
        self._way = GivingWay()
        self._lock = threading.Lock()
        self._made: dict[Path, ChildEmbedder] = {}

    def of(self, folder: Path) -> ChildEmbedder:
        """The embedder of the model in a folder; what is wrong with that is told at first use."""
        try:
            prompts = self._models.prompts(folder)
        except DocqaError:
            prompts = None
        with self._lock:
            if folder not in self._made:
                self._made[folder] = self._make(folder, self._log, prompts=prompts, way=self._way)
            return self._made[folder]

    def forget(self, folder: Path) -> None:
        """End the embedder of a folder; its files are looked at anew when it is asked for again."""
        with self._lock:
            made = self._made.pop(folder, None)
        if made is not None:
            made.close()

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the children that run now; there are two while the model is changed."""
        with self._lock:
            running = [made.pid for made in self._made.values() if made.pid is not None]
        names = ("embedder", *(f"embedder {number}" for number in range(2, len(running) + 1)))
        return dict(zip(names, running, strict=False))

    def close(self) -> None:
        """End all children; one that is asked again starts again."""
        with self._lock:
            made = list(self._made.values())
        for embedder in made:
            embedder.close()


class CurrentEmbedder:
    """Whichever embedder is in use at the moment of a call; implements Embedder."""

    def __init__(self, current: Callable[[], Embedder]) -> None:
        self._current = current

    @property
    def identity(self) -> str:
        """As the embedder's."""
        return self._current().identity

    @property
    def dimension(self) -> int:
        """As the embedder's."""
        return self._current().dimension

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """As the embedder's."""
        return self._current().load(urgency, cancel)

    def embed(
        self,
        texts: Sequence[str],
        urgency: Urgency,
        cancel: Cancel | None = None,
        *,
        kind: Kind = "passage",
    ) -> NDArray[np.float32]:
        """As the embedder's."""
        return self._current().embed(texts, urgency, cancel, kind=kind)

    def close(self) -> None:
        """As the embedder's."""
        self._current().close()
