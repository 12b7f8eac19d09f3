"""What a shelf has at one moment: files, the tail, and what waits to be read.

Each owner is in one of the three only, and in one file only. Not safe to use from several threads;
the shelf sees to that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docqa.index.segment import Segment
from docqa.index.tail import Tail
from docqa.index.vector_folder import VectorFolder
from docqa.index.vector_source import READ_AT_ONCE, Source
from docqa.index.vectors import Ids
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


class Contents:
    """The segments, the tail and the ids that wait; ``last`` is the last note taken over."""

    def __init__(self, dimension: int) -> None:
        self.segments: list[Segment] = []
        self.tail = Tail(dimension)
        self.waiting = _NONE
        self.last = 0
        self.untidy = True
        """Whether there may be rows in files that are to be overwritten."""

    def __len__(self) -> int:
        return sum(map(len, self.segments)) + len(self.tail) + len(self.waiting)

    def records(self) -> list[VectorFile]:
        """The files."""
        return [segment.record for segment in self.segments if segment.record]

    def of_documents(self, documents: Sequence[int]) -> Ids:
        """The owners that belong to these documents, without those that wait."""
        ids = [segment.of_documents(documents) for segment in self.segments]
        return np.concatenate([*ids, self.tail.of_documents(documents)])

    def leave_out(self, ids: Ids) -> Ids:
        """Find these no more; return those that were there until now."""
        known = [segment.leave_out(ids) for segment in self.segments]
        known += [np.intersect1d(ids, self.tail.ids()), np.intersect1d(ids, self.waiting)]
        self.tail.remove(ids)
        if len(self.waiting):
            self.waiting = np.setdiff1d(self.waiting, ids)
        return np.concatenate(known)

    def take_over(self, state: State, source: Source, at_once: int) -> None:
        """Believe the database, and not the files, about the owners that it notes."""
        self.last = state.last
        if not len(state.changes):
            return
        self.leave_out(state.changes)
        self.untidy = True
        if len(state.changes) > at_once:
            self.waiting = np.union1d(self.waiting, state.changes)
            return
        for start in range(0, len(state.changes), READ_AT_ONCE):
            self.tail.put(*source.rows(state.changes[start : start + READ_AT_ONCE]))

    def worth_merging(self, most: int) -> tuple[Ids, list[Segment]]:
        """Owners for a file of at most so many: of the tail, and of files smaller than it."""
        ids = self.tail.ids()[:most]
        absorbed: list[Segment] = []
        for segment in sorted(self.segments, key=len):
            if len(segment) > len(ids) or len(segment) + len(ids) > most:
                break
            absorbed.append(segment)
            ids = np.concatenate([ids, segment.ids()])
        # Each once: of two rows of one owner in one file, only one would be found again.
        return np.unique(ids), absorbed

    def exchange(
        self,
        ids: Ids,
        made: Segment | None,
        absorbed: Sequence[Segment],
        state: State,
        last: int,
        source: Source,
    ) -> None:
        """Put up ``made``, which holds ``ids`` as they were at the note ``last``; list its file.

        It is there in place of ``absorbed`` and of what else has those owners, unless ``state``,
        the notes since, says that they changed meanwhile. In a transaction.
        """
        replaced = [segment.record for segment in absorbed if segment.record]
        kept = [one for one in self.segments if one not in absorbed]
        kept = [one for one in kept if one.record is None or one.record not in replaced]
        settled = np.setdiff1d(ids, state.changes)
        outdated = np.concatenate([_NONE, *(segment.outdated() for segment in kept)])
        if source.writes and (made is None or made.record is not None):
            # Who still has a row in another file stays noted until that is overwritten: a death
            # before that would leave both to be found.
            forgotten = np.setdiff1d(settled, outdated)
            source.settle(made.record if made else None, replaced, forgotten, last)
        self.tail.remove(settled)
        self.waiting = np.setdiff1d(self.waiting, settled)
        self.segments = kept if made is None else [*kept, made]
        self.untidy = self.untidy or len(outdated) > 0

    def tidy(self, source: Source) -> None:
        """Overwrite in the files what was left out, then forget its notes; in a transaction."""
        erased = [_erase(segment, source) for segment in self.segments]
        self.untidy = not all(erased)
        empty = [segment for segment in self.segments if not len(segment)]
        self.segments = [segment for segment in self.segments if len(segment)]
        gone = _NONE
        if not self.untidy and not len(source.state(self.last).changes):
            gone = np.setdiff1d(source.state().changes, self._without_file())
        if len(gone) or empty:
            records = [segment.record for segment in empty if segment.record]
            source.settle(None, records, gone, self.last)

    def _without_file(self) -> Ids:
        """Owners that are there, but in no file."""
        unsaved = [segment.ids() for segment in self.segments if segment.record is None]
        return np.concatenate([self.tail.ids(), self.waiting, *unsaved])


def read_contents(dimension: int, source: Source, folder: VectorFolder, at_once: int) -> Contents:
    """Map the files that are listed and read the tail; files that are not to be believed go."""
    lost: list[VectorFile] = []
    for _ in range(_TRIES):
        contents = Contents(dimension)
        state = source.state()
        opened = [(file, folder.open(file)) for file in state.files]
        contents.segments = [segment for _, segment in opened if segment]
        lost = [file for file, segment in opened if segment is None]
        if source.writes or not lost:
            break
    if lost:
        state = source.state_without(lost, 0)
    contents.take_over(state, source, at_once)
    return contents


def _erase(segment: Segment, source: Source) -> bool:
    try:
        checksum = segment.erase()
    except OSError as error:
        _log.warning("removed vectors are erased later: %s", type(error).__name__)
        return False
    if checksum is not None and segment.record is not None:
        source.checked(segment.record, checksum)
    return True


_NONE: Ids = np.empty(0, np.int64)
