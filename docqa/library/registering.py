"""Finds out what a file is to the library: new, known, changed, moved or a duplicate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from docqa.errors import DocqaError
from docqa.ingest.files import check_readable, is_there, located, looks_like_pdf
from docqa.ingest.side_by_side import Waiting
from docqa.library.identity import Identities, Identity
from docqa.library.losing import lose
from docqa.library.outcome import told, unusable
from docqa.model import UNFINISHED, Added, AddProgress, Document
from docqa.store.store import Store

_MOVED = "It was moved here; what was made of it moved with it."
_REPLACED = "Another PDF that is in the library already took its place."


class Registering:
    """Registers the files of one call of ``add`` or ``rescan``; ``waiting`` is what has to be read.

    With ``asked`` a person named the files: each gets an answer, and what failed before is tried
    again. Else only what changed is told.
    """

    def __init__(
        self,
        store: Store,
        identities: Identities,
        recognises: Callable[[], bool],
        *,
        asked: bool,
    ) -> None:
        """``recognises`` tells whether scanned pages can be read."""
        self._store = store
        self._identities = identities
        self._recognises = recognises
        self._asked = asked
        self.waiting: dict[int, Waiting] = {}
        self.identities: dict[int, Identity] = {}
        """What the files of waiting documents were when they were registered."""

    def file(self, path: Path) -> AddProgress | Added | None:
        """Register one file: it waits now, or is told as it is; None if there is nothing to say."""
        file = located(path)
        here = self._store.documents.by_path(str(file))
        settled = next((one for one in here if self._is_settled(one, file)), None)
        if settled is not None:
            return self._as_known(settled, file)
        try:
            check_readable(file)
            if not looks_like_pdf(file):
                raise DocqaError(f'"{file.name}" is not a PDF; choose a PDF file.')
            identity = self._identities.of(file)
        except DocqaError as error:
            return self.unusable(file, str(error))
        if self._store.folders.is_left_out(str(file), identity.sha256):
            if not self._asked:
                return None
            self._store.folders.let_in(str(file), identity.sha256)
        known = self._store.documents.by_hash(identity.sha256) or self._among_waiting(identity)
        if known is not None:
            return self._known(known, file, identity, here)
        return self._unknown(file, identity, here)

    def unusable(self, path: Path, problem: str) -> AddProgress | Added | None:
        """Register a path of which nothing can be read; documents that it had before stay."""
        file = located(path)
        here = self._store.documents.by_path(str(file))
        for document in here:
            if document.status == "indexing":  # All that is left to do needs no file.
                self.waiting[document.id] = Waiting(document.id, file)
                return AddProgress(str(file), "queued", 0, 0, document.id)
        waiting = [one for one in here if one.status in UNFINISHED]
        lose(self._store, here if is_there(file) else waiting, problem)
        if here and is_there(file):
            return told(here[0], "failed", problem)
        return unusable(file, problem)

    def scans(self, id: int) -> bool:
        """Let a stored document wait for its scanned pages; False if there are none to be read.

        Nor are there if it was removed, or its file is another one now.
        """
        documents = self._store.documents
        document = documents.get(id)
        if document is None or not self._identities.is_at(document, Path(document.path)):
            return False
        if not self._can_recognise(document):
            return False
        with self._store.database.write():
            if documents.get(id) is None:
                return False
            documents.update(id, status="indexing")
        self.waiting[id] = Waiting(id, Path(document.path))
        return True

    def _is_settled(self, document: Document, file: Path) -> bool:
        """Whether there is surely nothing to do for a document and the file at its path."""
        if document.id in self.waiting or document.status in UNFINISHED:
            return False
        if self._asked and document.status != "ready":
            return False
        return self._identities.is_as_read(document, file)

    def _unknown(self, file: Path, identity: Identity, here: Sequence[Document]) -> AddProgress:
        """Bytes that the library has not got: a new document, or one whose file changed.

        The latter stays the same document, and keeps what it has until its new text is there.
        """
        changed = next((one for one in here if one.id not in self.waiting), None)
        if changed is None:
            id = self._store.documents.create(str(file), identity.sha256, file.stem)
        else:
            id = changed.id
            self._store.documents.update(id, status="queued")
        return self._wait(id, file, identity)

    def _known(
        self, known: Document, file: Path, identity: Identity, here: Sequence[Document]
    ) -> AddProgress | Added | None:
        """Bytes that the library has: of this file, of one that was here before, or of a copy."""
        if known.id in self.waiting:
            return self._as_known(known, file)
        home = Path(known.path)
        is_copy = home != file and self._identities.is_at(known, home)
        if known.status in UNFINISHED or (self._asked and known.status == "failed"):
            return self._resume(known, home if is_copy else file, identity)
        if is_copy:
            lose(self._store, [one for one in here if one.id not in self.waiting], _REPLACED)
            return self._as_known(known, file)
        return self._settle(known, file, identity)

    def _settle(
        self, known: Document, file: Path, identity: Identity
    ) -> AddProgress | Added | None:
        """A finished document with its file: where it was, where it is now, or back again."""
        was_lost = known.status != "ready" and self._store.documents.stamp(known.id) is None
        can_be_completed = self._asked and self._can_recognise(known)
        self._locate(known.id, file, identity)
        if was_lost or can_be_completed:
            self._store.documents.update(known.id, status="queued" if was_lost else "indexing")
            return self._wait(known.id, file, identity)
        if known.path != str(file):
            return replace(told(known, "duplicate", _MOVED), path=str(file))
        return self._as_known(known, file)

    def _resume(self, known: Document, file: Path, identity: Identity) -> AddProgress:
        """Go on with a document whose reading was interrupted, or failed."""
        self._locate(known.id, file, identity)
        if known.status == "failed" and self._can_recognise(known):
            self._store.documents.update(known.id, status="indexing")
        return self._wait(known.id, file, identity)

    def _can_recognise(self, known: Document) -> bool:
        """Whether scanned pages of a stored document can be read now."""
        return bool(self._store.pages.to_recognise(known.id)) and self._recognises()

    def _wait(self, id: int, file: Path, identity: Identity) -> AddProgress:
        self.waiting[id] = Waiting(id, file)
        self.identities[id] = identity
        return AddProgress(str(file), "queued", 0, 0, id)

    def _locate(self, id: int, file: Path, identity: Identity) -> None:
        changes = identity.columns
        changes["path"] = str(file)
        self._store.documents.update(id, **changes)

    def _as_known(self, known: Document, file: Path) -> Added | None:
        if not self._asked:
            return None
        problem = f"It is in the library already, as document {known.id}."
        return replace(told(known, "duplicate", problem), path=str(file))

    def _among_waiting(self, identity: Identity) -> Document | None:
        """The waiting document whose file changed to these bytes."""
        for id, waiting in self.identities.items():
            if waiting.sha256 == identity.sha256:
                return self._store.documents.get(id)
        return None
