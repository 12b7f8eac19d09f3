"""The vectors of all passages, or of all notes: found by likeness, within documents.

The database holds the truth. Files beside it hold most vectors in eight bits a number, mapped into
memory; what came since is in the tail, exact. The database also notes for which owners the files
are outdated, in the transactions that outdate them. So nothing has to be rebuilt after a sudden
death, and what is found by eight bits is compared exactly, by the vectors in the database.

A removed vector is overwritten in its file before ``remove`` returns. Should docqa die before that,
its owner is noted, and the next opening for writing overwrites it.

Locks are taken in this order: that of a build, the database's for writing, the shelf's own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.contents import Contents, Sizes, read_contents
from docqa.index.segment import Segment, nearest
from docqa.index.vector_file import Stamp
from docqa.index.vector_folder import VectorFolder
from docqa.index.vector_source import Source
from docqa.index.vectors import Ids, Matrix
from docqa.store.database import Database

_log = logging.getLogger(__name__)
_CHECKERS = 2
"""Threads that check files: a million vectors in 150 ms instead of 280, on two cores."""


class Shelf:
    """Vectors of one owner and one embedder. Safe to use from any thread."""

    def __init__(
        self, stamp: Stamp, database: Database, directory: Path, sizes: Sizes | None = None
    ) -> None:
        """Nothing is read yet. A ``database`` for reading only: no file is changed either."""
        self.embedder = stamp.embedder
        self._dimension = stamp.dimension
        self._sizes = sizes or Sizes()
        self._source = Source(stamp, database)
        self._folder = VectorFolder(directory, stamp)
        self._lock = threading.RLock()
        self._building = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._opened = False
        self._contents = Contents(stamp.dimension)

    def __len__(self) -> int:
        """How many vectors there are, those included that are not read yet."""
        self._open()
        with self._lock:
            return len(self._contents)

    @property
    def ready(self) -> bool:
        """Whether a search looks at all vectors; while False, ``rebuild`` is at it or to be run."""
        self._open()
        with self._lock:
            return not len(self._contents.waiting)

    def add(self, database: Database, ids: Sequence[int], matrix: Matrix) -> None:
        """Store vectors (n, d) and put them up, in one transaction; owners that are gone are left.

        The shelf changes inside of the transaction, so that a removal in another thread comes
        before both or after both. Now and then a file is made of what was added.
        """
        self._open()
        joins = self._source.in_transaction
        try:
            with database.write():
                before = self._source.last()
                places, rows = self._source.put(ids, matrix)
                with self._lock:
                    contents = self._contents
                    contents.leave_out(places.ids)
                    contents.tail.put(places, rows)
                    if contents.last == before and not joins:
                        contents.last = self._source.last()
                    due = len(contents.tail) >= self._sizes.tail and not joins
        except BaseException:
            self._opened = False  # It is opened anew, as the database has it.
            raise
        if due:
            self._save_tail()

    def remove(self, ids: Iterable[int]) -> None:
        """Take down the vectors of these owners, before or after they leave the database."""
        self._open()
        numbers = np.fromiter(ids, np.int64)
        with self._source.transaction(), self._lock:
            known = self._contents.leave_out(numbers)
            self._contents.untidy = True
            # So that a refresh puts up again what stayed in the database.
            self._source.note(known)
        self._tidy()

    def remove_documents(self, documents: Iterable[int]) -> None:
        """Take down everything that belongs to these documents."""
        self._open()
        with self._lock:
            ids = self._contents.of_documents(list(documents))
        self.remove(ids.tolist())

    def search(
        self,
        vector: NDArray[np.floating],
        k: int,
        documents: Collection[int] | None = None,
        kind: int | None = None,
    ) -> list[tuple[int, float]]:
        """The ``k`` owners with the largest cosine to the unit ``vector``, best first.

        Only within ``documents`` (None: all) and of that ``kind`` (None: any). Of a large shelf
        that is not ``ready`` only what is: the rest is then read in a thread of its own.
        """
        return self.search_each(vector, k, [documents], kind)[0]

    def search_each(
        self,
        vector: NDArray[np.floating],
        k: int,
        scopes: Sequence[Collection[int] | None],
        kind: int | None = None,
    ) -> list[list[tuple[int, float]]]:
        """What ``search`` finds within each of the scopes, read from the database together."""
        query = np.asarray(vector, np.float32)
        if k <= 0 or not scopes:
            return [[] for _ in scopes]
        self._open()
        self._check()
        with self._lock:
            segments = tuple(self._contents.segments)
            latest = [self._contents.tail.search(query, k, scope, kind) for scope in scopes]
            if len(self._contents.waiting):
                self._begin_to_rebuild()
        found = [nearest(segments, query, k, scope, kind) for scope in scopes]
        exact = self._source.products(query, np.concatenate(found))
        results = []
        for ids, exactly in zip(found, latest, strict=True):
            # What has just moved from the tail to a file is in both.
            both = {id: exact[id] for id in ids.tolist() if id in exact} | dict(exactly)
            results.append(sorted(both.items(), key=lambda item: (-item[1], item[0]))[:k])
        return results

    def similarities(self, vector: NDArray[np.floating], ids: Iterable[int]) -> dict[int, float]:
        """The cosine of the unit ``vector`` to each of these owners that has a vector."""
        return self._source.products(np.asarray(vector, np.float32), np.fromiter(ids, np.int64))

    def refresh(self, database: Database) -> None:
        """Take over what changed in the database; cheap if nothing did."""
        self._open()
        joins = self._source.in_transaction
        # Inside of a transaction nobody else is halfway between the shelf and the database.
        with self._source.transaction(), self._lock:
            contents = self._contents
            before = contents.last
            state = self._source.state(before)
            if {file.name for file in state.files} != {file.name for file in contents.records()}:
                self._opened = False
            else:
                contents.take_over(state, self._source, self._sizes.at_once)
            if joins:
                contents.last = before  # Should it fail, other notes will have the same numbers.
        self._open()
        self._tidy()

    def rebuild(self) -> Iterator[tuple[int, int]]:
        """Make ready what is not; yield (done, total) in vectors, at once and then as it goes on.

        Several may run: one works, the others tell how far it is. Raises DocqaError if the
        database is closed; what is done stays done.
        """
        self._open()
        self._check()
        with self._lock:
            total = len(self._contents.waiting)
        yield 0, total
        while total and not self._closing.is_set():
            if self._building.acquire(timeout=0.1):
                try:
                    with self._lock:
                        ids = self._contents.waiting[: self._sizes.file]
                    if len(ids):
                        self._build(ids)
                finally:
                    self._building.release()
            with self._lock:
                left = min(total, len(self._contents.waiting))
            yield total - left, total
            if not left:
                return

    def save(self) -> None:
        """Make a file of what is in memory only, if that is worth it and allowed."""
        with self._lock:
            due = self._opened and len(self._contents.tail) >= self._sizes.worth_saving
        if due:
            self._save_tail()

    def close(self) -> None:
        """Save, and end the thread that reads in the background. Closing again does nothing."""
        self._closing.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self.save()

    # --- opening

    def _open(self) -> None:
        """Map the files and read the tail, unless that is done; what is more waits."""
        if self._opened:
            return
        with self._source.transaction(), self._lock:
            if not self._opened:
                at_once = self._sizes.at_once
                self._contents = read_contents(self._dimension, self._source, self._folder, at_once)
                self._opened = True
        self._tidy()

    # --- what is removed, and what is damaged

    def _tidy(self) -> None:
        """Overwrite in the files what was left out, once the database says so for good."""
        if not self._contents.untidy or not self._source.writes or self._source.in_transaction:
            return
        with self._source.transaction(), self._lock:
            self._contents.tidy(self._source)
        if self._building.acquire(blocking=False):
            try:
                self._folder.sweep(self._source.listed())
            finally:
                self._building.release()

    def _check(self) -> None:
        """Give up files whose rows are not as they were written; each is looked at once."""
        with self._lock:
            segments = [one for one in self._contents.segments if not one.checked]
        if not segments:
            return
        with ThreadPoolExecutor(_CHECKERS, "checking vectors") as pool:
            sound = list(pool.map(Segment.is_sound, segments))
        for segment, is_sound in zip(segments, sound, strict=True):
            if not is_sound:
                self._give_up(segment)

    def _give_up(self, segment: Segment) -> None:
        _log.info("a file of vectors is damaged")
        with self._source.transaction(), self._lock:
            contents = self._contents
            if segment not in contents.segments or segment.record is None:
                return
            contents.segments.remove(segment)
            state = self._source.state_without([segment.record], contents.last)
            contents.take_over(state, self._source, self._sizes.at_once)
            contents.untidy = True
        self._tidy()

    # --- making files

    def _save_tail(self) -> None:
        """Make a file of the tail and of smaller files, unless another thread is at it."""
        if not self._source.writes or not self._building.acquire(blocking=False):
            return
        try:
            with self._lock:
                ids, absorbed = self._contents.worth_merging(self._sizes.file)
            self._build(ids, absorbed)
        finally:
            self._building.release()

    def _build(self, ids: Ids, absorbed: Sequence[Segment] = ()) -> None:
        """Make a segment of these owners, in place of ``absorbed`` and what else has them.

        Without room on the disk it is in memory only, and made again after the next opening.
        """
        # Inside of a transaction nobody else is halfway between the shelf and the database.
        with self._source.transaction(), self._lock:
            last = self._contents.last
        parts = self._source.parts(ids)
        made = self._folder.make(parts, save=self._source.writes) if parts else None
        with self._source.transaction(), self._lock:
            state = self._source.state(last)
            self._contents.exchange(ids, made, absorbed, state, last, self._source)
            # What changed while the file was made is left out of it again.
            self._contents.take_over(state, self._source, self._sizes.at_once)
        if self._source.writes:
            self._folder.sweep(self._source.listed())
        self._tidy()

    def _begin_to_rebuild(self) -> None:
        if self._thread is None and not self._closing.is_set():
            self._thread = threading.Thread(
                target=self._rebuild_all, name="reading vectors", daemon=True
            )
            self._thread.start()

    def _rebuild_all(self) -> None:
        try:
            for _ in self.rebuild():
                pass
        except DocqaError as error:
            _log.info("vectors are read another time: %s", type(error).__name__)
        finally:
            self._thread = None
