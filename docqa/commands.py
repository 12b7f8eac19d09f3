"""The commands: each asks the workspace and says what came of it, for a script and a person."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from docqa import evaluate_commands, human, library_commands, models_commands, report
from docqa.console import Console, shorten
from docqa.context import Context, Outcome
from docqa.errors import DocqaError
from docqa.model import Answer, Delta, PrepareProgress
from docqa.report import SearchResult
from docqa.settings import ServerSettings
from docqa.workspace import Workspace

_FIRST_QUERY = "load"
_WIDTH = 90
"""Columns for a query above what it found."""


def page(context: Context) -> Outcome:
    """Show one page's text."""
    with context.open(read_only=True) as workspace:
        found = workspace.page(context.options.id, context.options.number)
    return Outcome(report.page(found), found.text.splitlines())


def search(context: Context) -> Outcome:
    """Find passages and notes for one query or, with the models loaded once, for many."""
    options = context.options
    queries = [options.query] if options.queries is None else _read_queries(options.queries)
    with context.open(read_only=True) as workspace:
        context.console.progress("Loading the search model")
        context.check_scope(workspace)
        finder = _Finder(context, workspace)
        finder.load()
        if options.queries is None:
            result = finder.find(options.query)
            return Outcome(report.search(result), human.found(result))
        results = [finder.try_to_find(query) for query in queries]
    lines = [
        line
        for result in results
        for line in (f"= {shorten(result.query, _WIDTH)}", *human.found(result))
    ]
    failed = any(result.error is not None for result in results)
    return Outcome(report.searches(results), lines, 1 if failed else 0)


def ask(context: Context) -> Outcome:
    """Answer a question; where nothing can be written it works too, only without recording."""
    options = context.options
    streamed = ""
    with _open_for_asking(context) as workspace:
        show_server(context.console, workspace)
        context.check_scope(workspace)
        context.console.progress("Looking it up")
        for event in workspace.ask(
            options.question,
            documents=options.documents,
            route=options.route,
            verbosity=options.verbosity,
            with_notes=not options.without_notes,
            cancel=context.cancel,
        ):
            if isinstance(event, Answer):
                _show_engine(context.console, workspace)
                return _answered(context.console, event, streamed, workspace.server)
            streamed += event.text
            _show_writing(context.console, event, streamed)
    raise AssertionError("the workspace gave no answer")


def prepare(context: Context) -> Outcome:
    """Read ahead until done, out of time or stopped; all of these are successes."""
    options = context.options
    with context.open_existing() as workspace:
        show_server(context.console, workspace)
        context.check_scope(workspace)
        context.console.progress("Planning")
        for event in workspace.prepare(
            documents=options.documents,
            minutes=options.minutes,
            until=options.until,
            passes=options.passes,
            cancel=context.cancel,
        ):
            if not isinstance(event, PrepareProgress):
                code = 1 if event.steps.failed else 0
                _show_engine(context.console, workspace)
                return Outcome(report.prepared(event), human.prepared(event), code)
            context.console.progress(*human.preparing(event))
    raise AssertionError("the preparation did not end")


def notes(context: Context) -> Outcome:
    """List notes."""
    options = context.options
    with context.open(read_only=True) as workspace:
        context.check_scope(workspace)
        found = workspace.notes(
            documents=options.documents, kind=options.kind, status=options.status
        )
    return Outcome(report.notes(found), human.notes(found))


COMMANDS: dict[str, Callable[[Context], Outcome]] = {
    "add": library_commands.add,
    "list": library_commands.list_documents,
    "remove": library_commands.remove,
    "watch": library_commands.watch,
    "folders": library_commands.folders,
    "page": page,
    "search": search,
    "ask": ask,
    "prepare": prepare,
    "notes": notes,
    "models": models_commands.models,
    "evaluate": evaluate_commands.evaluate,
}


class _Finder:
    """Searches one workspace with the options of the command."""

    def __init__(self, context: Context, workspace: Workspace) -> None:
        self._context = context
        self._workspace = workspace

    def load(self) -> None:
        """Let a first search load what searching needs, so that no query's time includes it."""
        with contextlib.suppress(DocqaError):  # Without the model, words must do.
            for event in self._workspace.rebuild(cancel=self._context.cancel):
                detail = f"{event.done:,} of {event.total:,} vectors"
                share = (event.done, event.total)
                self._context.console.progress("Making the index anew", detail, share)
        self.find(_FIRST_QUERY)

    def find(self, query: str) -> SearchResult:
        """Passages and the seconds they took; then the notes that fit, and what matched."""
        scope, cancel = self._context.options.documents, self._context.cancel
        started = time.perf_counter()
        hits = self._workspace.search(
            query, k=self._context.options.k, documents=scope, cancel=cancel
        )
        seconds = time.perf_counter() - started
        notes = self._workspace.look_up(
            query, documents=scope, limit=0, by_meaning=True, cancel=cancel
        ).notes
        shown = self._workspace.shown(query, hits)
        return SearchResult(query, hits, seconds, notes=notes, shown=shown)

    def try_to_find(self, query: str) -> SearchResult:
        """A result that carries its failure, so that one bad query does not lose the others."""
        try:
            return self.find(query)
        except DocqaError as error:
            return SearchResult(query, (), 0.0, str(error))


def _open_for_asking(context: Context) -> Workspace:
    """Open to record the answer, or (beside an open window, on a read-only disk) only to read."""
    try:
        return context.open_existing()
    except DocqaError as error:
        try:
            return context.open(read_only=True)
        except DocqaError:
            raise error from None


def _read_queries(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DocqaError(
            f"The queries in {path} cannot be read; give a UTF-8 text file, one query a line."
        ) from error
    queries = [line.strip() for line in text.splitlines() if line.strip()]
    if not queries:
        raise DocqaError(f"There is no query in {path}: write one a line.")
    return queries


def show_server(console: Console, workspace: Workspace) -> None:
    """Say, before anything is sent, that answers leave this computer, if they do."""
    if workspace.server is not None:
        console.hint(human.leaving(workspace.server))


def _show_writing(console: Console, event: Delta, streamed: str) -> None:
    if console.streams:
        console.stream(event.text)
    else:
        console.progress("Writing", human.count(len(streamed), "character"))


def _show_engine(console: Console, workspace: Workspace) -> None:
    """Say what the person should know about how the model ran."""
    if workspace.engine_note is not None:
        console.hint(workspace.engine_note)


def _answered(
    console: Console, answer: Answer, streamed: str, server: ServerSettings | None
) -> Outcome:
    if console.streams and streamed:
        console.line()
    if answer.still_reading:
        names = ", ".join(answer.still_reading)
        console.hint(f"Still being read, so this may not be all: {names}")
    seen = streamed if console.streams and streamed else None
    return Outcome(report.answer(answer, server), human.answer(answer, streamed=seen))
