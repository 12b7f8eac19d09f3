"""What a person reads in the terminal: the dataclasses as plain, aligned lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from docqa.console import Share, clock, shorten, table
from docqa.model import (
    Added,
    AddProgress,
    Answer,
    Citation,
    Document,
    DocumentSummary,
    FoundNote,
    Hit,
    Marked,
    Note,
    Prepared,
    PrepareProgress,
    WatchedFolder,
)
from docqa.report import SearchResult
from docqa.settings import ServerSettings

_WIDTH = 96
_STATES = {"ready": "Added", "partial": "Partly", "duplicate": "Known", "failed": "Failed"}
_ROUTES = {
    "prepared": "prepared before you asked",
    "notes": "from notes",
    "passages": "read just now",
    "deep": "read in depth",
    "not_found": "not found",
}
_STOPS = {
    "complete": "nothing is left to prepare",
    "budget": "the time is used up",
    "cancelled": "stopped by you",
}


def leaving(server: ServerSettings) -> str:
    """The sign that must be seen before anything is sent to a server."""
    model = server.model or "a model"
    return f"Answers leave this computer: they are written by {model} on {server.host}."


def added(entry: Added) -> Iterator[str]:
    """One line for an added document, and why something is missing."""
    state = _STATES[entry.status]
    if entry.id is None:
        yield f"{state:<7} {entry.path}"
    else:
        amounts = f"{count(entry.pages, 'page')}, {count(entry.passages, 'passage')}"
        yield f"{state:<7} {entry.title} (id {entry.id}): {amounts}, {clock(entry.seconds)}"
    if entry.problem:
        yield f"        {entry.problem}"


def added_all(entries: Sequence[Added]) -> Iterator[str]:
    """The sum, where there is more than one document."""
    if len(entries) > 1:
        states = [state for state in _STATES if any(entry.status == state for entry in entries)]
        counts = (
            f"{sum(entry.status == state for entry in entries)} {_STATES[state].lower()}"
            for state in states
        )
        yield f"{', '.join(counts)}."


def adding(progress: AddProgress, name: str) -> tuple[str, str, Share]:
    """What to show while a document is added: the topic, the amount and the share."""
    unit = "passages" if progress.stage == "indexing" else "pages"
    amount = f"{progress.done}/{progress.total} {unit}"
    return f"{progress.stage.capitalize()} {name}", amount, (progress.done, progress.total)


def listed(summaries: Sequence[DocumentSummary]) -> Iterator[str]:
    """A table of the library."""
    if not summaries:
        yield "The library is empty. Add PDFs with: docqa add PATH..."
        return
    rows = [
        (
            str(summary.document.id),
            shorten(summary.document.title, 44),
            str(summary.document.pages),
            summary.document.status,
            f"{round(100 * summary.prepared)} %",
            _counts(summary.notes.items()) or "-",
        )
        for summary in summaries
    ]
    yield from table(("id", "title", "pages", "state", "prepared", "notes"), rows)
    for summary in summaries:
        if summary.document.problem:
            yield f"{summary.document.id}: {summary.document.problem}"
        if summary.missing:
            yield f"{summary.document.id}: Its file is not where it was: {summary.document.path}"


def missing(document: Document) -> str:
    """One line for a document whose file went away while somebody watched."""
    return f"{'Missing':<7} {document.title} (id {document.id}): {document.path}"


def folders(watched: Sequence[WatchedFolder]) -> Iterator[str]:
    """The watched folders, each with what is in it."""
    if not watched:
        yield "No folder is watched. Watch one with: docqa watch FOLDER"
    for folder in watched:
        missing = f", {folder.missing} missing" if folder.missing else ""
        yield f"{folder.path}: {count(folder.documents, 'document')}{missing}"


def found(result: SearchResult) -> Iterator[str]:
    """The passages that a query found, with its words between stars, and the notes that fit."""
    if result.error is not None:
        yield result.error
    elif not result.hits and not result.notes:
        yield "Nothing found."
    elif result.shown and not any(one.snippet.marks for one in result.shown):
        yield "No passage has these words; the nearest in meaning:"
    for number, one in enumerate(result.shown, start=1):
        yield f"{number}. {place(one.hit)}  (score {one.hit.score:.2f})"
        yield from _wrapped(_starred(one.snippet), 3)
        yield ""
    if result.notes:
        yield "Prepared answers"
        for note in result.notes:
            yield from _found_note(note)
        yield ""
    yield f"{count(len(result.hits), 'passage')} in {moment(result.seconds)}"


def _found_note(found: FoundNote) -> Iterator[str]:
    pages = page_ranges(evidence.page for evidence in found.note.evidence)
    where = f"{found.document}, page {pages}" if pages else found.document
    if found.note.question:
        yield from _wrapped(f"- {_starred(found.heading)}", 0, hang=2)
        yield from _wrapped(f"{_starred(found.text)} ({where})", 2)
    else:
        yield from _wrapped(f"- {_starred(found.text)} ({where})", 0, hang=2)


def _starred(marked: Marked) -> str:
    """The text with stars around what was looked for; words side by side share them."""
    pieces, end = [], 0
    spans: list[tuple[int, int]] = []
    for start, stop in marked.marks:
        if spans and marked.text[spans[-1][1] : start] in ("", " "):
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    for start, stop in spans:
        pieces += [marked.text[end:start], f"*{marked.text[start:stop]}*"]
        end = stop
    return "".join([*pieces, marked.text[end:]])


def answer(given: Answer, *, streamed: str | None = None) -> Iterator[str]:
    """An answer with its sources; ``streamed`` is what the person has already seen of it."""
    if not given.found or given.text is None:
        yield "Not found in your documents."
        for hit in given.nearest[:3]:
            yield f"  nearest: {place(hit)}: {shorten(hit.text, 60)}"
    elif streamed is None or streamed.strip() != given.text.strip():
        if streamed is not None:
            yield "Checked against the pages, the answer is:"
        yield from _wrapped(_marked(given), 0)
    yield ""
    if given.found:
        for number, citation in enumerate(given.citations, start=1):
            yield f"[{number}] {place(citation)}"
            yield from _quoted(citation.quote, 4)
    yield measured(given)


def measured(given: Answer) -> str:
    """How it was answered and what that cost, on one line."""
    usage, seconds = given.usage, given.seconds
    read = f"{usage.prompt_tokens} tokens read"
    if usage.cached_tokens:
        read += f" ({usage.cached_tokens} remembered)"
    first = f"first word after {moment(seconds.first_token)}, " if given.found else ""
    return (
        f"({_ROUTES[given.route]}; {read}, {usage.completion_tokens} written; "
        f"{first}{moment(seconds.total)} in all)"
    )


def preparing(progress: PrepareProgress) -> tuple[str, str, Share]:
    """What to show while preparing: the topic, what came of it so far and the share."""
    steps = progress.steps
    done = steps.done + steps.failed
    total = done + steps.pending
    text = f"{done}/{total} steps, {progress.verified} kept, {progress.rejected} rejected"
    if progress.seconds_left is not None:
        text += f", {clock(progress.seconds_left)} left"
    return f"Preparing {shorten(progress.document, 30)}", text, (done, total)


def prepared(end: Prepared) -> Iterator[str]:
    """What a preparation brought."""
    steps = end.steps
    yield (
        f"Prepared for {clock(end.seconds)}: {count(steps.done, 'step')} done, "
        f"{steps.failed} failed, {steps.pending} pending ({_STOPS[end.stopped]})."
    )
    kinds = _counts(end.by_kind.items())
    kept = f"{count(end.verified, 'note')} kept" + (f" ({kinds})" if kinds else "")
    yield f"{kept}, {end.rejected} rejected."
    for reason, times in sorted(end.rejected_by_reason.items(), key=lambda item: -item[1]):
        yield f"  {times:>4} rejected: {reason}"
    usage = end.usage
    yield (
        f"{usage.prompt_tokens} tokens read ({usage.cached_tokens} remembered), "
        f"{usage.completion_tokens} written."
    )


def notes(found_notes: Sequence[Note]) -> Iterator[str]:
    """What was prepared, each note with its page and quote."""
    if not found_notes:
        yield "There are no such notes. Write some with: docqa prepare --minutes 10"
    for note in found_notes:
        pages = page_ranges(evidence.page for evidence in note.evidence)
        where = f"document {note.document_id}, page {pages}"
        state = "" if note.status == "verified" else f" {note.status}"
        reason = f" ({note.reason})" if note.reason else ""
        yield f"{note.id:>4}  {note.kind}{state}{reason}  {where}"
        if note.question:
            yield from _wrapped(note.question, 6)
        yield from _wrapped(note.text, 6)
        for evidence in note.evidence:
            yield from _quoted(evidence.quote, 10)


def prepared_question(note: Note) -> Iterator[str]:
    """A prepared question with its answer and its page."""
    pages = page_ranges(evidence.page for evidence in note.evidence)
    yield f"- {note.question}"
    yield from _wrapped(f"{note.text} (page {pages})", 2)


def place(source: Hit | Citation) -> str:
    """Where something stands, for a person."""
    return f"{source.document}, page {source.page}"


def moment(seconds: float) -> str:
    """A short time for a person: ``0.1 ms``, ``42 ms`` or ``1.25 s``."""
    if seconds >= 0.1:
        return f"{seconds:.2f} s"
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.1f} ms"


def count(number: int, noun: str) -> str:
    """A number with its noun: ``1 page``, ``2 pages``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def page_ranges(pages: Iterable[int]) -> str:
    """Page numbers in short: ``3-5, 9``."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _marked(given: Answer) -> str:
    """The answer with the numbers of its sources behind each sentence, if they fit the text."""
    if not given.sentences or given.text is None:
        return given.text or ""
    return " ".join(
        sentence.text.strip() + "".join(f" [{number}]" for number in sentence.citations)
        for sentence in given.sentences
    )


def _quoted(text: str, indent: int) -> list[str]:
    """A quote without the line breaks of its page."""
    return _wrapped(f"“{' '.join(text.split())}”", indent)


def _wrapped(text: str, indent: int, *, hang: int = 0) -> list[str]:
    """The lines of a text; what goes on from a line too long is ``hang`` further in."""
    blanks = " " * indent
    return [
        line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(
            paragraph, _WIDTH, initial_indent=blanks, subsequent_indent=blanks + " " * hang
        )
    ]


def _counts(by_kind: Iterable[tuple[str, int]]) -> str:
    return ", ".join(count(number, kind) for kind, number in by_kind if number)
