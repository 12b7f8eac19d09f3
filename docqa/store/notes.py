"""Notes: what the model wrote in advance, with its evidence."""

from __future__ import annotations

import sqlite3
import time
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from docqa.errors import DocqaError
from docqa.model import Evidence, Note, NoteKind, NoteStatus
from docqa.store.database import Database
from docqa.store.sql import among, listed, storable, storable_or_none

_SELECT = """
SELECT id, document_id, kind, question, text, status, reason, pass_number, predictability
FROM notes
"""
_Notes = list[Note]  # inside of the class, "list" is the method
_Ids = list[int]
_EvidenceList = list[Evidence]


def question_key(text: str) -> str:
    """What two spellings of one question share: letters, digits and symbols, single blanks.

    Case, width, accents' encoding and punctuation do not count; symbols and ``%``, ``#`` do
    ("C++" is not "C#", nor "$5" "€5"). The key of a key is the key itself.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = unicodedata.normalize("NFKC", folded.casefold())
    return " ".join("".join(c if _counts(c) else " " for c in folded).split())


class Notes:
    """The tables of notes and evidence; ids are never used again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, notes: Sequence[Note]) -> list[int]:
        """Store notes (their ``id`` is ignored) and return their ids, in one transaction.

        Raises DocqaError if a document that they belong to or quote is gone.
        """
        with self._database.write() as connection:
            try:
                return insert_notes(connection, notes)
            except sqlite3.IntegrityError as error:
                raise DocqaError("A document was removed while notes about it came in.") from error

    def get(self, ids: Iterable[int]) -> dict[int, Note]:
        """The notes by id, of any status; unknown ids are left out."""
        found = self._select("WHERE id IN (SELECT value FROM json_each(?))", (listed(ids),))
        return {note.id: note for note in found}

    def by_question(self, question: str, documents: Sequence[int] | None = None) -> _Notes:
        """Verified notes that answer this very question (compared by ``question_key``)."""
        key = question_key(question)
        condition, parameters = among("document_id", documents)
        if not key:
            return []
        return self._select(
            f"WHERE question_key = ? AND status = 'verified' AND {condition} ORDER BY id",
            (key, *parameters),
        )

    def counts(self, document_id: int | None = None) -> dict[NoteKind, int]:
        """How many verified notes there are of each kind, in all or in one document."""
        condition, parameters = among("document_id", None if document_id is None else [document_id])
        rows = self._database.read().execute(
            f"SELECT kind, count(*) FROM notes WHERE status = 'verified' AND {condition}"
            " GROUP BY kind ORDER BY kind",
            parameters,
        )
        return dict(rows.fetchall())

    def counts_by_document(self) -> dict[int, dict[NoteKind, int]]:
        """``counts`` of every document that has verified notes, in one query."""
        rows = self._database.read().execute(
            "SELECT document_id, kind, count(*) FROM notes WHERE status = 'verified'"
            " GROUP BY document_id, kind ORDER BY document_id, kind"
        )
        counts: dict[int, dict[NoteKind, int]] = {}
        for document_id, kind, count in rows.fetchall():
            counts.setdefault(document_id, {})[kind] = count
        return counts

    def without_vector(self, embedder: str, limit: int | None = None) -> _Notes:
        """Verified notes that have no vector of this embedder yet, oldest first."""
        return self._select(
            """WHERE status = 'verified' AND NOT EXISTS (
                SELECT 1 FROM note_vectors v WHERE v.note_id = notes.id
                AND v.embedder_id = (SELECT id FROM embedders WHERE identity = ?))
            ORDER BY id LIMIT ?""",
            (embedder, -1 if limit is None else limit),
        )

    def set_status(self, id: int, status: NoteStatus, reason: str | None = None) -> None:
        """Change what a note is worth and why; an unknown id changes nothing."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE notes SET status = ?, reason = ? WHERE id = ?",
                (status, storable_or_none(reason), id),
            )

    def hit(self, id: int) -> None:
        """Count that a note was served."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE notes SET hits = hits + 1, last_hit = ? WHERE id = ?", (time.time(), id)
            )

    def list(
        self,
        *,
        documents: Sequence[int] | None = None,
        kind: NoteKind | None = None,
        status: NoteStatus | None = "verified",
        limit: int | None = None,
    ) -> _Notes:
        """Notes in the order they were made; ``status`` None means any."""
        condition, parameters = among("document_id", documents)
        for column, value in (("kind", kind), ("status", status)):
            if value is not None:
                condition, parameters = f"{condition} AND {column} = ?", (*parameters, value)
        return self._select(
            f"WHERE {condition} ORDER BY id LIMIT ?",
            (*parameters, -1 if limit is None else limit),
        )

    def _select(self, rest: str, parameters: tuple[object, ...]) -> _Notes:
        connection = self._database.read()
        rows = connection.execute(f"{_SELECT} {rest}", parameters).fetchall()
        evidence = _evidence(connection, [row[0] for row in rows])
        return [_note(row, tuple(evidence.get(row[0], ()))) for row in rows]


def insert_notes(connection: sqlite3.Connection, notes: Sequence[Note]) -> _Ids:
    """Insert inside of another's transaction; sqlite3.IntegrityError if a document is gone."""
    return [_insert(connection, note) for note in notes]


def _counts(character: str) -> bool:
    if character == "\ufffd":  # stands for what could not be stored
        return False
    return unicodedata.category(character)[0] in "LNMS" or character in "%#"


def _insert(connection: sqlite3.Connection, note: Note) -> int:
    cursor = connection.execute(
        "INSERT INTO notes (document_id, kind, question, question_key, text, status, reason,"
        " pass_number, predictability, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            note.document_id,
            note.kind,
            storable_or_none(note.question),
            question_key(note.question) if note.question else None,
            storable(note.text),
            note.status,
            storable_or_none(note.reason),
            note.pass_number,
            note.predictability,
            time.time(),
        ),
    )
    id = int(cursor.lastrowid or 0)
    connection.executemany(
        'INSERT INTO evidence (note_id, ordinal, document_id, page, start, "end", quote)'
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (id, ordinal, e.document_id, e.page, e.start, e.end, storable(e.quote))
            for ordinal, e in enumerate(note.evidence)
        ],
    )
    return id


def _evidence(connection: sqlite3.Connection, ids: _Ids) -> dict[int, _EvidenceList]:
    rows = connection.execute(
        'SELECT note_id, document_id, page, start, "end", quote FROM evidence'
        " WHERE note_id IN (SELECT value FROM json_each(?)) ORDER BY note_id, ordinal",
        (listed(ids),),
    )
    found: dict[int, _EvidenceList] = {}
    for note_id, *span in rows.fetchall():
        found.setdefault(note_id, []).append(Evidence(*span))
    return found


def _note(row: tuple[Any, ...], evidence: tuple[Evidence, ...]) -> Note:
    id, document_id, kind, question, text, status, reason, pass_number, predictability = row
    return Note(
        id=id,
        document_id=document_id,
        kind=kind,
        question=question,
        text=text,
        status=status,
        evidence=evidence,
        reason=reason,
        pass_number=pass_number,
        predictability=predictability,
    )
