"""Tells files apart by their bytes, without reading again what is known to be unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docqa.errors import DocqaError
from docqa.ingest.files import check_readable, is_unchanged, sha256_of, stamp_of
from docqa.model import Document, FileStamp
from docqa.store.documents import DocumentChanges
from docqa.store.store import Store


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is: its SHA-256, and what it looked like when that was taken."""

    sha256: str
    stamp: FileStamp | None

    @property
    def columns(self) -> DocumentChanges:
        """What the store keeps of the stamp."""
        if self.stamp is None:
            return {"size": None, "modified": None}
        return {"size": self.stamp.size, "modified": self.stamp.modified}


class Identities:
    """Takes files' identities, and remembers them while docqa runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Path, Identity] = {}

    def of(self, file: Path) -> Identity:
        """Who the file is now; raises DocqaError if it cannot be read."""
        stamp = stamp_of(file)
        known = self._known.get(file)
        if known is not None and is_unchanged(known.stamp, stamp):
            return known
        identity = Identity(sha256_of(file), stamp)
        self._known[file] = identity
        return identity

    def is_as_read(self, document: Document, file: Path) -> bool:
        """Whether a look from outside shows that the file is as it was when it was last read."""
        return is_unchanged(self._store.documents.stamp(document.id), stamp_of(file))

    def is_at(self, document: Document, path: Path) -> bool:
        """Whether the file at ``path`` is that of the document."""
        stamp = stamp_of(path)
        if stamp is None:
            return False
        if is_unchanged(self._store.documents.stamp(document.id), stamp):
            return True
        try:
            check_readable(path)
            return self.of(path).sha256 == document.sha256
        except DocqaError:
            return False
