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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.segment import Segment, nearest
from docqa.index.tail import Tail
from docqa.index.vector_file import Stamp
from docqa.index.vector_folder import VectorFolder
from docqa.index.vector_source import READ_AT_ONCE, Source
from docqa.index.vectors import Ids, Matrix
from docqa.store.database import Database
from docqa.store.vector_files import State, VectorFile

_log = logging.getLogger(__name__)
_TRIES = 3
"""A reader looks so often at files that another process may just be replacing."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many vectors go where.

    A file of 65,536 is scanned in 1 ms, checked in 30 and made in 600; 16 of them are a million. A
    tail of 16,384 is read from the database in 100 ms and scanned in 2.
    """

    file: int = 65_536
    """At most so many in one file."""
    tail: int = 16_384
    """From so many, whoever adds makes a file of them."""
    worth_saving: int = 4_096
    """From so many, closing does."""
    at_once: int = 50_000
    """More than that are not read by who searches, but in the background (400 ms)."""


class Shelf:
    """Vectors of one owner and one embedder. Safe to use from any thread."""

    def __init__(
        self, stamp: Stamp, database: Database, directory: Path, sizes: Sizes | None = None
    ) -> None:
        """Nothing is read yet. A ``database`` for reading only: no file is changed either."""
        self._dimension = stamp.dimension
        self._sizes = sizes or Sizes()
        self._source = Source(stamp, database)
        self._folder = VectorFolder(directory, stamp)
        self._lock = threading.RLock()
        self._building = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._opened = False
        self._last = 0
        self._clear()

    def __len__(self) -> int:
        """How many vectors there are, those included that are not read yet."""
        self._open()
        with self._lock:
            return sum(map(len, self._segments)) + len(self._tail) + len(self._waiting)

    @property
    def ready(self) -> bool:
        """Whether a search looks at all vectors; while False, ``rebuild`` is at it or to be run."""
        self._open()
        with self._lock:
            return not len(self._waiting)

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
                    self._leave_out(places.ids)
                    self._tail.put(places, rows)
                    if self._last == before and not joins:
                        self._last = self._source.last()
                    due = len(self._tail) >= self._sizes.tail and not joins
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
            known = [segment.leave_out(numbers) for segment in self._segments]
            known += [np.intersect1d(numbers, self._tail.ids())]
            known += [np.intersect1d(numbers, self._waiting)]
            self._leave_out(numbers)
            self._untidy = True
            # So that a refresh puts up again what stayed in the database.
            self._source.note(np.concatenate(known))
        self._tidy()

    def remove_documents(self, documents: Iterable[int]) -> None:
        """Take down everything that belongs to these documents."""
        self._open()
        chosen = list(documents)
        with self._lock:
            ids = [segment.of_documents(chosen) for segment in self._segments]
            ids.append(self._tail.of_documents(chosen))
        self.remove(np.concatenate(ids).tolist())

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
            segments = tuple(self._segments)
            latest = [self._tail.search(query, k, scope, kind) for scope in scopes]
            if len(self._waiting):
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
            before = self._last
            state = self._source.state(before)
            if {file.name for file in state.files} != {file.name for file in self._records()}:
                self._opened = False
            else:
                self._take_over(state)
            if joins:
                self._last = before  # Should it fail, other notes will have the same numbers.
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
            total = len(self._waiting)
        yield 0, total
        while total and not self._closing.is_set():
            if self._building.acquire(timeout=0.1):
                try:
                    with self._lock:
                        ids = self._waiting[: self._sizes.file]
                    if len(ids):
                        self._build(ids)
                finally:
                    self._building.release()
            with self._lock:
                left = min(total, len(self._waiting))
            yield total - left, total
            if not left:
                return

    def save(self) -> None:
        """Make a file of what is in memory only, if that is worth it and allowed."""
        with self._lock:
            due = self._opened and len(self._tail) >= self._sizes.worth_saving
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

    def _clear(self) -> None:
        self._segments: list[Segment] = []
        self._tail = Tail(self._dimension)
        self._waiting: Ids = np.empty(0, np.int64)
        self._untidy = True

    def _open(self) -> None:
        """Map the files and read the tail, unless that is done; what is more waits."""
        if self._opened:
            return
        with self._source.transaction(), self._lock:
            if not self._opened:
                self._open_now()
        self._tidy()

    def _open_now(self) -> None:
        lost: list[VectorFile] = []
        for _ in range(_TRIES):
            self._clear()
            state = self._source.state()
            opened = [(file, self._folder.open(file)) for file in state.files]
            self._segments = [segment for _, segment in opened if segment]
            lost = [file for file, segment in opened if segment is None]
            if self._source.writes or not lost:
                break
        if lost:
            state = self._source.state_without(lost, 0)
        self._take_over(state)
        self._opened = True

    def _take_over(self, state: State) -> None:
        """Believe the database, and not the files, about the owners that it notes."""
        self._last = state.last
        if not len(state.changes):
            return
        self._leave_out(state.changes)
        self._untidy = True
        if len(state.changes) > self._sizes.at_once:
            self._waiting = np.union1d(self._waiting, state.changes)
            return
        for start in range(0, len(state.changes), READ_AT_ONCE):
            self._tail.put(*self._source.rows(state.changes[start : start + READ_AT_ONCE]))

    def _leave_out(self, ids: Ids) -> None:
        for segment in self._segments:
            segment.leave_out(ids)
        self._tail.remove(ids)
        if len(self._waiting):
            self._waiting = np.setdiff1d(self._waiting, ids)

    def _records(self) -> list[VectorFile]:
        return [segment.record for segment in self._segments if segment.record]

    # --- what is removed, and what is damaged

    def _tidy(self) -> None:
        """Overwrite in the files what was left out, once the database says so for good."""
        if not self._untidy or not self._source.writes or self._source.in_transaction:
            return
        with self._source.transaction(), self._lock:
            erased = [self._erase(segment) for segment in self._segments]
            self._untidy = not all(erased)
            empty = [segment for segment in self._segments if not len(segment)]
            self._segments = [segment for segment in self._segments if len(segment)]
            gone = np.empty(0, np.int64)
            if not self._untidy and not len(self._source.state(self._last).changes):
                gone = np.setdiff1d(self._source.state().changes, self._without_file())
            if len(gone) or empty:
                records = [segment.record for segment in empty if segment.record]
                self._source.settle(None, records, gone, self._last)
        if self._building.acquire(blocking=False):
            try:
                self._folder.sweep(self._source.listed())
            finally:
                self._building.release()

    def _without_file(self) -> Ids:
        """Owners that are there, but in no file."""
        unsaved = [segment.ids() for segment in self._segments if segment.record is None]
        return np.concatenate([self._tail.ids(), self._waiting, *unsaved])

    def _erase(self, segment: Segment) -> bool:
        try:
            checksum = segment.erase()
        except OSError as error:
            _log.warning("removed vectors are erased later: %s", type(error).__name__)
            return False
        if checksum is not None and segment.record is not None:
            self._source.checked(segment.record, checksum)
        return True

    def _check(self) -> None:
        """Give up files whose rows are not as they were written; each is looked at once."""
        with self._lock:
            segments = tuple(self._segments)
        for segment in segments:
            if not segment.is_sound():
                self._give_up(segment)

    def _give_up(self, segment: Segment) -> None:
        _log.info("a file of vectors is damaged")
        with self._source.transaction(), self._lock:
            if segment not in self._segments or segment.record is None:
                return
            self._segments.remove(segment)
            self._take_over(self._source.state_without([segment.record], self._last))
            self._untidy = True
        self._tidy()

    # --- making files

    def _save_tail(self) -> None:
        """Make a file of the tail and of smaller files, unless another thread is at it."""
        if not self._source.writes or not self._building.acquire(blocking=False):
            return
        try:
            with self._lock:
                ids = self._tail.ids()[: self._sizes.file]
                absorbed: list[Segment] = []
                for segment in sorted(self._segments, key=len):
                    if len(segment) > len(ids) or len(segment) + len(ids) > self._sizes.file:
                        break
                    absorbed.append(segment)
                    ids = np.concatenate([ids, segment.ids()])
            self._build(ids, absorbed)
        finally:
            self._building.release()

    def _build(self, ids: Ids, absorbed: Sequence[Segment] = ()) -> None:
        """Make a segment of these owners, in place of ``absorbed`` and what else has them.

        Without room on the disk it is in memory only, and made again after the next opening.
        """
        # Inside of a transaction nobody else is halfway between the shelf and the database.
        with self._source.transaction(), self._lock:
            last = self._last
        parts = self._source.parts(ids)
        made = self._folder.make(parts, save=self._source.writes) if parts else None
        replaced = [segment.record for segment in absorbed if segment.record]
        with self._source.transaction(), self._lock:
            state = self._source.state(last)
            settled = np.setdiff1d(ids, state.changes)
            if self._source.writes and (made is None or made.record is not None):
                self._source.settle(made.record if made else None, replaced, settled, last)
            self._tail.remove(settled)
            self._waiting = np.setdiff1d(self._waiting, settled)
            kept = [one for one in self._segments if one not in absorbed]
            kept = [one for one in kept if one.record is None or one.record not in replaced]
            self._segments = kept if made is None else [*kept, made]
            # What changed while the file was made is left out of it again.
            self._take_over(state)
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
