"""Changes the embedder: everything gets new vectors while the old ones answer, then they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docqa.index.embedder import Embedder
from docqa.index.search import Search
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_DROPPED_AT_ONCE = 2_000
"""Vectors that are deleted in one transaction: some milliseconds in which nobody else writes."""


class Changing:
    """Completes the vectors of one workspace, by the embedder in use or by another one."""

    def __init__(self, store: Store, search: Search) -> None:
        self._store = store
        self._search = search

    def complete(self, cancel: Cancel) -> Iterator[tuple[int, int]]:
        """Embed what has no vector of the embedder in use; yield (done, total) in passages.

        Yields nothing if nothing is missing. Raises DocqaError if the embedder cannot be used, and
        Cancelled; what is done stays.
        """
        if not self._search.side.is_complete(self._store):
            yield from self._search.index_passages(urgency=Urgency.PREPARING, cancel=cancel)
            self._search.index_notes(cancel=cancel)

    def change(
        self, embedder: Embedder, decide: Callable[[], None], cancel: Cancel
    ) -> Iterator[tuple[int, int]]:
        """Embed everything by ``embedder``, then have it answer; yield (done, total) in passages.

        ``decide`` notes the change, in the transaction that proves all of it done: no kill leaves
        anything in between. Until then all goes on as before, with the old embedder. Begun
        work is gone on with. Raises DocqaError if the embedder cannot be used, and Cancelled; then
        what is done stays for the next time.
        """
        before = self._search.side
        side = self._search.begin(embedder)
        try:
            embedder.load(Urgency.PREPARING, cancel)
            while True:
                cancel.raise_if_set()
                yield from side.indexer.index_passages(None, Urgency.PREPARING, cancel)
                side.indexer.index_notes(Urgency.PREPARING, cancel)
                side.likeness.get(Urgency.PREPARING, cancel)
                # What came in meanwhile is seen here, or comes later and to the new one.
                with self._store.database.write():
                    if side.is_complete(self._store):
                        decide()
                        self._search.adopt(side)
                        return
        except BaseException:
            self._search.adopt(before)  # It was adopted too early, if the decision was not kept.
            raise
        finally:
            self._search.abandon(side)
            if self._search.side is side:
                before.semantics.close()

    def sweep(self, cancel: Cancel) -> None:
        """Delete the vectors of all embedders but the one in use.

        It may be stopped, and killed, at any time; the next time deletes the rest. Raises
        DocqaError if the model in use is not there, and Cancelled.
        """
        side = self._search.side
        kept = side.embedder.identity
        for identity in self._store.vectors.embedders():
            if identity != kept:
                while self._store.vectors.drop(identity, _DROPPED_AT_ONCE):
                    cancel.raise_if_set()
                side.semantics.forget_files(identity)
