"""Documents: the PDFs that the workspace knows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from docqa.errors import DocqaError
from docqa.model import Document, DocumentStatus, FileStamp
from docqa.store.database import Database
from docqa.store.frequencies import forget_frequencies
from docqa.store.sql import listed, storable, stored_path
from docqa.store.traces import erase_traces, mark_traces

_SELECT = """
SELECT id, path, sha256, title, pages, status, problem, seconds, viewable,
    passages,
    (SELECT group_concat(number) FROM pages
        WHERE document_id = d.id AND problem IS NOT NULL AND scanned = 0),
    (SELECT group_concat(number) FROM pages WHERE document_id = d.id AND scanned = 1)
FROM documents d
"""


class DocumentChanges(TypedDict, total=False):
    """What :meth:`Documents.update` can change."""

    title: str
    pages: int
    status: DocumentStatus
    problem: str | None
    seconds: float
    path: str
    sha256: str
    viewable: bool
    size: int | None
    modified: int | None
    password_kept: bool


class Documents:
    """The table of documents; ids are never used again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, path: str, sha256: str, title: str) -> int:
        """Add a document with status ``queued`` and return its id.

        Raises DocqaError if a document with this hash is there already.
        """
        with self._database.write() as connection:
            if sha256 and self.by_hash(sha256) is not None:
                raise DocqaError("This PDF is already in the workspace.")
            cursor = connection.execute(
                "INSERT INTO documents (path, sha256, title, added) VALUES (?, ?, ?, ?)",
                (stored_path(path), sha256, storable(title), time.time()),
            )
            return int(cursor.lastrowid or 0)

    def get(self, id: int) -> Document | None:
        """The document, None if there is none."""
        return self._first("WHERE id = ?", id)

    def by_hash(self, sha256: str) -> Document | None:
        """The document with these bytes, None if there is none."""
        return self._first("WHERE sha256 = ? AND sha256 <> ''", sha256)

    def by_path(self, path: str) -> list[Document]:
        """The documents whose file is, or was, at this path, the newest first."""
        return self._select("WHERE path = ? ORDER BY id DESC", stored_path(path))

    def stamp(self, id: int) -> FileStamp | None:
        """What the document's file looked like when it was read, None if that is not known."""
        cursor = self._database.read().execute(
            "SELECT size, modified FROM documents WHERE id = ?", (id,)
        )
        size, modified = cursor.fetchone() or (None, None)
        return None if size is None else FileStamp(size, modified)

    def with_kept_password(self) -> set[int]:
        """The documents whose password is in the system's keyring."""
        rows = self._database.read().execute("SELECT id FROM documents WHERE password_kept = 1")
        return {row[0] for row in rows.fetchall()}

    def all(self) -> list[Document]:
        """All documents in the order they were added."""
        rows = self._database.read().execute(f"{_SELECT} ORDER BY id").fetchall()
        return [_document(row) for row in rows]

    def names(self) -> list[tuple[int, str, str]]:
        """Id, title and path of every document in the library, in the order they were added."""
        rows = self._database.read().execute("SELECT id, title, path FROM documents ORDER BY id")
        return [(id, title, os.fsdecode(path)) for id, title, path in rows.fetchall()]

    def titles(self, ids: Iterable[int]) -> dict[int, str]:
        """The titles of these documents; "" for one that was removed."""
        wanted = set(ids)
        rows = self._database.read().execute(
            "SELECT id, title FROM documents WHERE id IN (SELECT value FROM json_each(?))",
            (listed(wanted),),
        )
        return dict.fromkeys(wanted, "") | dict(rows.fetchall())

    def edition(self) -> tuple[int, int]:
        """Another pair of numbers whenever documents came or went."""
        cursor = self._database.read().execute(
            "SELECT count(*), coalesce(max(id), 0) FROM documents"
        )
        count, last = cursor.fetchone()
        return int(count), int(last)

    def update(self, id: int, **changes: Unpack[DocumentChanges]) -> None:
        """Change the given fields; DocqaError if the document is gone."""
        values: dict[str, object] = {**changes}
        for name in values.keys() & {"title", "problem"}:
            text = values[name]
            values[name] = storable(text) if isinstance(text, str) else text
        if "path" in changes:
            values["path"] = stored_path(changes["path"])
        unknown = values.keys() - DocumentChanges.__annotations__.keys()
        if unknown:
            raise TypeError(f"unknown fields of a document: {sorted(unknown)}")
        assignments = ", ".join(f"{name} = ?" for name in values) or "id = id"
        with self._database.write() as connection:
            cursor = connection.execute(
                f"UPDATE documents SET {assignments} WHERE id = ?", (*values.values(), id)
            )
            if cursor.rowcount == 0:
                raise DocqaError(f"Document {id} is no longer in the workspace: add it again.")

    def discard(self, id: int) -> bool:
        """Remove a document of which nothing was stored yet; whether it was one.

        There is no text whose traces have to be erased, so that takes no time.
        """
        with self._database.write() as connection:
            cursor = connection.execute(
                "DELETE FROM documents WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM pages WHERE document_id = documents.id)"
                " AND NOT EXISTS (SELECT 1 FROM passages WHERE document_id = documents.id)",
                (id,),
            )
            return cursor.rowcount == 1

    def remove(self, ids: Sequence[int]) -> list[int]:
        """Remove documents and everything that was made from them; returns the ids removed.

        Notes and conversations that quote them go too, and backups of the workspace. Their text
        leaves the file itself at once, or later if the file is large (see ``traces``). An unknown
        id: DocqaError, and nothing is removed.
        """
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return []
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT id FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                (listed(wanted),),
            ).fetchall()
            unknown = sorted(set(wanted) - {row[0] for row in rows})
            if unknown:
                raise DocqaError(_unknown(unknown))
            passages = connection.execute(
                "SELECT sum(passages) FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                (listed(wanted),),
            ).fetchone()[0]
            connection.execute(
                "DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                (listed(wanted),),
            )
            forget_frequencies(connection, passages)
            mark_traces(connection)
        erase_traces(self._database)
        return wanted

    def _first(self, condition: str, value: int | str) -> Document | None:
        return next(iter(self._select(condition, value)), None)

    def _select(self, condition: str, value: int | str | bytes) -> list[Document]:
        rows = self._database.read().execute(f"{_SELECT} {condition}", (value,)).fetchall()
        return [_document(row) for row in rows]


def _document(row: tuple[Any, ...]) -> Document:
    id, path, sha256, title, pages, status, problem, seconds, viewable, *counted = row
    passages, failed, scanned = counted
    return Document(
        id=id,
        path=os.fsdecode(path),
        sha256=sha256,
        title=title,
        pages=pages,
        passages=passages,
        status=status,
        problem=problem,
        failed_pages=_numbers(failed),
        scanned_pages=_numbers(scanned),
        seconds=seconds,
        viewable=bool(viewable),
    )


def _numbers(text: str | None) -> tuple[int, ...]:
    return tuple(sorted(int(number) for number in text.split(","))) if text else ()


def _unknown(ids: list[int]) -> str:
    names = ", ".join(map(str, ids))
    if len(ids) == 1:
        return f"There is no document {names} in this workspace: nothing was removed."
    return f"There are no documents {names} in this workspace: nothing was removed."
