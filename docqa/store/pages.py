"""Pages: the text of a document, page by page, with its sections and passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from docqa.errors import DocqaError
from docqa.model import Page, Passage, Section
from docqa.store.anchoring import anchor_notes, images
from docqa.store.database import Database
from docqa.store.frequencies import Frequencies
from docqa.store.matching import pair
from docqa.store.pairs import insert_pairs, replace_pairs
from docqa.store.sql import listed, storable, storable_or_none


class Pages:
    """The tables of pages and sections; also the one way by which passages come in."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._frequencies = Frequencies(database)

    def replace(
        self,
        document_id: int,
        pages: Sequence[Page],
        sections: Sequence[Section],
        passages: Sequence[Passage],
    ) -> list[int]:
        """Store the whole text of a document in one transaction; returns the passages' ids.

        What was there before goes, except for passages whose text is still there: they keep their
        id, their steps and, if their context is the same too, their vectors. Notes stay; quotes
        that moved are followed, and notes whose quotes are gone become ``stale``. ``document_id``
        and ``id`` inside of the given objects are ignored. Raises DocqaError if the document is
        gone, ValueError if a passage is not a slice of its page.
        """
        _check(pages, passages)
        with self._database.write() as connection:
            if not _exists(connection, document_id):
                raise DocqaError("The document was removed while it was being read.")
            _, scans = images(connection, document_id)
            for table in ("pages", "sections"):
                connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
            _insert_pages(connection, document_id, pages)
            _insert_sections(connection, document_id, sections)
            ids = _replace_passages(connection, document_id, passages)
            anchor_notes(connection, document_id, scans=scans)
        self._frequencies.refresh()
        return ids

    def anchor_notes(self, document_id: int) -> None:
        """Let notes follow their quotes, or become stale, when pages were stored anew."""
        with self._database.write() as connection:
            anchor_notes(connection, document_id)

    def replace_page(self, document_id: int, page: Page, passages: Sequence[Passage]) -> list[int]:
        """Store one page anew in one transaction; returns the ids of its passages.

        Everything else of the document stays; notes wait for :meth:`anchor_notes`. Raises
        DocqaError if the page is gone, ValueError if a passage is not a slice of it.
        """
        _check([page], passages)
        with self._database.write() as connection:
            gone = connection.execute(
                "DELETE FROM pages WHERE document_id = ? AND number = ?", (document_id, page.number)
            )
            if gone.rowcount == 0:
                raise DocqaError("The document was removed while it was being read.")
            old = connection.execute(
                "SELECT id FROM passages WHERE document_id = ? AND page = ?",
                (document_id, page.number),
            ).fetchall()
            _insert_pages(connection, document_id, [page])
            _delete_passages(connection, document_id, [id for (id,) in old])
            return _insert_passages(connection, document_id, passages)

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

    def problems(self, document_id: int) -> dict[int, str]:
        """Why pages could not be read, or recognised, by page (1-based)."""
        rows = self._database.read().execute(
            "SELECT number, problem FROM pages"
            " WHERE document_id = ? AND problem IS NOT NULL ORDER BY number",
            (document_id,),
        )
        return dict(rows.fetchall())

    def to_recognise(self, document_id: int) -> list[int]:
        """The scanned pages of a document that OCR has not tried yet.

        One that it tried in vain is still scanned, and has a problem.
        """
        rows = self._database.read().execute(
            "SELECT number FROM pages"
            " WHERE document_id = ? AND scanned = 1 AND problem IS NULL ORDER BY number",
            (document_id,),
        )
        return [number for (number,) in rows.fetchall()]

    def recognised(self, document_id: int) -> int:
        """How many pages of a document have a text that OCR read."""
        row = self._database.read().execute(
            "SELECT count(*) FROM pages WHERE document_id = ? AND confidence IS NOT NULL",
            (document_id,),
        )
        return int(row.fetchone()[0])

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
    insert_pairs(
        connection,
        [
            (id, storable(passage.text), storable(passage.context))
            for id, passage in zip(ids, passages, strict=True)
        ],
    )
    return ids


def _replace_passages(
    connection: sqlite3.Connection, document_id: int, passages: Sequence[Passage]
) -> list[int]:
    """Bring the passages of a document to these, keeping those whose text is there already."""
    rows = connection.execute(
        'SELECT id, document_id, page, start, "end", text, context FROM passages'
        " WHERE document_id = ? ORDER BY page, start",
        (document_id,),
    )
    old = [Passage(*row) for row in rows.fetchall()]
    if not old:
        return _insert_passages(connection, document_id, passages)
    new = [replace(p, text=storable(p.text), context=storable(p.context)) for p in passages]
    kept = pair(old, new)
    keep = {passage.id for passage in kept if passage is not None}
    _delete_passages(connection, document_id, [one.id for one in old if one.id not in keep])
    _update_passages(connection, [(one, now) for one, now in zip(kept, new, strict=True) if one])
    fresh = [now for one, now in zip(kept, new, strict=True) if one is None]
    inserted = iter(_insert_passages(connection, document_id, fresh))
    return [next(inserted) if one is None else one.id for one in kept]


def _delete_passages(connection: sqlite3.Connection, document_id: int, ids: Sequence[int]) -> None:
    """Delete passages with their vectors, and the steps about them."""
    gone = listed(ids)
    connection.execute(
        "DELETE FROM steps WHERE document_id = ? AND unit IN (SELECT value FROM json_each(?))",
        (document_id, gone),
    )
    connection.execute("DELETE FROM passages WHERE id IN (SELECT value FROM json_each(?))", (gone,))


def _update_passages(
    connection: sqlite3.Connection, changes: Sequence[tuple[Passage, Passage]]
) -> None:
    """Move passages (what they were, what they are), and let new contexts be embedded anew."""
    connection.executemany(
        'UPDATE passages SET page = ?, start = ?, "end" = ? WHERE id = ?',
        [
            (now.page, now.start, now.end, was.id)
            for was, now in changes
            if (was.page, was.start, was.end) != (now.page, now.start, now.end)
        ],
    )
    renamed = [(now.context, was.id) for was, now in changes if was.context != now.context]
    connection.executemany("UPDATE passages SET context = ? WHERE id = ?", renamed)
    replace_pairs(
        connection,
        [(was.id, now.text, now.context) for was, now in changes if was.context != now.context],
    )
    connection.executemany(
        "DELETE FROM passage_vectors WHERE passage_id = ?", [(id,) for _, id in renamed]
    )
