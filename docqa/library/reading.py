"""Reads registered documents side by side; protected ones again, with the passwords known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from docqa.ingest.files import wants_password
from docqa.ingest.reader import Reader
from docqa.ingest.side_by_side import SideBySide, Text, Waiting
from docqa.library.identity import Identity
from docqa.library.passwords import Passwords
from docqa.model import AddProgress
from docqa.process import Cancel
from docqa.store.store import Store


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The password that opened a document's file, and the SHA-256 that this had before."""

    password: str = field(repr=False)
    former: str


class Reading:
    """Reads the documents of one call of ``add``."""

    def __init__(
        self, store: Store, reader: Reader, passwords: Passwords, given: str | None, cancel: Cancel
    ) -> None:
        """``given`` is the password that the person gave for all that are protected."""
        self._store = store
        self._reader = reader
        self._passwords = passwords
        self._given = given
        self._cancel = cancel
        self.unlocked: dict[int, Unlocked] = {}
        """What opened protected documents, by their ids."""

    def read(
        self, waiting: Sequence[Waiting], identities: Mapping[int, Identity]
    ) -> Iterator[AddProgress | Text]:
        """Yield progress, and one text a document as soon as it is complete.

        What was read before an interruption is told at once. ``identities`` are those of the
        files, by document. Raises Cancelled.
        """
        unread = []
        for one in waiting:
            document = self._store.documents.get(one.id)
            if document is not None and document.status == "indexing":
                yield Text(one)
            else:
                unread.append(one)
        # Without a password first: most files need none, and would be refused for a wrong one.
        protected: list[Text] = []
        yield from self._once(unread, None, protected)
        if self._given is not None and protected:
            again = [text.document for text in protected]
            protected = []
            yield from self._once(again, self._given, protected)
        for text in protected:
            password = self._known_password(text.document.id, identities)
            if password is None or password == self._given:
                yield text
            else:
                yield from self._once([text.document], password, None)

    def _known_password(self, id: int, identities: Mapping[int, Identity]) -> str | None:
        """The password of a file, or the one that it had before it changed."""
        document = self._store.documents.get(id)
        hashes = [identities[id].sha256] if id in identities else []
        if document is not None and document.sha256 not in hashes:
            hashes.append(document.sha256)
        # No keyring is bothered for what it has not got: it might want to be unlocked.
        kept = id in self._store.documents.with_kept_password()
        look_up = self._passwords.of if kept else self._passwords.given
        found = (look_up(sha256) for sha256 in hashes)
        return next((password for password in found if password is not None), None)

    def _once(
        self, documents: Sequence[Waiting], password: str | None, protected: list[Text] | None
    ) -> Iterator[AddProgress | Text]:
        """Read with one password; texts that want another go to ``protected``, if that is given."""
        if not documents:
            return
        side_by_side = SideBySide(self._reader, self._begin, password, self._cancel)
        for event in side_by_side.read(documents):
            if isinstance(event, Text):
                if protected is not None and _is_protected(event):
                    protected.append(event)
                    continue
                if password is not None and event.opened is not None:
                    self._note(event.document.id, password)
            yield event

    def _note(self, id: int, password: str) -> None:
        document = self._store.documents.get(id)
        if document is not None:
            self.unlocked[id] = Unlocked(password, document.sha256)

    def _begin(self, id: int) -> None:
        self._store.documents.update(id, status="reading")


def _is_protected(text: Text) -> bool:
    return wants_password(text.document.path, text.problem)
