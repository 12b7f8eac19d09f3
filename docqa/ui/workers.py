"""The window's threads: plain-Python generators run on QThreads, events come back one way.

A :class:`Lane` is one QThread that works off its jobs in order. Whatever a job yields reaches the
main thread through a single queued signal of the lane, and is told there by the :class:`Job`.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Literal

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from docqa.errors import Cancelled, DocqaError
from docqa.process import Cancel
from docqa.ui.crash import report

Work = Callable[[Cancel], Iterator[object]]
"""What a job does, away from the main thread; it looks at the Cancel, or passes it on."""

_Kind = Literal["yielded", "finished", "failed", "crashed", "cancelled"]


def once(function: Callable[[], object]) -> Work:
    """The work of one plain call: its result is yielded (and so becomes what finished tells)."""

    def work(cancel: Cancel) -> Iterator[object]:
        cancel.raise_if_set()
        yield function()

    return work


class Job(QObject):
    """One piece of work and what becomes of it; lives on, and signals in, the main thread.

    Every job ends with exactly one of ``finished`` (with the last thing yielded, or None),
    ``failed`` (a sentence for the person), ``crashed`` (a report of a bug) and ``cancelled``;
    ``ended`` follows in all four cases.
    """

    yielded = Signal(object)
    finished = Signal(object)
    failed = Signal(str)
    crashed = Signal(str)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.work = work
        self.cancel = Cancel()
        self.is_over = False

    def stop(self) -> None:
        """Give the stop order at once, from this thread: nothing is queued to a busy thread."""
        self.cancel.set()

    def deliver(self, kind: _Kind, payload: object) -> None:
        """Tell one event; only the lane calls this."""
        if kind == "yielded":
            self.yielded.emit(payload)
            return
        self.is_over = True
        if kind == "finished":
            self.finished.emit(payload)
        elif kind == "failed":
            self.failed.emit(payload)
        elif kind == "crashed":
            self.crashed.emit(payload)
        else:
            self.cancelled.emit()
        self.ended.emit()


class Lane(QThread):
    """One thread for one kind of work; it starts with its first job."""

    _event = Signal(object, str, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._jobs: list[Job] = []
        self._closed = False
        self._event.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way or waiting."""
        return bool(self._jobs)

    def submit(self, work: Work) -> Job:
        """Queue a job; connect to its signals before control returns to the event loop."""
        job = Job(work, self)
        self._jobs.append(job)
        self._queue.put(job)
        if not self._closed and not self.isRunning():
            self.start()
        return job

    def stop(self) -> None:
        """Give the stop order to every job, under way or waiting."""
        for job in self._jobs:
            job.stop()

    def close(self) -> None:
        """Stop every job and let the thread end; ``wait`` for it afterwards. Nothing is told."""
        self._closed = True
        self.stop()
        self._queue.put(None)

    def run(self) -> None:
        """Work off the jobs (called by Qt, on the thread itself)."""
        while (job := self._queue.get()) is not None:
            kind, payload = self._run_job(job)
            self._event.emit(job, kind, payload)

    def _run_job(self, job: Job) -> tuple[_Kind, object]:
        last: object = None
        try:
            job.cancel.raise_if_set()
            for last in job.work(job.cancel):
                self._event.emit(job, "yielded", last)
        except Cancelled:
            return "cancelled", None
        except DocqaError as error:
            return "failed", str(error)
        except Exception as error:
            return "crashed", report(error)
        return "finished", last

    @Slot(object, str, object)
    def _deliver(self, job: Job, kind: _Kind, payload: object) -> None:
        if self._closed:
            return
        if kind != "yielded":
            self._jobs.remove(job)
            job.deleteLater()
        job.deliver(kind, payload)
