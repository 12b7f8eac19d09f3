"""Preparing: started and stopped by one button, told by the strip under the library."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from docqa.model import DocumentSummary, Prepared, PrepareProgress
from docqa.ui.desk import Desk
from docqa.ui.prepare_strip import PrepareStrip
from docqa.ui.workers import Job


class Preparing(QObject):
    """The preparation under way, if there is one."""

    notes_found = Signal()

    def __init__(self, desk: Desk, strip: PrepareStrip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._strip = strip
        self._job: Job | None = None
        self._outcome = ""
        strip.start_wanted.connect(self.start)
        strip.stop_wanted.connect(self.stop)

    @property
    def is_working(self) -> bool:
        """Whether a preparation is under way."""
        return self._job is not None

    def start(self) -> None:
        """Prepare until morning."""
        if self._job is not None or not self._desk.is_open:
            return
        self._outcome = ""
        self._strip.show_starting()
        self._job = self._desk.prepare()
        self._job.yielded.connect(self._on_event)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_ended)

    def stop(self) -> None:
        """Stop at once; what is done is kept."""
        if self._job is not None:
            self._job.stop()
            self._strip.show_stopping()

    def show_documents(self, summaries: Sequence[DocumentSummary]) -> None:
        """What earlier preparations brought, unless the last one has just told."""
        if self._job is None and not self._outcome:
            self._strip.show_outcome(self._strip.standing(summaries))

    def _on_event(self, event: object) -> None:
        if isinstance(event, PrepareProgress):
            if self._job is not None and not self._job.cancel.is_set:
                self._strip.show_progress(event)
            if any(note.status == "verified" for note in event.notes):
                self.notes_found.emit()
        elif isinstance(event, Prepared):
            self._outcome = self._strip.outcome(event)

    def _on_failed(self, _sentence: str) -> None:
        self._outcome = self.tr("It stopped early; what was done is kept.")

    def _on_ended(self) -> None:
        self._job = None
        self._strip.show_idle(self._outcome)
