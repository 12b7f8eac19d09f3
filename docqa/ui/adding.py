"""Adding documents: rows at once, one job after another, and what was interrupted goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from docqa.model import Added, AddProgress
from docqa.ui.desk import Desk
from docqa.ui.library_model import LibraryModel
from docqa.ui.passwords import wants_password


class Adding(QObject):
    """What is on its way into the library."""

    told = Signal(str, str)
    document_ready = Signal(int)
    password_wanted = Signal(object)

    def __init__(self, desk: Desk, model: LibraryModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._model = model
        self._early: list[Path] = []
        self._jobs = 0

    def add(self, paths: Sequence[Path]) -> None:
        """Show rows now; read when the workspace is open and nothing else is being read."""
        paths = [path.resolve() for path in paths]  # As the workspace will name them.
        self._model.expect(paths)
        if self._desk.is_open:
            self._submit(paths)
        else:
            self._early += paths

    def start(self) -> None:
        """The workspace is open: read what was dropped before."""
        paths, self._early = self._early, []
        if paths:
            self._submit(paths)

    def forget(self) -> None:
        """Nothing can be added here: what was dropped before goes."""
        self._early = []
        self._model.settle()

    def add_protected(self, path: str, password: str) -> None:
        """Add a file again, with its password."""
        if self._desk.is_open:
            self._model.expect([Path(path)])
            self._submit([Path(path)], password)

    def _submit(self, paths: Sequence[Path], password: str | None = None) -> None:
        self._jobs += 1
        job = self._desk.add(paths, password)
        job.yielded.connect(self._on_event)
        job.ended.connect(self._on_ended)

    def _on_event(self, event: object) -> None:
        if isinstance(event, AddProgress):
            if self._model.progress(event):
                self._desk.refresh()
        elif isinstance(event, Added):
            self._model.added(event)
            if event.status == "duplicate":
                self.told.emit(
                    self.tr("{0} is in the library already.").format(event.title), "info"
                )
            elif wants_password(event):
                self.password_wanted.emit(event)
            elif event.id is not None:
                self.document_ready.emit(event.id)
            self._desk.refresh()

    def _on_ended(self) -> None:
        self._jobs -= 1
        if self._jobs == 0:
            self._model.settle()
        self._desk.refresh()
