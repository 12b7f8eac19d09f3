"""Indexing anew: begun when the window has nothing else to read, told by a strip."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

from docqa.model import Embedding, Rebuilding
from docqa.ui.desk import Desk
from docqa.ui.index_strip import IndexStrip
from docqa.ui.workers import Job

_LOOK_MS = 3000
"""So often it is looked whether reading is over; what is being read has its vectors from there."""
_TOLD_AFTER_SECONDS = 1.0
"""What takes less is not worth a strip that comes and goes."""


class Reembedding(QObject):
    """Completes the index and the vectors, or replaces them for another embedding model."""

    def __init__(self, desk: Desk, strip: IndexStrip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._strip = strip
        self._job: Job | None = None
        self._began = 0.0
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._begin_when_idle)
        desk.opened.connect(self._timer.start)

    def start(self) -> None:
        """Begin now, unless it is under way or nothing may be written."""
        self._timer.stop()
        if self._job is not None or not self._desk.is_open or self._desk.read_only:
            return
        self._began = time.monotonic()
        self._job = self._desk.reembed()
        self._job.yielded.connect(self._on_event)
        self._job.ended.connect(self._on_ended)

    def _begin_when_idle(self) -> None:
        if not self._desk.reading.is_busy:
            self.start()

    def _on_event(self, event: object) -> None:
        if isinstance(event, Rebuilding | Embedding) and (
            time.monotonic() - self._began >= _TOLD_AFTER_SECONDS
        ):
            self._strip.show_progress(event)

    def _on_ended(self) -> None:
        self._job = None
        self._strip.hide()
