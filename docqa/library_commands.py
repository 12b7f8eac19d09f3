"""The commands about the library: adding and removing, watched folders."""

from __future__ import annotations

import contextlib
import math
import queue
from collections.abc import Iterator
from pathlib import Path

from docqa import human, password_prompt, report
from docqa.console import Console
from docqa.context import Context, Outcome
from docqa.errors import Cancelled, DocqaError
from docqa.ingest.files import wants_password
from docqa.library import Watcher
from docqa.model import Added, AddProgress, Document
from docqa.report import Shape
from docqa.workspace import Workspace

_TRIES = 3
"""How often somebody may mistype the password of a file."""
_RECOGNISE_UNTIL = 30.0
"""Seconds: so long ``add`` goes on to scanned pages of one file. A dense page takes some 5 to 15,
and a command should come to its end within a minute a file unless it was asked for more."""
_LOOK_SECONDS = 0.2
"""How soon Ctrl-C is noticed while nothing changes."""


def add(context: Context) -> Outcome:
    """Add PDFs; what was finished before a stop or a failure is still told."""
    options = context.options
    data: Shape = {}
    code = 0
    with context.open() as workspace:
        until = math.inf if options.all_scans else _RECOGNISE_UNTIL
        adding = _Adding(
            context, workspace, remember=options.remember_password, recognise_until=until
        )
        try:
            adding.add(options.paths, options.password)
        except Cancelled:
            data["cancelled"] = True
            context.console.hint("Stopped; give the same command again to add the rest.")
        except DocqaError as error:
            data["error"] = str(error)
            context.console.hint(f"docqa: {error}")
            code = 1
    entries = adding.entries
    if any(entry.scanned_pages and entry.seconds > until for entry in entries):
        context.console.hint('Scanned pages are left: "docqa add --all-scans" reads them all.')
    if any(entry.status == "failed" for entry in entries):
        code = 1
    return Outcome(report.added(entries) | data, human.added_all(entries), code)


def list_documents(context: Context) -> Outcome:
    """List the library."""
    with context.open(read_only=True) as workspace:
        summaries = workspace.documents()
    return Outcome(report.listed(summaries), human.listed(summaries))


def remove(context: Context) -> Outcome:
    """Remove documents, all of them or none."""
    with context.open_existing() as workspace:
        removed = workspace.remove(context.options.ids)
    names = ", ".join(str(number) for number in removed)
    return Outcome(report.removed(removed), [f"Removed {names}; the PDF files are untouched."])


def folders(context: Context) -> Outcome:
    """List the watched folders, or watch some no longer."""
    forgotten = context.options.forget or ()
    with context.open_existing() if forgotten else context.open(read_only=True) as workspace:
        for path in forgotten:
            if not workspace.unwatch(path):
                raise DocqaError(f'The folder "{path}" is not watched: "docqa folders" lists them.')
        found = workspace.watched()
    return Outcome(report.folders(found), human.folders(found))


def watch(context: Context) -> Outcome:
    """Take in what changes in the watched folders until told to stop, which is a success."""
    with context.open() as workspace:
        for path in context.options.folders:
            workspace.watch(path)
        watched = workspace.watched()
        if not watched:
            raise DocqaError("No folder is watched yet: name one, as in docqa watch FOLDER.")
        adding = _Adding(context, workspace, remember=False, recognise_until=math.inf)
        with contextlib.suppress(Cancelled):
            names = ", ".join(folder.path for folder in watched)
            context.console.hint(f"Watching {names}; stop with Ctrl-C.")
            missing = _missing(workspace)
            for changed in _changes([Path(folder.path) for folder in watched], context):
                adding.rescan(changed)
                before, missing = missing, _missing(workspace)
                for id in missing.keys() - before.keys():
                    context.console.line(human.missing(missing[id]))
        found = workspace.watched()
    latest = {entry.id or entry.path: entry for entry in adding.entries}.values()
    data = report.added(latest) | report.folders(found) | {"cancelled": True}
    return Outcome(data, human.folders(found))


def _missing(workspace: Workspace) -> dict[int, Document]:
    """The documents whose files are not where they were, by id."""
    return {one.document.id: one.document for one in workspace.documents() if one.missing}


def _changes(watched: list[Path], context: Context) -> Iterator[list[Path]]:
    """Yield the folders in which something changed, until the person wants no more."""
    changes: queue.SimpleQueue[list[Path]] = queue.SimpleQueue()
    with contextlib.closing(Watcher(watched, changes.put)):
        while not context.cancel.is_set:
            with contextlib.suppress(queue.Empty):
                yield changes.get(timeout=_LOOK_SECONDS)


class _Adding:
    """Adds, shows how far it is, and keeps what became of each file."""

    def __init__(
        self, context: Context, workspace: Workspace, *, remember: bool, recognise_until: float
    ) -> None:
        self._context = context
        self._workspace = workspace
        self._remember = remember
        self._recognise_until = recognise_until
        self.entries: list[Added] = []
        """What became of the files, in the order in which that was known."""

    def add(self, paths: list[Path], password: str | None) -> None:
        """Add files; those that are protected once more, with what the person types."""
        asks = not self._context.console.json and password_prompt.can_ask()
        protected: list[Added] = []
        try:
            for entry in self._run(paths, password):
                if asks and _is_protected(entry):
                    protected.append(entry)
                else:
                    self._tell(entry)
            while protected:
                unlocked = self._unlocked(protected[0])
                del protected[0]
                self._tell(unlocked)
        finally:
            for entry in protected:
                self._tell(entry)

    def rescan(self, folders: list[Path] | None) -> None:
        """Take in what changed in watched folders."""
        for event in self._workspace.rescan(folders, cancel=self._context.cancel):
            if isinstance(event, Added):
                self._tell(event)
            else:
                show_adding(self._context.console, event)

    def _run(self, paths: list[Path], password: str | None) -> Iterator[Added]:
        for event in self._workspace.add(
            paths,
            password=password,
            remember=self._remember,
            recognise_until=self._recognise_until,
            cancel=self._context.cancel,
        ):
            if isinstance(event, Added):
                yield event
            else:
                show_adding(self._context.console, event)

    def _unlocked(self, entry: Added) -> Added:
        """What becomes of a protected file when the person was asked for its password."""
        for _ in range(_TRIES):
            self._context.console.end_progress()
            password = password_prompt.ask(f'Password of "{Path(entry.path).name}":')
            if password is None:
                break
            (entry,) = self._run([Path(entry.path)], password)
            if not _is_protected(entry):
                break
            self._context.console.hint(entry.problem or "")
        return entry

    def _tell(self, entry: Added) -> None:
        """Keep and show an entry."""
        self.entries.append(entry)
        for line in human.added(entry):
            self._context.console.line(line)


def show_adding(console: Console, event: AddProgress) -> None:
    """Show on the progress line how far a document is."""
    if event.stage != "queued":
        console.progress(*human.adding(event, Path(event.path).name))


def _is_protected(entry: Added) -> bool:
    return entry.status == "failed" and wants_password(Path(entry.path), entry.problem)
