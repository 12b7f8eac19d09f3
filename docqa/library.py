"""Adding documents: every PDF is registered at once, then read, then indexed; all of it resumes."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from docqa.errors import Cancelled, DocqaError
from docqa.index.search import Search
from docqa.ingest.files import check_readable, has_pdf_header, pdfs_under, sha256_of
from docqa.ingest.reader import Opened, PageRead, Reader
from docqa.model import Added, AddProgress, Document, DocumentStatus, Page, Passage
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_NO_TEXT = "It has no text: there is nothing to search or to ask."
_ONLY_SCANS = "Its pages are scanned images without text, which docqa cannot read yet."


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A document that is registered and has yet to be read."""

    id: int
    path: Path


@dataclass(slots=True)
class _Text:
    """What a reader found in one file, until it is stored in one go."""

    document: _Waiting
    opened: Opened | None = None
    pages: list[Page] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    seconds: float = 0.0
    problem: str | None = None
    bug: Exception | None = None


class Library:
    """Adds PDFs to a workspace and removes them."""

    def __init__(self, store: Store, search: Search, reader: Reader) -> None:
        self._store = store
        self._search = search
        self._reader = reader

    def add(
        self, paths: Sequence[Path], password: str | None, cancel: Cancel
    ) -> Iterator[AddProgress | Added]:
        """Yield progress, and one Added per PDF or unusable path; as Workspace.add."""
        waiting: list[_Waiting] = []
        for path in paths:
            for registered in self._register(path, waiting):
                cancel.raise_if_set()
                yield registered
        to_index: list[tuple[Document, float]] = []
        for event in self._read_all(waiting, password, cancel):
            if isinstance(event, _Text):
                yield from self._store_text(event, to_index)
            else:
                yield event
        for document, seconds in to_index:
            yield from self._index(document, seconds, cancel)

    def remove(self, ids: Sequence[int]) -> list[int]:
        """Remove documents without a trace; DocqaError, and nothing removed, if one is unknown."""
        removed = self._store.documents.remove(ids)
        self._search.remove(removed)
        return removed

    def unfinished(self) -> list[Path]:
        """Files whose reading or indexing was interrupted; adding them again completes it."""
        return [
            Path(document.path)
            for document in self._store.documents.all()
            if document.status in ("queued", "reading", "indexing")
        ]

    # -- registering ---------------------------------------------------------------------------

    def _register(self, path: Path, waiting: list[_Waiting]) -> Iterator[AddProgress | Added]:
        try:
            files = pdfs_under(path)
        except DocqaError as error:
            yield _failed(path, str(error))
            return
        for file in files:
            try:
                yield self._register_file(_resolved(file), waiting)
            except DocqaError as error:
                yield _failed(file, str(error))

    def _register_file(self, file: Path, waiting: list[_Waiting]) -> AddProgress | Added:
        check_readable(file)
        if not has_pdf_header(file):
            raise DocqaError(f'"{file.name}" is not a PDF; choose a PDF file.')
        sha256 = sha256_of(file)
        known = self._store.documents.by_hash(sha256)
        if known is None:
            id = self._store.documents.create(str(file), sha256, file.stem)
        elif known.status in ("ready", "partial") or any(one.id == known.id for one in waiting):
            return self._duplicate(known, file)
        else:
            id = known.id
            self._store.documents.update(id, path=str(file), problem=None)
        waiting.append(_Waiting(id, file))
        return AddProgress(str(file), "queued", 0, 0, id)

    def _duplicate(self, known: Document, file: Path) -> Added:
        if not Path(known.path).exists():  # It was moved.
            self._store.documents.update(known.id, path=str(file))
        return Added(
            id=known.id,
            path=str(file),
            title=known.title,
            pages=known.pages,
            passages=known.passages,
            status="duplicate",
            problem=f"It is in the library already, as document {known.id}.",
            failed_pages=known.failed_pages,
            scanned_pages=known.scanned_pages,
        )

    # -- reading -------------------------------------------------------------------------------

    def _read_all(
        self, waiting: Sequence[_Waiting], password: str | None, cancel: Cancel
    ) -> Iterator[AddProgress | _Text]:
        """Read files side by side, a process each; yield progress and each finished text."""
        unread = [one for one in waiting if self._status(one.id) != "indexing"]
        events: queue.SimpleQueue[AddProgress | _Text] = queue.SimpleQueue()
        stop = Cancel()
        for one in waiting:
            if one not in unread:
                yield _Text(one)  # It was read before an interruption.
        with (
            cancel.linked(stop.set),
            ThreadPoolExecutor(max(1, (os.cpu_count() or 2)), "read") as pool,
        ):
            for one in unread:
                pool.submit(self._read, one, password, stop, events)
            left = len(unread)
            try:
                while left:
                    event = events.get()
                    left -= isinstance(event, _Text)
                    cancel.raise_if_set()
                    if isinstance(event, _Text) and event.bug is not None:
                        raise event.bug
                    yield event
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)

    def _status(self, id: int) -> DocumentStatus | None:
        document = self._store.documents.get(id)
        return document.status if document else None

    def _read(
        self,
        document: _Waiting,
        password: str | None,
        stop: Cancel,
        events: queue.SimpleQueue[AddProgress | _Text],
    ) -> None:
        """Read one file into a text (on a thread of the pool); failures are told in it."""
        started = time.monotonic()
        text = _Text(document)
        try:
            stop.raise_if_set()
            for event in self._reader.read(document.path, password=password, cancel=stop):
                if isinstance(event, Opened):
                    text.opened = event
                else:
                    _take(event, text)
                pages = text.opened.page_count if text.opened else 0
                events.put(
                    AddProgress(str(document.path), "reading", len(text.pages), pages, document.id)
                )
        except DocqaError as error:
            text.problem = str(error)
        except Cancelled:
            text.problem = "Reading was stopped."
        except Exception as error:
            text.bug = error
        finally:
            text.seconds = time.monotonic() - started
            events.put(text)

    def _store_text(
        self, text: _Text, to_index: list[tuple[Document, float]]
    ) -> Iterator[AddProgress | Added]:
        """Store a text, so that keywords find it; the document's vectors come later."""
        id, path = text.document.id, text.document.path
        try:
            if text.problem is not None:
                self._forget_new(id)
                yield _failed(path, text.problem)
                return
            if text.opened is not None:
                self._save(id, text, text.opened)
            document = self._store.documents.get(id)
            if document is None:
                yield _failed(path, "It was removed while it was being read.")
            elif document.status == "failed":
                yield _added(document, "failed", text.seconds)
            else:
                to_index.append((document, text.seconds))
                yield AddProgress(str(path), "indexing", 0, document.passages, id)
        except DocqaError as error:
            yield _failed(path, str(error), id)

    def _forget_new(self, id: int) -> None:
        """A file that cannot be read at all leaves nothing behind."""
        if self._status(id) in ("queued", "reading"):
            self._store.documents.remove([id])

    def _save(self, id: int, text: _Text, opened: Opened) -> None:
        status: DocumentStatus = "indexing"
        problem = None
        if not any(page.text.strip() for page in text.pages):
            status = "failed"
            problem = _ONLY_SCANS if any(page.scanned for page in text.pages) else _NO_TEXT
        with self._store.database.write():
            self._store.pages.replace(id, text.pages, opened.sections, text.passages)
            self._store.documents.update(
                id,
                title=opened.title or text.document.path.stem,
                pages=opened.page_count,
                status=status,
                problem=problem,
                seconds=text.seconds,
            )

    # -- indexing ------------------------------------------------------------------------------

    def _index(
        self, document: Document, seconds: float, cancel: Cancel
    ) -> Iterator[AddProgress | Added]:
        started = time.monotonic()
        problem = None
        try:
            for done, total in self._search.index_passages(
                document.id, urgency=Urgency.READING, cancel=cancel
            ):
                yield AddProgress(document.path, "indexing", done, total, document.id)
            seconds += time.monotonic() - started
            status: DocumentStatus = "partial" if _incomplete(document) else "ready"
            self._store.documents.update(document.id, status=status, seconds=seconds)
        except DocqaError as error:
            problem = str(error)
        now = self._store.documents.get(document.id)
        if now is None:
            yield _failed(Path(document.path), "It was removed while it was being added.")
        elif problem is not None:
            yield _failed(Path(document.path), problem, document.id)
        else:
            yield _added(now, "partial" if now.status == "partial" else "ready", seconds)


def _resolved(path: Path) -> Path:
    return path.expanduser().resolve()


def _take(event: PageRead, text: _Text) -> None:
    text.pages.append(event.page)
    text.passages.extend(event.passages)


def _incomplete(document: Document) -> bool:
    return bool(document.failed_pages or document.scanned_pages)


def _failed(path: Path, problem: str, id: int | None = None) -> Added:
    absolute = _resolved(path)
    return Added(id, str(absolute), absolute.stem, 0, 0, "failed", problem)


def _added(document: Document, status: DocumentStatus, seconds: float) -> Added:
    assert status in ("ready", "partial", "failed")
    return Added(
        id=document.id,
        path=document.path,
        title=document.title,
        pages=document.pages,
        passages=document.passages,
        status=status,
        problem=document.problem or _page_problem(document),
        failed_pages=document.failed_pages,
        scanned_pages=document.scanned_pages,
        seconds=seconds,
    )


def _page_problem(document: Document) -> str | None:
    problems = []
    if document.failed_pages:
        problems.append(f"{_pages(document.failed_pages)} could not be read")
    if document.scanned_pages:
        problems.append(f"{_pages(document.scanned_pages)} without text: scanned images")
    return "; ".join(problems) + "." if problems else None


def _pages(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")
    return f"{'Page' if len(numbers) == 1 else 'Pages'} {shown}"
