"""Where the window's work is given out: one workspace, and one thread for each kind of work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from docqa.errors import DocqaError, WorkspaceBusy
from docqa.model import Added, AddProgress, Embedding, Rebuilding
from docqa.process import Cancel
from docqa.ui.latest import Latest
from docqa.ui.progress import calm
from docqa.ui.sight import Place, look
from docqa.ui.throttle import Throttle
from docqa.ui.workers import Job, Lane, once

if TYPE_CHECKING:
    from docqa.settings import ServerSettings
    from docqa.workspace import Workspace

MORNING = time_of_day(7, 0)
"""When "Prepare overnight" ends at the latest."""
_REFRESH_MS = 400
_SUGGEST_MS = 60
_HISTORY = 20
_WARM_UP_AFTER_MS = 400
_LONGEST_PREFIX = 200
_OBEY_SECONDS = 3.0
_DIE_SECONDS = 5.0


class OpenWorkspace(Protocol):
    """Opens the one workspace of the window; called on a thread."""

    def __call__(self, *, read_only: bool = False) -> Workspace:
        """The workspace; raises DocqaError, and WorkspaceBusy where it could only be read."""


class Desk(QObject):
    """Answers come as signals in the main thread; nothing here waits, except :meth:`close`."""

    opened = Signal()
    open_failed = Signal(str)
    documents_read = Signal(object)
    history_read = Signal(object)
    unfinished_read = Signal(object)
    suggestions_read = Signal(str, object)
    failed = Signal(str)
    told = Signal(str, str)
    """A sentence for the person, and its tone."""
    crashed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.finding = Lane("finding", self)
        self.refining = Lane("refining", self)  # What may wait for the embedder.
        self.answering = Lane("answering", self)
        self.reading = Lane("reading", self)
        self.preparing = Lane("preparing", self)
        self.embedding = Lane("embedding", self)  # Takes hours, beside reading and behind it.
        # For what may wait for somebody else: a keyring to be unlocked, a disk to wake up.
        self.errands = Lane("errands", self)
        self._workspace: Workspace | None = None
        self._former: Workspace | None = None
        self._was_open = False
        self._suggesting = Latest(self)
        self.refresh = Throttle(self._refresh, _REFRESH_MS, self)
        self.suggest = Throttle(self._suggest, _SUGGEST_MS, self)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All threads."""
        return (
            self.finding, self.refining, self.answering, self.reading, self.embedding,
            self.preparing, self.errands,
        )  # fmt: skip

    @property
    def is_open(self) -> bool:
        """Whether the workspace is there."""
        return self._workspace is not None

    @property
    def server(self) -> ServerSettings | None:
        """The server that answers come from, if they leave this computer."""
        return self._workspace.server if self._workspace is not None else None

    # -- opening and closing -------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        """Whether the workspace is there, but another docqa writes to it."""
        return self._workspace is not None and self._workspace.read_only

    def open(self, open_workspace: OpenWorkspace) -> None:
        """Open the workspace; then read what is in it, and warm the models up.

        Where another docqa writes to it, it is opened to be read; open it again to try to write.
        """
        # Behind an answer that is under way: that comes from the workspace which is there now.
        job = self.answering.submit(once(lambda: self._replace(open_workspace)))
        job.finished.connect(self._on_opened)
        job.failed.connect(self.open_failed)
        job.crashed.connect(self.crashed)

    def close(self) -> bool:
        """Stop everything, keep what is done; False if a thread did not end in time."""
        self.refresh.cancel()
        self.suggest.cancel()
        for lane in self.lanes:
            lane.close()
        self._wait(_OBEY_SECONDS)
        # Takes the children with it: a call that hangs in one ends with that.
        self._close_workspace()
        ended = self._wait(_DIE_SECONDS)
        self._close_workspace()  # It may have been opened in the meantime.
        return ended

    def _replace(self, open_workspace: OpenWorkspace) -> None:
        """Open the workspace in place of the one that is there, if any (on a thread)."""
        try:
            workspace = open_workspace()
        except WorkspaceBusy as busy:
            if self._workspace is not None:
                return  # It can be read as before.
            try:
                workspace = open_workspace(read_only=True)
            except DocqaError:
                raise busy from None
        self._former, self._workspace = self._workspace, workspace

    def _close_workspace(self) -> None:
        workspace, self._workspace = self._workspace, None
        for one in (workspace, self._former):
            if one is not None:
                with contextlib.suppress(DocqaError):
                    one.close()
        self._former = None

    def _wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        return all(
            lane.wait(max(1, round(1000 * (until - time.monotonic())))) for lane in self.lanes
        )

    def _on_opened(self) -> None:
        self.opened.emit()
        workspace = self._there()
        if not self._was_open:
            self._was_open = True
            self._find(lambda: workspace.history(_HISTORY)).connect(self.history_read)
        self.refresh()
        if not self.read_only:
            self._find(workspace.unfinished).connect(self.unfinished_read)
        self._drop_former()
        QTimer.singleShot(_WARM_UP_AFTER_MS, self, self._warm_up)

    def _drop_former(self) -> None:
        """Close the workspace that was only read, behind everything that reads it."""
        if self._former is None:
            return
        self.preparing.stop()  # It may be warming up.

        def close() -> None:
            former, self._former = self._former, None
            if former is not None:
                former.close()

        self._find(close)

    def _find(self, function: Callable[[], object]) -> SignalInstance:
        """Call a quick function of the workspace; the signal tells its result."""
        return self._watch(self.finding.submit(once(function))).finished

    def _warm_up(self) -> None:
        """Load the models, when what is on the screen is complete."""
        if self._workspace is not None:
            workspace = self._workspace
            job = self._watch(
                self.preparing.submit(lambda cancel: iter([workspace.warm_up(cancel)]))
            )
            job.ended.connect(lambda: self._tell_about_engine(workspace))

    def _tell_about_engine(self, workspace: Workspace) -> None:
        if workspace is self._workspace and workspace.engine_note is not None:
            self.told.emit(workspace.engine_note, "info")

    # -- work ----------------------------------------------------------------------------------

    def add(
        self,
        paths: Sequence[Path],
        password: str | None = None,
        keep: bool = False,
    ) -> Job:
        """Add files and folders, but for their scanned pages; yields AddProgress and Added.

        ``keep``: the password goes into the system's keyring.
        """
        workspace = self._there()

        def work(cancel: Cancel) -> Iterator[AddProgress | Added]:
            events = workspace.add(
                list(paths),
                password=password,
                remember=keep,
                recognise_until=0.0,
                cancel=cancel,
            )
            return calm(events)

        return self._watch(self.reading.submit(work))

    def recognise(self, document_id: int, seconds: float) -> Job:
        """Read scanned pages of a document for so long; yields as :meth:`add`."""
        workspace = self._there()
        return self._watch(
            self.reading.submit(
                lambda cancel: calm(workspace.recognise(document_id, seconds, cancel=cancel))
            )
        )

    def rescan(self, folders: Sequence[Path] | None = None) -> Job:
        """Take in what changed in watched folders (None: in all); yields as :meth:`add`."""
        workspace = self._there()
        return self._watch(
            self.reading.submit(
                lambda cancel: calm(workspace.rescan(folders, recognise_until=0.0, cancel=cancel))
            )
        )

    def reembed(self) -> Job:
        """Make the index of vectors, then the vectors themselves, what they are to be.

        Yields Rebuilding, then Embedding; nothing where nothing is to be done.
        """
        workspace = self._there()

        def work(cancel: Cancel) -> Iterator[Rebuilding | Embedding]:
            yield from workspace.rebuild(cancel=cancel)
            yield from workspace.reembed(cancel=cancel)

        return self._watch(self.embedding.submit(work))

    def watched(self) -> Job:
        """Read the watched folders."""
        return self._run_errand(self._there().watched)

    def watch(self, folder: Path) -> Job:
        """Watch a folder from now on."""
        workspace = self._there()
        return self._run_errand(lambda: workspace.watch(folder))

    def unwatch(self, folder: Path) -> Job:
        """Watch a folder no longer."""
        workspace = self._there()
        return self._run_errand(lambda: workspace.unwatch(folder))

    def look(self, place: Place) -> Job:
        """Read what is known of a place: a Sight."""
        workspace = self._there()
        return self._watch(self.finding.submit(once(lambda: look(workspace, place))))

    def password_of(self, document_id: int) -> Job:
        """Look for the password of a document's file; None if it is not known."""
        workspace = self._there()
        return self._run_errand(lambda: workspace.password_of(document_id))

    def keep_password(self, document_id: int, password: str) -> Job:
        """Put a password into the system's keyring; a sentence if that failed, else None."""
        workspace = self._there()
        return self._run_errand(lambda: workspace.keep_password(document_id, password))

    def find_keyring(self) -> Job:
        """Find out whether there is a keyring."""
        return self._run_errand(self._there().can_keep_passwords)

    def remove(self, ids: Sequence[int]) -> Job:
        """Remove documents at once, not behind an add that may take long."""
        workspace = self._there()
        job = self._watch(self.finding.submit(once(lambda: workspace.remove(list(ids)))))
        job.ended.connect(self.refresh)
        return job

    def ask(self, question: str, documents: Sequence[int] | None) -> Job:
        """Ask; yields Delta and, last, Answer."""
        return self.answering.submit(
            # Whichever workspace is there when its turn comes.
            lambda cancel: self._there().ask(question, documents=documents, cancel=cancel)
        )

    def look_up(
        self, text: str, documents: Sequence[int] | None, *, by_meaning: bool = False
    ) -> Job:
        """Look up what is typed: a Found, at once by words, or also by meaning."""
        workspace = self._there()
        lane = self.refining if by_meaning else self.finding
        return self._watch(
            lane.submit(
                lambda cancel: iter(
                    [
                        workspace.look_up(
                            text, documents=documents, by_meaning=by_meaning, cancel=cancel
                        )
                    ]
                )
            )
        )

    def prepare(self) -> Job:
        """Prepare until everything is done, it is morning, or it is stopped."""
        workspace = self._there()
        job = self._watch(
            self.preparing.submit(lambda cancel: workspace.prepare(until=MORNING, cancel=cancel))
        )
        job.yielded.connect(lambda _event: self.refresh())
        return job

    def _refresh(self) -> None:
        if self._workspace is not None:
            self._find(self._workspace.documents).connect(self.documents_read)

    def _suggest(self, prefix: str, documents: list[int] | None, limit: int) -> None:
        """Prepared questions for what is typed; only the latest request counts."""
        workspace = self._workspace
        if workspace is None:
            return
        if len(prefix) > _LONGEST_PREFIX:
            self.suggestions_read.emit(prefix, [])
            return
        job = self._watch(
            self.finding.submit(
                once(lambda: workspace.suggestions(prefix, documents=documents, limit=limit))
            )
        )
        self._suggesting.follow(job, lambda notes: self.suggestions_read.emit(prefix, notes))

    def _there(self) -> Workspace:
        if self._workspace is None:
            raise RuntimeError("the workspace is not open yet")
        return self._workspace

    def _run_errand(self, function: Callable[[], object]) -> Job:
        return self._watch(self.errands.submit(once(function)))

    def _watch(self, job: Job) -> Job:
        job.failed.connect(self.failed)
        job.crashed.connect(self.crashed)
        return job
