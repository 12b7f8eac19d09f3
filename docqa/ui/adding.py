"""Adding documents: rows at once, one job after another, and what was interrupted goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from docqa.ingest.files import wants_password
from docqa.model import Added, AddProgress
from docqa.ui.desk import Desk
from docqa.ui.library_model import LibraryModel
from docqa.ui.workers import Job

_SLICE_SECONDS = 4.0
"""So long scanned pages of one document are read until a file that was dropped meanwhile has its
turn; that is a page or two."""


class Adding(QObject):
    """What is on its way into the library: files that somebody waits for, then scanned pages."""

    told = Signal(str, str)
    document_ready = Signal(int)
    password_wanted = Signal(str, str)
    """The path of a protected file, and why it could not be read."""

    def __init__(self, desk: Desk, model: LibraryModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._model = model
        self._early: list[Path] = []
        self._jobs = 0
        self._scans: dict[int, int] = {}
        """How many scanned pages wait to be read, by document."""
        self._tried: tuple[int, int] | None = None
        """The document that is read from there now, and how many waited before."""

    def add(self, paths: Sequence[Path]) -> None:
        """Show rows now; read when the workspace is open and nothing else is being read."""
        paths = [path.resolve() for path in paths]  # As the workspace will name them.
        self._model.expect(paths)
        if self._desk.is_open:
            self._follow(self._desk.add(paths), asked=True)
        else:
            self._early += paths

    def start(self) -> None:
        """The workspace is open: read what was dropped before."""
        paths, self._early = self._early, []
        if paths:
            self._follow(self._desk.add(paths), asked=True)

    def forget(self) -> None:
        """Nothing can be added here: what was dropped before goes."""
        self._early = []
        self._model.settle()

    def add_protected(self, path: str, password: str, keep: bool = False) -> None:
        """Add a file again, with its password; ``keep`` it in the system's keyring."""
        if self._desk.is_open:
            self._model.expect([Path(path)])
            job = self._desk.add([Path(path)], password, keep)
            self._follow(job, asked=True)
            if keep:
                job.yielded.connect(self._tell_if_not_kept)

    def rescan(self, folders: Sequence[Path] | None = None) -> Job:
        """Take in what changed in watched folders (None: all), without a word or a question."""
        job = self._desk.rescan(folders)
        self._follow(job, asked=False)
        return job

    def _follow(self, job: Job, *, asked: bool) -> None:
        """Show what becomes of files; ``asked``: a person waits for them."""
        self._jobs += 1
        job.yielded.connect(lambda event: self._on_event(event, asked))
        job.ended.connect(self._on_ended)

    def _on_event(self, event: object, asked: bool) -> None:
        if isinstance(event, AddProgress):
            if self._model.progress(event):
                self._desk.refresh()
        elif isinstance(event, Added):
            self._model.added(event)
            self._note_scans(event)
            if asked:
                self._tell(event)
            if event.status in ("ready", "partial") and event.id is not None:
                self.document_ready.emit(event.id)
            self._desk.refresh()

    def _tell(self, added: Added) -> None:
        if added.status == "duplicate":
            self.told.emit(self.tr("{0} is in the library already.").format(added.title), "info")
        elif added.status == "failed" and wants_password(Path(added.path), added.problem):
            self.password_wanted.emit(added.path, added.problem)

    def _tell_if_not_kept(self, event: object) -> None:
        """A file that was read may say that its password could not be kept."""
        if isinstance(event, Added) and event.status in ("ready", "partial") and event.problem:
            self.told.emit(event.problem, "error")

    def _on_ended(self) -> None:
        self._jobs -= 1
        if self._jobs == 0:
            self._tried = None
            self._read_scans()
        if self._jobs == 0:
            self._model.settle()
        self._desk.refresh()

    def _note_scans(self, added: Added) -> None:
        """Remember a document with scanned pages, unless the last look at it brought none."""
        if added.id is None or added.status == "duplicate":
            return
        left = len(added.scanned_pages)
        self._scans.pop(added.id, None)
        if added.status != "ready" and left and (added.id, left) != self._tried:
            self._scans[added.id] = left

    def _read_scans(self) -> None:
        """Go on with scanned pages for a moment, while there is nothing else to read."""
        if self._scans and self._desk.is_open:
            document = next(iter(self._scans))
            self._tried = (document, self._scans.pop(document))
            self._follow(self._desk.recognise(document, _SLICE_SECONDS), asked=False)
