"""Pages: the text of a document, page by page, with its sections and passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from docqa.errors import DocqaError
from docqa.model import Page, Passage, Section
from docqa.store.database import Database
from docqa.store.sql import storable, storable_or_none


class Pages:
    """The tables of pages and sections; also the one way by which passages come in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(
        self,
        document_id: int,
        pages: Sequence[Page],
        sections: Sequence[Section],
        passages: Sequence[Passage],
    ) -> list[int]:
        """Store the whole text of a document in one transaction; returns the passages' ids.

        What was there before goes: pages, sections, passages with their vectors, and steps (they
        name passages). Notes stay; those whose quotes no longer stand on their page become
        ``stale``. ``document_id`` and ``id`` inside of the given objects are ignored. Raises
        DocqaError if the document is gone, ValueError if a passage is not a slice of its page.
        """
        _check(pages, passages)
        with self._database.write() as connection:
            if not _exists(connection, document_id):
                raise DocqaError("The document was removed while it was being read.")
            for table in ("pages", "sections", "passages", "steps"):
                connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
            _insert_pages(connection, document_id, pages)
            _insert_sections(connection, document_id, sections)
            ids = _insert_passages(connection, document_id, passages)
            _mark_stale_notes(connection, document_id)
        return ids

    def get(self, document_id: int, number: int) -> Page | None:
        """The page (1-based), None if there is none."""
        row = (
            self._database.read()
            .execute(
                "SELECT document_id, number, text, label, problem, scanned, confidence, places"
                " FROM pages WHERE document_id = ? AND number = ?",
                (document_id, number),
            )
            .fetchone()
        )
        if row is None:
            return None
        id, number, text, label, problem, scanned, confidence, places = row
        return Page(id, number, text, label, problem, bool(scanned), confidence, places)

    def sections(self, document_id: int) -> list[Section]:
        """The headings of a document, in its order."""
        rows = self._database.read().execute(
            "SELECT title, level, page FROM sections WHERE document_id = ? ORDER BY ordinal",
            (document_id,),
        )
        return [Section(*row) for row in rows.fetchall()]


def _check(pages: Sequence[Page], passages: Sequence[Passage]) -> None:
    texts = {page.number: page.text for page in pages}
    for passage in passages:
        text = texts.get(passage.page)
        if text is None or text[passage.start : passage.end] != passage.text:
            raise ValueError(f"a passage of page {passage.page} is not a slice of its text")


def _exists(connection: sqlite3.Connection, document_id: int) -> bool:
    row = connection.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone()
    return row is not None


def _insert_pages(connection: sqlite3.Connection, document_id: int, pages: Sequence[Page]) -> None:
    connection.executemany(
        "INSERT INTO pages"
        " (document_id, number, text, label, problem, scanned, confidence, places)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                document_id,
                page.number,
                storable(page.text),
                storable(page.label),
                storable_or_none(page.problem),
                int(page.scanned),
                page.confidence,
                page.places,
            )
            for page in pages
        ],
    )


def _insert_sections(
    connection: sqlite3.Connection, document_id: int, sections: Sequence[Section]
) -> None:
    connection.executemany(
        "INSERT INTO sections (document_id, ordinal, title, level, page) VALUES (?, ?, ?, ?, ?)",
        [
            (document_id, ordinal, storable(section.title), section.level, section.page)
            for ordinal, section in enumerate(sections)
        ],
    )


def _insert_passages(
    connection: sqlite3.Connection, document_id: int, passages: Sequence[Passage]
) -> list[int]:
    sequence = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'")
    last = (sequence.fetchone() or (0,))[0]
    ids = list(range(last + 1, last + 1 + len(passages)))
    connection.executemany(
        'INSERT INTO passages (id, document_id, page, start, "end", text, context)'
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                id,
                document_id,
                passage.page,
                passage.start,
                passage.end,
                storable(passage.text),
                storable(passage.context),
            )
            for id, passage in zip(ids, passages, strict=True)
        ],
    )
    return ids


def _mark_stale_notes(connection: sqlite3.Connection, document_id: int) -> None:
    """Quotes are compared here and not by SQL, whose ``substr`` stops at a NUL character."""
    rows = connection.execute(
        'SELECT e.note_id, e.start, e."end", e.quote, p.text FROM evidence e'
        " LEFT JOIN pages p ON p.document_id = e.document_id AND p.number = e.page"
        " WHERE e.document_id = ?",
        (document_id,),
    ).fetchall()
    stale = {note for note, start, end, quote, text in rows if (text or "")[start:end] != quote}
    connection.executemany(
        "UPDATE notes SET status = 'stale', reason = 'the text of the page changed'"
        " WHERE id = ? AND status IN ('candidate', 'verified')",
        [(note,) for note in sorted(stale)],
    )
