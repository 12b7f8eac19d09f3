"""From stored text to a document that is ready: vectors, scanned pages, and the proof of it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from docqa.errors import DocqaError
from docqa.index.search import Search
from docqa.library.gaps import sentence_about_gaps
from docqa.library.outcome import REMOVED, told, unusable
from docqa.library.readiness import Readiness
from docqa.model import Added, AddProgress
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_NO_TEXT = "It has no text: there is nothing to search or to ask."


@dataclass(slots=True)
class Unfinished:
    """A document whose text is stored, and the ``seconds`` that it took so far.

    ``lost``: why its text is not that of its file any more, if it is not.
    """

    id: int
    path: str
    passages: int
    seconds: float
    lost: str | None = None


class Recogniser(Protocol):
    """Reads the scanned pages of stored documents."""

    def available(self) -> bool:
        """Whether it can read anything on this computer."""

    def read(self, document_id: int, cancel: Cancel) -> Iterator[AddProgress]:
        """Read the pages that are still marked as scanned, and store each as soon as it is read.

        Raises Cancelled, and DocqaError if it cannot go on; what is stored stays.
        """

    def rest(self) -> None:
        """Nothing is left to be read: give the memory back until there is."""


class Finishing:
    """Finishes documents, those without scanned pages first."""

    def __init__(self, store: Store, search: Search, recogniser: Recogniser | None) -> None:
        self._store = store
        self._search = search
        self._recogniser = recogniser
        self._readiness = Readiness(store, search)

    def recognises(self) -> bool:
        """Whether scanned pages can be read."""
        return self._recogniser is not None and self._recogniser.available()

    def finish(
        self, documents: Sequence[Unfinished], cancel: Cancel, recognise_until: float = math.inf
    ) -> Iterator[AddProgress | Added]:
        """Yield progress, and what became of each document. Raises Cancelled.

        After ``recognise_until`` seconds spent on a document no further scanned page of it is
        begun; those that are left wait for the next time.
        """
        if any(one.passages for one in documents):
            self._search.load(Urgency.READING, cancel)  # No document's seconds include that.
        scanned = []
        for one in documents:
            started = time.monotonic()
            try:
                yield from self._index(one, cancel)
                one.seconds += time.monotonic() - started
                if self._waits_for_recognition(one):
                    scanned.append(one)
                else:
                    yield self._conclude(one, None, cancel)
            except DocqaError as error:
                yield self._failure(one, str(error))
        for one in scanned:
            yield from self._recognise(one, cancel, recognise_until)
        if self._recogniser is not None and not any(map(self._waits_for_recognition, scanned)):
            self._recogniser.rest()

    def _index(self, one: Unfinished, cancel: Cancel) -> Iterator[AddProgress]:
        for done, total in self._search.index_passages(
            one.id, urgency=Urgency.READING, cancel=cancel
        ):
            yield AddProgress(one.path, "indexing", done, total, one.id)

    def _waits_for_recognition(self, one: Unfinished) -> bool:
        if one.lost is not None or not self.recognises():
            return False
        return bool(self._store.pages.to_recognise(one.id))

    def _recognise(
        self, one: Unfinished, cancel: Cancel, until: float
    ) -> Iterator[AddProgress | Added]:
        """Read the scanned pages; if that fails, the document is what it is without them."""
        assert self._recogniser is not None
        started = time.monotonic()
        trouble = None
        try:
            try:
                # Each sign of life comes before a page is begun.
                for progress in self._recogniser.read(one.id, cancel):
                    yield progress
                    if one.seconds + time.monotonic() - started > until:
                        break
            except DocqaError as error:
                trouble = str(error)
            yield from self._index(one, cancel)
            one.seconds += time.monotonic() - started
            yield self._conclude(one, trouble, cancel)
        except DocqaError as error:
            yield self._failure(one, str(error))

    def _conclude(self, one: Unfinished, trouble: str | None, cancel: Cancel) -> Added:
        """All is done: say so, and what is missing; DocqaError if the document was removed."""
        now = self._store.documents.get(one.id)
        if now is None:
            raise DocqaError(REMOVED)
        self._store.pages.anchor_notes(one.id)
        gaps = sentence_about_gaps(
            self._store.pages.problems(one.id),
            self._store.pages.to_recognise(one.id),
            recognises=self.recognises(),
        )
        status: Literal["ready", "partial", "failed"] = "partial"
        problems = [one.lost, gaps, trouble]
        if not now.passages:
            status = "failed"
            problems = [gaps or _NO_TEXT, trouble]
        else:
            unproved = self._readiness.problem(one.id, cancel)
            problems.append(unproved)
            if not any(problems):
                status = "ready"
        problem = " ".join(filter(None, problems)) or None
        self._store.documents.update(one.id, status=status, problem=problem, seconds=one.seconds)
        return told(now, "failed" if one.lost else status, problem, one.seconds)

    def _failure(self, one: Unfinished, problem: str) -> Added:
        document = self._store.documents.get(one.id)
        if document is None:
            return unusable(Path(one.path), problem)
        return told(document, "failed", problem, one.seconds)
