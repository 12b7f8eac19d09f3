"""Stores what was read of a file, so that keywords find it; or why it could not be read."""

from __future__ import annotations

from pathlib import Path

from docqa.errors import DocqaError
from docqa.index.search import Search
from docqa.ingest.events import Opened
from docqa.ingest.files import stamp_of
from docqa.ingest.side_by_side import Text
from docqa.library.finishing import Unfinished
from docqa.library.identity import Identity
from docqa.library.losing import lose
from docqa.library.outcome import REMOVED, told, unusable
from docqa.model import Added, Document
from docqa.store.documents import DocumentChanges
from docqa.store.store import Store

_TAKEN = "Another PDF in the library has become the same as this one."
_EARLIER = "This is its earlier text: the file has changed since. {0}"


class Storing:
    """Stores texts."""

    def __init__(self, store: Store, search: Search) -> None:
        self._store = store
        self._search = search

    def store(self, text: Text, identity: Identity | None) -> Unfinished | Added:
        """Store a text: what is left to do for it, or why there is nothing to be done.

        ``identity`` is what the file was when it was registered, if it was.
        """
        try:
            if text.problem is not None:
                return self._not_read(text, text.problem)
            if text.opened is not None:
                self._save(text, text.opened, identity)
        except DocqaError as error:
            return self._failure(text, str(error))
        document = self._store.documents.get(text.document.id)
        if document is None:
            return unusable(text.document.path, REMOVED)
        return Unfinished(document.id, document.path, document.passages, text.seconds)

    def _save(self, text: Text, opened: Opened, identity: Identity | None) -> None:
        id = text.document.id
        before = self._store.documents.get(id)
        if before is not None and before.passages:
            # Also before: should docqa be killed in between, no copy of the vectors is left that
            # has more than the database.
            self._search.remove([id])
        with self._store.database.write():
            self._store.pages.replace(id, text.pages, opened.sections, text.passages)
            changes = self._identified(id, text.document.path, identity)
            changes["title"] = opened.title or text.document.path.stem
            changes["pages"] = opened.page_count
            changes["status"] = "indexing"
            changes["problem"] = None
            changes["seconds"] = text.seconds
            changes["viewable"] = opened.viewable
            self._store.documents.update(id, **changes)
        if before is not None and before.passages:
            self._search.remove([id])
            self._search.refresh()

    def _identified(self, id: int, path: Path, identity: Identity | None) -> DocumentChanges:
        """What is kept of the file that was read; DocqaError if another document is the same."""
        if identity is None:
            return {}
        same = self._store.documents.by_hash(identity.sha256)
        if same is not None and same.id != id:
            raise DocqaError(_TAKEN)
        changes: DocumentChanges = {"sha256": identity.sha256, **identity.columns}
        now = stamp_of(path)
        before = identity.stamp
        if before is None or now is None or now.size != before.size:
            changes["modified"] = None  # It changed meanwhile: the next look is a thorough one.
        elif before.modified not in (None, now.modified):
            changes["modified"] = None
        return changes

    def _not_read(self, text: Text, problem: str) -> Unfinished | Added:
        """What becomes of a document whose file could not be read (this time).

        If the file was not even looked at, it goes on waiting. If it changed, the earlier text
        stays. Else nothing is left of it, unless its pages were stored earlier (without any text):
        then their reason stays.
        """
        documents, id = self._store.documents, text.document.id
        document = documents.get(id)
        if document is None:
            return unusable(text.document.path, REMOVED)
        if text.untried:
            waits = document.problem is None or bool(document.passages)
            documents.update(id, status="queued" if waits else "failed")
        elif document.passages:
            lost = _EARLIER.format(problem)
            lose(self._store, [document], lost)
            documents.update(id, status="indexing")
            return Unfinished(id, document.path, document.passages, text.seconds, lost)
        elif not documents.discard(id):
            documents.update(id, status="failed", problem=document.problem or problem)
        return self._failure(text, problem)

    def _failure(self, text: Text, problem: str) -> Added:
        """Why it failed this time, with all that is stored of the document nevertheless."""
        document: Document | None = self._store.documents.get(text.document.id)
        if document is None:
            return unusable(text.document.path, problem)
        return told(document, "failed", problem, text.seconds)
