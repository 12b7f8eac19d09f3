"""Adding documents: every PDF is registered at once, then read, then indexed; all of it resumes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from docqa.errors import DocqaError
from docqa.index.search import Search
from docqa.ingest.files import is_there, is_unchanged, pdfs_under, stamp_of
from docqa.ingest.reader import Reader
from docqa.ingest.side_by_side import Text
from docqa.library.finishing import Finishing, Recogniser, Unfinished
from docqa.library.folders import WatchedFolders
from docqa.library.identity import Identities
from docqa.library.passwords import Passwords
from docqa.library.reading import Reading
from docqa.library.registering import Registering
from docqa.library.storing import Storing
from docqa.model import UNFINISHED, Added, AddProgress, Document, FileStamp
from docqa.process import Cancel
from docqa.store.store import Store

_GONE = "The PDF was gone before it was read; add it again from where it is now."


class Library:
    """Adds PDFs to a workspace and removes them."""

    def __init__(
        self,
        store: Store,
        search: Search,
        reader: Reader,
        recogniser: Recogniser | None = None,
        passwords: Passwords | None = None,
    ) -> None:
        """``recogniser`` reads scanned pages; without one they stay unread."""
        self._store = store
        self._search = search
        self._reader = reader
        self._identities = Identities(store)
        self._storing = Storing(store, search)
        self._finishing = Finishing(store, search, recogniser)
        self._failed: dict[Path, FileStamp | None] = {}
        self.passwords = passwords or Passwords()
        self.folders = WatchedFolders(store)

    def add(
        self,
        paths: Sequence[Path],
        password: str | None,
        cancel: Cancel,
        *,
        remember: bool = False,
        recognise_until: float = math.inf,
    ) -> Iterator[AddProgress | Added]:
        """Yield progress, and one Added per PDF or unusable path; as Workspace.add."""
        self._give_up_on_lost()
        registering = self._registering(asked=True)
        for path in paths:
            for event in self._register(path, registering):
                cancel.raise_if_set()
                yield event
        yield from self._complete(registering, password, remember, cancel, recognise_until)

    def recognise(
        self, document_id: int, seconds: float, cancel: Cancel
    ) -> Iterator[AddProgress | Added]:
        """Go on with the scanned pages of a document; as Workspace.recognise."""
        registering = self._registering(asked=True)
        if registering.scans(document_id):
            yield from self._complete(registering, None, False, cancel, seconds)

    def rescan(
        self,
        folders: Sequence[Path] | None,
        cancel: Cancel,
        *,
        recognise_until: float = math.inf,
    ) -> Iterator[AddProgress | Added]:
        """Take in what changed in watched folders; as Workspace.rescan."""
        self._give_up_on_lost()
        registering = self._registering(asked=False)
        for file in self.folders.files(folders):
            cancel.raise_if_set()
            if is_unchanged(self._failed.get(file), stamp_of(file)):
                continue  # It would fail again.
            event = registering.file(file)
            if event is not None:
                yield self._noted(event)
        yield from self._complete(registering, None, False, cancel, recognise_until)

    def remove(self, ids: Sequence[int]) -> list[int]:
        """Remove documents without a trace; DocqaError, and nothing removed, if one is unknown."""
        found = [self._store.documents.get(id) for id in ids]
        documents = [document for document in found if document is not None]
        kept = self._store.documents.with_kept_password()
        if len(documents) == len(found):
            self.folders.leave_out(documents)  # Before, so that no rescan comes in between.
        removed = self._store.documents.remove(ids)
        self._search.remove(removed)
        for document in documents:
            self.passwords.forget(document.sha256, kept=document.id in kept)
        return removed

    def unfinished(self) -> list[Path]:
        """Files whose reading or indexing was interrupted; adding them again completes it.

        So are those with scanned pages that wait to be read, if that is possible here.
        """
        self._give_up_on_lost()
        unfinished = self._unfinished()
        if self._finishing.recognises():
            unfinished += [
                one
                for one in self._store.documents.all()
                if one.status in ("partial", "failed")
                and self._store.pages.to_recognise(one.id)
                and is_there(Path(one.path))
            ]
        return [Path(document.path) for document in unfinished]

    def password_of(self, document_id: int) -> str | None:
        """The password that opens a document's file, as Workspace.password_of."""
        document = self._store.documents.get(document_id)
        if document is None:
            return None
        if document_id in self._store.documents.with_kept_password():
            return self.passwords.of(document.sha256)
        return self.passwords.given(document.sha256)

    def keep_password(self, document_id: int, password: str) -> str | None:
        """Keep the password of a document's file, as Workspace.keep_password."""
        document = self._store.documents.get(document_id)
        if document is None:
            return None
        self.passwords.know(document.sha256, password)
        return self._keep(document, password)

    def _keep(self, document: Document, password: str) -> str | None:
        """Put a password into the keyring; a sentence for the person if that fails."""
        trouble = self.passwords.keep(document.sha256, password)
        try:
            self._store.documents.update(document.id, password_kept=trouble is None)
        except DocqaError as error:  # It was removed while the keyring asked the person.
            self.passwords.forget(document.sha256, kept=trouble is None)
            return str(error)
        return trouble

    def _unfinished(self) -> list[Document]:
        return [one for one in self._store.documents.all() if one.status in UNFINISHED]

    def _give_up_on_lost(self) -> None:
        """Documents whose PDF went away before it was read do not wait for it for ever.

        Those of which there is an earlier text go on with that.
        """
        if self._store.database.read_only:
            return
        for document in self._unfinished():
            if document.status == "indexing" or is_there(Path(document.path)):
                continue
            if document.passages:
                self._store.documents.update(document.id, status="indexing")
            else:
                self._store.documents.update(document.id, status="failed", problem=_GONE)

    def _registering(self, *, asked: bool) -> Registering:
        return Registering(self._store, self._identities, self._finishing.recognises, asked=asked)

    def _register(self, path: Path, registering: Registering) -> Iterator[AddProgress | Added]:
        """Register a file, or the PDFs of a folder."""
        try:
            files = pdfs_under(path)
        except DocqaError as error:
            event = registering.unusable(path, str(error))
            if event is not None:
                yield event
            return
        for file in files:
            event = registering.file(file)
            if event is not None:
                yield event

    def _complete(
        self,
        registering: Registering,
        password: str | None,
        remember: bool,
        cancel: Cancel,
        recognise_until: float,
    ) -> Iterator[AddProgress | Added]:
        """Read, store, index and recognise what is waiting."""
        reading = Reading(self._store, self._reader, self.passwords, password, cancel)
        unfinished: list[Unfinished] = []
        for event in reading.read(list(registering.waiting.values()), registering.identities):
            if not isinstance(event, Text):
                yield event
                continue
            self._know_password(event, reading, registering)
            stored = self._storing.store(event, registering.identities.get(event.document.id))
            if isinstance(stored, Added):
                yield self._noted(stored)
            else:
                unfinished.append(stored)
                yield AddProgress(stored.path, "indexing", 0, stored.passages, stored.id)
        for told in self._finishing.finish(unfinished, cancel, recognise_until):
            if isinstance(told, Added):
                told = self._with_password(told, reading, remember)
                yield self._noted(told)
            else:
                yield told

    def _know_password(self, text: Text, reading: Reading, registering: Registering) -> None:
        """A password that opened a file is needed again, for its scanned pages and the viewer."""
        unlocked = reading.unlocked.get(text.document.id)
        identity = registering.identities.get(text.document.id)
        if unlocked is not None and identity is not None:
            self.passwords.know(identity.sha256, unlocked.password)

    def _with_password(self, told: Added, reading: Reading, remember: bool) -> Added:
        """Keep the password of a document where the person wants it; say so if that fails."""
        document = self._store.documents.get(told.id) if told.id is not None else None
        if document is None or document.id not in reading.unlocked:
            return told
        unlocked = reading.unlocked[document.id]
        was_kept = document.id in self._store.documents.with_kept_password()
        if not remember and not was_kept:
            return told
        trouble = self._keep(document, unlocked.password)
        if unlocked.former != document.sha256:
            self.passwords.forget(unlocked.former, kept=was_kept)
        if trouble is None:
            return told
        return replace(told, problem=" ".join(filter(None, (told.problem, trouble))))

    def _noted(self, event: AddProgress | Added) -> AddProgress | Added:
        """Remember files that fail, so that a rescan does not try them before they change."""
        if isinstance(event, Added) and event.status == "failed":
            path = Path(event.path)
            self._failed[path] = stamp_of(path)
        return event
