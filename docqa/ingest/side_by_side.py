"""Reads several PDFs at the same time, one process each."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from docqa.errors import Cancelled, ChildNotStarted, DocqaError
from docqa.host.cores import logical_cores
from docqa.ingest.events import Opened
from docqa.ingest.reader import Reader
from docqa.model import AddProgress, Page, Passage
from docqa.process import Cancel

_MOST_READERS = 8
"""Storing a page takes 3 ms here and reading it 20: more readers would only wait, with 60 MB each.
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that is registered and has yet to be read."""

    id: int
    path: Path


@dataclass(slots=True)
class Text:
    """What was found in one file; ``opened`` is None if that is nothing, and ``problem`` why.

    ``untried``: the file is not to blame, it was not even looked at.
    """

    document: Waiting
    opened: Opened | None = None
    pages: list[Page] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    seconds: float = 0.0
    problem: str | None = None
    untried: bool = False
    bug: Exception | None = None


class SideBySide:
    """Reads documents, as many at a time as there are cores."""

    def __init__(
        self,
        reader: Reader,
        begun: Callable[[int], None],
        password: str | None,
        cancel: Cancel,
    ) -> None:
        """``begun`` is told the id of each document that a reader starts on, from any thread."""
        self._reader = reader
        self._begun = begun
        self._password = password
        self._cancel = cancel
        self._stop = Cancel()
        self._events: queue.SimpleQueue[AddProgress | Text] = queue.SimpleQueue()

    def read(self, documents: Sequence[Waiting]) -> Iterator[AddProgress | Text]:
        """Yield progress, and one text a document as soon as it is complete.

        Raises Cancelled. Whatever ends it, at its end no file is being read any more.
        """
        waiting = _Line(documents)
        readers = min(logical_cores(), _MOST_READERS, max(1, len(documents)))
        with (
            self._reader.kept(),
            self._cancel.linked(self._stop.set),
            ThreadPoolExecutor(readers, "read") as pool,
        ):
            for number in range(readers):
                pool.submit(self._read_all, waiting, biggest_first=number == 1)
            left = len(documents)
            try:
                while left:
                    event = self._events.get()
                    left -= isinstance(event, Text)
                    self._cancel.raise_if_set()
                    if isinstance(event, Text) and event.bug is not None:
                        raise event.bug
                    yield event
            finally:
                self._stop.set()
                pool.shutdown(cancel_futures=True)

    def _read_all(self, waiting: _Line, *, biggest_first: bool) -> None:
        while (document := waiting.take(biggest_first=biggest_first)) is not None:
            self._read(document)

    def _read(self, document: Waiting) -> None:
        """Read one file (on a thread of the pool); its failures are told in its text."""
        started = time.monotonic()
        text = Text(document)
        try:
            self._stop.raise_if_set()
            self._begun(document.id)
            self._take_in(text)
        except Cancelled:
            text.problem, text.untried = "Reading was stopped.", True
        except ChildNotStarted as error:
            text.problem, text.untried = str(error), True
        except DocqaError as error:
            text.problem = str(error)
        except Exception as error:
            text.bug = error
        finally:
            text.seconds = time.monotonic() - started
            self._events.put(text)

    def _take_in(self, text: Text) -> None:
        id, path = text.document.id, text.document.path
        for event in self._reader.read(path, password=self._password, cancel=self._stop):
            if isinstance(event, Opened):
                text.opened = event
            else:
                text.pages.append(event.page)
                text.passages.extend(event.passages)
                if event.sections and text.opened is not None:
                    sections = (*text.opened.sections, *event.sections)
                    text.opened = replace(text.opened, sections=sections)
                if event.harmful and text.opened is not None:
                    text.opened = replace(text.opened, viewable=False)
            total = text.opened.page_count if text.opened else 0
            self._events.put(AddProgress(str(path), "reading", len(text.pages), total, id))


class _Line:
    """Documents that wait for a reader, by the size of their files.

    Small ones do not wait for big ones; but one reader begins with the biggest, so that this is not
    left over for the end, when the others have nothing to do.
    """

    def __init__(self, documents: Sequence[Waiting]) -> None:
        self._lock = threading.Lock()
        self._documents = deque(sorted(documents, key=lambda one: _size(one.path)))

    def take(self, *, biggest_first: bool) -> Waiting | None:
        """The next one, None if there is none."""
        with self._lock:
            if not self._documents:
                return None
            return self._documents.pop() if biggest_first else self._documents.popleft()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # What is wrong with it, its reader will say.
        return 0
