"""Adding documents: every PDF is registered at once, then read, then indexed; all of it resumes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from docqa.errors import DocqaError
from docqa.index.search import Search
from docqa.ingest.files import (
    check_readable,
    has_pdf_header,
    is_there,
    located,
    pdfs_under,
    sha256_of,
)
from docqa.ingest.reader import Opened, Reader
from docqa.ingest.side_by_side import SideBySide, Text, Waiting
from docqa.model import UNFINISHED, Added, AddProgress, Document, DocumentStatus
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_NO_TEXT = "It has no text: there is nothing to search or to ask."
_ONLY_SCANS = "Its pages are scanned images without text, which docqa cannot read yet."
_GONE = "The PDF was gone before it was read; add it again from where it is now."
_REPLACED = "Another PDF took its place before it was read; add it again from where it is now."
_REMOVED = "It was removed while it was being added."

_ToIndex = list[tuple[Document, float]]
"""Documents whose text is stored, and the seconds that reading took."""


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
        self._give_up_on_lost()
        waiting: list[Waiting] = []
        for path in paths:
            for registered in self._register(path, waiting):
                cancel.raise_if_set()
                yield registered
        to_index: _ToIndex = []
        for event in self._read(waiting, password, cancel):
            if isinstance(event, Text):
                yield self._store_text(event, to_index)
            else:
                yield event
        if to_index:
            self._search.load(Urgency.READING, cancel)  # No document's seconds include that.
        for document, seconds in to_index:
            yield from self._index(document, seconds, cancel)

    def remove(self, ids: Sequence[int]) -> list[int]:
        """Remove documents without a trace; DocqaError, and nothing removed, if one is unknown."""
        removed = self._store.documents.remove(ids)
        self._search.remove(removed)
        return removed

    def unfinished(self) -> list[Path]:
        """Files whose reading or indexing was interrupted; adding them again completes it."""
        self._give_up_on_lost()
        return [Path(document.path) for document in self._unfinished()]

    def _unfinished(self) -> list[Document]:
        return [one for one in self._store.documents.all() if one.status in UNFINISHED]

    def _give_up_on_lost(self) -> None:
        """Documents whose PDF went away before it was read do not wait for it for ever."""
        if self._store.database.read_only:
            return
        for document in self._unfinished():
            if document.status != "indexing" and not is_there(Path(document.path)):
                self._store.documents.update(document.id, status="failed", problem=_GONE)

    # -- registering ---------------------------------------------------------------------------

    def _register(self, path: Path, waiting: list[Waiting]) -> Iterator[AddProgress | Added]:
        try:
            files = pdfs_under(path)
        except DocqaError as error:
            lost = self._without_bytes(located(path), "", str(error))
            waiting.extend(lost)
            if not lost:
                yield _failed(path, str(error))
            return
        for file in files:
            try:
                yield self._register_file(located(file), waiting)
            except DocqaError as error:
                yield _failed(file, str(error))

    def _register_file(self, file: Path, waiting: list[Waiting]) -> AddProgress | Added:
        check_readable(file)
        if not has_pdf_header(file):
            raise DocqaError(f'"{file.name}" is not a PDF; choose a PDF file.')
        sha256 = sha256_of(file)
        waiting.extend(self._without_bytes(file, sha256, _REPLACED))
        known = self._store.documents.by_hash(sha256)
        if known is None:
            id = self._store.documents.create(str(file), sha256, file.stem)
        elif known.status in ("ready", "partial") or any(one.id == known.id for one in waiting):
            return self._duplicate(known, file)
        else:
            id = known.id
            self._store.documents.update(id, path=str(file))
        waiting.append(Waiting(id, file))
        return AddProgress(str(file), "queued", 0, 0, id)

    def _without_bytes(self, path: Path, sha256: str, problem: str) -> list[Waiting]:
        """Unfinished documents of ``path`` whose bytes are not there any more.

        Those that were read are returned: they only have to be indexed. The others have failed.
        """
        read = []
        for document in self._unfinished():
            if document.path != str(path) or document.sha256 == sha256:
                continue
            if document.status == "indexing":
                read.append(Waiting(document.id, path))
            else:
                self._store.documents.update(document.id, status="failed", problem=problem)
        return read

    def _duplicate(self, known: Document, file: Path) -> Added:
        if not is_there(Path(known.path)):  # It was moved.
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

    def _read(
        self, waiting: Sequence[Waiting], password: str | None, cancel: Cancel
    ) -> Iterator[AddProgress | Text]:
        """Read what is not read yet; yield progress and each finished text."""
        unread = []
        for one in waiting:
            document = self._store.documents.get(one.id)
            if document is not None and document.status == "indexing":
                yield Text(one)  # It was read before an interruption.
            else:
                unread.append(one)
        side_by_side = SideBySide(self._reader, self._begin, password, cancel)
        yield from side_by_side.read(unread)

    def _begin(self, id: int) -> None:
        self._store.documents.update(id, status="reading")

    def _store_text(self, text: Text, to_index: _ToIndex) -> AddProgress | Added:
        """Store a text, so that keywords find it; the document's vectors come later."""
        try:
            if text.problem is not None:
                return self._not_read(text, text.problem)
            if text.opened is not None:
                self._save(text.document, text, text.opened)
        except DocqaError as error:
            return self._failure(text.document, str(error), text.seconds)
        document = self._store.documents.get(text.document.id)
        if document is None:
            return _failed(text.document.path, _REMOVED)
        if document.status == "failed":
            return _added(document, "failed", text.seconds)
        to_index.append((document, text.seconds))
        return AddProgress(document.path, "indexing", 0, document.passages, document.id)

    def _not_read(self, text: Text, problem: str) -> Added:
        """What becomes of a document whose file could not be read (this time).

        If the file was not even looked at, it goes on waiting. Else nothing is left of it, unless
        its pages were stored earlier (without any text): then their reason stays.
        """
        documents, id = self._store.documents, text.document.id
        document = documents.get(id)
        if document is None:
            return _failed(text.document.path, _REMOVED)
        if text.untried:
            documents.update(id, status="queued" if document.problem is None else "failed")
        elif not documents.discard(id):
            documents.update(id, status="failed", problem=document.problem or problem)
        return self._failure(text.document, problem, text.seconds)

    def _failure(self, waiting: Waiting, problem: str, seconds: float) -> Added:
        """Why it failed this time, with all that is stored of the document nevertheless."""
        document = self._store.documents.get(waiting.id)
        if document is None:
            return _failed(waiting.path, problem)
        return _added(document, "failed", seconds, problem)

    def _save(self, waiting: Waiting, text: Text, opened: Opened) -> None:
        status: DocumentStatus = "indexing"
        problem = None
        if not any(page.text.strip() for page in text.pages):
            status = "failed"
            problem = _ONLY_SCANS if any(page.scanned for page in text.pages) else _NO_TEXT
        with self._store.database.write():
            self._store.pages.replace(waiting.id, text.pages, opened.sections, text.passages)
            self._store.documents.update(
                waiting.id,
                title=opened.title or waiting.path.stem,
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
        try:
            for done, total in self._search.index_passages(
                document.id, urgency=Urgency.READING, cancel=cancel
            ):
                yield AddProgress(document.path, "indexing", done, total, document.id)
            seconds += time.monotonic() - started
            yield self._finish(document.id, seconds)
        except DocqaError as error:
            yield self._failure(Waiting(document.id, Path(document.path)), str(error), seconds)

    def _finish(self, id: int, seconds: float) -> Added:
        """All is done: say so, and which pages are missing; DocqaError if it was removed."""
        now = self._store.documents.get(id)
        if now is None:
            raise DocqaError(_REMOVED)
        problem = _page_problem(now)
        status: DocumentStatus = "ready" if problem is None else "partial"
        self._store.documents.update(id, status=status, problem=problem, seconds=seconds)
        return _added(now, status, seconds, problem)


def _failed(path: Path, problem: str) -> Added:
    """A path of which nothing is stored."""
    absolute = located(path)
    return Added(None, str(absolute), absolute.stem, 0, 0, "failed", problem)


def _added(
    document: Document, status: DocumentStatus, seconds: float, problem: str | None = None
) -> Added:
    assert status in ("ready", "partial", "failed")
    return Added(
        id=document.id,
        path=document.path,
        title=document.title,
        pages=document.pages,
        passages=document.passages,
        status=status,
        problem=problem or document.problem,
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
