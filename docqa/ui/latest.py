"""Of several jobs that answer the same wish only the latest counts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from docqa.ui.workers import Job


class Latest(QObject):
    """Follows one job at a time; what an earlier one finds is never told."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a job is on its way."""
        return self._job is not None

    def follow(self, job: Job, tell: Callable[[object], None]) -> None:
        """Stop the one before; call ``tell`` with what this one finds."""
        self.drop()
        self._job = job
        job.finished.connect(lambda result: self._on_finished(job, result, tell))
        job.ended.connect(lambda: self._forget(job))

    def drop(self) -> None:
        """Nobody waits for it any more."""
        if self._job is not None:
            self._job.stop()
            self._job = None

    def _on_finished(self, job: Job, result: object, tell: Callable[[object], None]) -> None:
        if job is self._job:
            self._job = None
            tell(result)

    def _forget(self, job: Job) -> None:
        if job is self._job:
            self._job = None
