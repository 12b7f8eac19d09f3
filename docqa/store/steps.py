"""Steps: what preparation has to do, has done and could not do."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Sequence

from docqa.model import Note, Step, StepCounts, Usage
from docqa.store.anchoring import anchor_notes
from docqa.store.database import Database
from docqa.store.notes import insert_notes
from docqa.store.sql import among, storable
from docqa.store.usage import record

_ATTEMPTS = 2
"""A step that failed this often is not tried again."""


class Steps:
    """The table of steps; a step is the same if document, kind, unit, pass and input are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, steps: Sequence[Step], *, priority: int = 0) -> int:
        """Add steps as pending and return how many are new.

        Known steps and those of documents that are gone are skipped. Lower ``priority`` goes first.
        """
        with self._database.write() as connection:
            cursor = connection.executemany(
                "INSERT OR IGNORE INTO steps"
                " (document_id, kind, unit, pass_number, input_hash, priority)"
                " SELECT id, ?, ?, ?, ?, ? FROM documents WHERE id = ?",
                [
                    (s.kind, s.unit, s.pass_number, s.input_hash, priority, s.document_id)
                    for s in steps
                ],
            )
            return max(cursor.rowcount, 0)

    def retire(self, document_id: int, keep: Collection[str]) -> int:
        """Forget a document's steps that are not done and whose ``input_hash`` is not in ``keep``.

        They were planned for another model, prompt or text. Returns how many.
        """
        with self._database.write() as connection:
            cursor = connection.execute(
                "DELETE FROM steps WHERE document_id = ? AND state <> 'done'"
                " AND input_hash NOT IN (SELECT value FROM json_each(?))",
                (document_id, json.dumps(list(keep))),
            )
            return max(cursor.rowcount, 0)

    def pending(
        self, documents: Sequence[int] | None = None, limit: int | None = None
    ) -> list[Step]:
        """What is to do, by priority, then in the order it was planned."""
        condition, parameters = among("document_id", documents)
        rows = self._database.read().execute(
            "SELECT id, document_id, kind, unit, pass_number, input_hash, state, attempts"
            f" FROM steps WHERE state = 'pending' AND {condition} ORDER BY priority, id LIMIT ?",
            (*parameters, -1 if limit is None else limit),
        )
        return [Step(*row) for row in rows.fetchall()]

    def counts(self, documents: Sequence[int] | None = None) -> StepCounts:
        """How many steps are done, failed and pending."""
        condition, parameters = among("document_id", documents)
        rows = self._database.read().execute(
            f"SELECT state, count(*) FROM steps WHERE {condition} GROUP BY state", parameters
        )
        return StepCounts(**dict(rows.fetchall()))

    def complete(
        self, step: Step, notes: Sequence[Note], usage: Usage, seconds: float
    ) -> list[int]:
        """Store a step's notes, its cost and that it is done, in one transaction; returns note ids.

        If the step is done or gone (its document was removed or read anew meanwhile), or a
        document that the notes quote is gone, only the cost is kept and no ids come back. Quotes
        that moved while the notes were written are followed.
        """
        with self._database.write() as connection:
            record(connection, "prepare", step.kind, step.document_id, usage, 0.0, seconds)
            if not _finish(connection, step, seconds) or not _all_there(connection, notes):
                return []
            ids = insert_notes(connection, notes)
            for document_id in {one.document_id for note in notes for one in note.evidence}:
                anchor_notes(connection, document_id, notes=ids)
            return ids

    def fail(
        self, step: Step, error: str, usage: Usage | None = None, seconds: float = 0.0
    ) -> None:
        """Count a failed attempt with its reason and cost; after the second the step is failed."""
        with self._database.write() as connection:
            if usage is not None:
                record(connection, "prepare", step.kind, step.document_id, usage, 0.0, seconds)
            connection.execute(
                "UPDATE steps SET attempts = attempts + 1, error = ?, finished = ?,"
                " state = CASE WHEN attempts + 1 >= ? THEN 'failed' ELSE state END WHERE id = ?",
                (storable(error), time.time(), _ATTEMPTS, step.id),
            )

    def prepared_shares(self) -> dict[int, float]:
        """The share (0 to 1) of its steps that are done, of every document that has steps."""
        rows = self._database.read().execute(
            "SELECT document_id, avg(state = 'done') FROM steps GROUP BY document_id"
        )
        return dict(rows.fetchall())


def _finish(connection: sqlite3.Connection, step: Step, seconds: float) -> bool:
    cursor = connection.execute(
        "UPDATE steps SET state = 'done', attempts = attempts + 1, error = NULL, seconds = ?,"
        " finished = ? WHERE id = ? AND state <> 'done'",
        (seconds, time.time(), step.id),
    )
    return cursor.rowcount == 1


def _all_there(connection: sqlite3.Connection, notes: Sequence[Note]) -> bool:
    """Whether every document that the notes belong to or quote still exists."""
    wanted = {note.document_id for note in notes}
    wanted |= {evidence.document_id for note in notes for evidence in note.evidence}
    condition, parameters = among("id", wanted)
    row = connection.execute(f"SELECT count(*) FROM documents WHERE {condition}", parameters)
    return int(row.fetchone()[0]) == len(wanted)
