"""The processes that read: one for each file at work, kept for the next file if it ended well."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from docqa.process import Child

_MOST_FILES = 50
_MOST_MEMORY = 400 << 20
"""Bytes: a reader has 60 MB before its first file; what has more than this keeps too much."""


@dataclass(slots=True)
class Worker:
    """A child, and how many files it has read."""

    child: Child
    files: int = 0


class ReaderChildren:
    """Starts children and ends them; any thread may use it.

    A start costs 0.25 s of computing, mostly imports: as much as ten pages.
    """

    def __init__(self, make: Callable[[], Child]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._keepers = 0

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Inside, idle children wait for the next file; with the last one who wants that they end.

        Elsewhere a child ends with its file.
        """
        with self._lock:
            self._keepers += 1
        try:
            yield
        finally:
            with self._lock:
                self._keepers -= 1
                ended, self._idle = ([], self._idle) if self._keepers else (self._idle, [])
            for worker in ended:
                worker.child.close()

    def take(self, *, fresh: bool) -> Worker:
        """A child for one file, not started yet if it is a new one (as it is if ``fresh``)."""
        with self._lock:
            if self._idle and not fresh:
                return self._idle.pop()
        return Worker(self._make())

    def give_back(self, worker: Worker) -> None:
        """A child that ended a file well: it is kept if it may be, and else closed."""
        worker.files += 1
        if worker.files < _MOST_FILES and _memory(worker.child.pid) < _MOST_MEMORY:
            with self._lock:
                if self._keepers:
                    self._idle.append(worker)
                    return
        worker.child.close()


def _memory(pid: int | None) -> int:
    """Bytes that a process has resident; more than any limit if there is none."""
    try:
        return int(psutil.Process(pid).memory_info().rss) if pid is not None else _MOST_MEMORY
    except psutil.Error:
        return _MOST_MEMORY
