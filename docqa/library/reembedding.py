"""Gives the whole library the vectors of the embedding model that a person chose."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from docqa.errors import DocqaError
from docqa.index.changing import Changing
from docqa.index.choice import Choice
from docqa.index.embedders import Embedders
from docqa.index.search import Search
from docqa.model import Embedding
from docqa.process import Cancel
from docqa.store.store import Store


class Reembedding:
    """Completes vectors, and changes the embedder where another one was chosen."""

    def __init__(self, store: Store, search: Search, embedders: Embedders, choice: Choice) -> None:
        self._search = search
        self._embedders = embedders
        self._choice = choice
        self._changing = Changing(store, search)

    def run(self, cancel: Cancel) -> Iterator[Embedding]:
        """Yield how far it is; nothing where nothing is to be done. As Workspace.reembed."""
        used = self._choice.used()
        try:
            wanted = self._choice.wanted()
        except DocqaError as error:
            raise _stays(error, used) from error
        if wanted == used:
            self._sweep(cancel)
            for done, total in self._changing.complete(cancel):
                yield Embedding(used.name, done, total)
            return
        yield from self._change(used, wanted, cancel)
        self._sweep(cancel)

    def _change(self, used: Path, wanted: Path, cancel: Cancel) -> Iterator[Embedding]:
        embedder = self._embedders.of(wanted)
        former = self._search.side
        first: int | None = None
        done = 0
        try:
            for done, total in self._changing.change(
                embedder, lambda: self._choice.use(wanted), cancel
            ):
                first = done if first is None else first
                yield Embedding(wanted.name, done, total)
        except DocqaError as error:
            self._embedders.forget(wanted)
            # A model that has embedded something can be used: it was another thing, and passes.
            if first is not None and done > first:
                raise
            self._choice.give_up()
            raise _stays(error, used) from error
        former.embedder.close()

    def _sweep(self, cancel: Cancel) -> None:
        """Delete vectors that are of no use any more."""
        with contextlib.suppress(DocqaError):  # Without the model nobody knows whose is whose.
            self._changing.sweep(cancel)


def _stays(error: DocqaError, used: Path) -> DocqaError:
    return DocqaError(f'{error} Until then "{used.name}" goes on finding passages.')
