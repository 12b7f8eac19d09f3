"""Full text: SQLite's FTS5 over passages and notes. Derived data, kept by triggers."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence

from docqa.errors import DocqaError
from docqa.model import NoteKind
from docqa.store.database import Database
from docqa.store.sql import among, storable

_TABLES = ("passages_fts", "notes_fts")
_TOKENIZER = "porter unicode61 remove_diacritics 2"
_CONTEXT_WEIGHT = 0.5
"""A word in a passage's context line (title, section) against one in its text."""


class FullText:
    """Keyword search. Expressions are FTS5's own language: quote what people typed.

    The plus before a column keeps SQLite from starting at its index instead of at the full text.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def match(
        self, expression: str, *, documents: Sequence[int] | None = None, limit: int = 50
    ) -> list[tuple[int, float]]:
        """Passages that match, best first, as (id, bm25); a damaged index is made anew.

        SQLite's bm25 is negative, and the less the better. Raises sqlite3.OperationalError if
        ``expression`` is not FTS5.
        """
        condition, parameters = among("+p.document_id", documents)
        return self._rows(
            f"""SELECT p.id, bm25(passages_fts, 1.0, {_CONTEXT_WEIGHT}) AS score
            FROM passages_fts CROSS JOIN passages p ON p.id = passages_fts.rowid
            WHERE passages_fts MATCH ? AND {condition} ORDER BY score, p.id LIMIT ?""",
            (storable(expression), *parameters, limit),
        )

    def match_notes(
        self,
        expression: str,
        *,
        documents: Sequence[int] | None = None,
        kind: NoteKind | None = None,
        limit: int = 50,
    ) -> list[tuple[int, float]]:
        """Verified notes that match in question or text, best first, as (id, bm25)."""
        condition, parameters = among("+n.document_id", documents)
        return self._rows(
            f"""SELECT n.id, bm25(notes_fts) AS score
            FROM notes_fts CROSS JOIN notes n ON n.id = notes_fts.rowid
            WHERE notes_fts MATCH ? AND n.status = 'verified'
            AND (? IS NULL OR n.kind = ?) AND {condition} ORDER BY score, n.id LIMIT ?""",
            (storable(expression), kind, kind, *parameters, limit),
        )

    def document_frequency(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs; terms as the index has them (see ``terms``)."""
        connection = self._database.read()
        found = {}
        for term in set(terms):
            row = connection.execute(
                "SELECT doc FROM passages_words WHERE term = ?", (storable(term),)
            ).fetchone()
            found[term] = int(row[0]) if row else 0
        return found

    def terms(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text as the index has them: lower case, no accents, stemmed."""
        with contextlib.closing(sqlite3.connect(":memory:")) as scratch:
            scratch.execute(f"CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = '{_TOKENIZER}')")
            scratch.execute("CREATE VIRTUAL TABLE v USING fts5vocab ('t', 'instance')")
            scratch.executemany(
                "INSERT INTO t (rowid, x) VALUES (?, ?)",
                [(number, storable(text)) for number, text in enumerate(texts)],
            )
            words: list[list[str]] = [[] for _ in texts]
            for number, term in scratch.execute("SELECT doc, term FROM v ORDER BY doc, offset"):
                words[number].append(term)
        return words

    def check(self) -> bool:
        """Whether the index agrees with the tables, word by word (seconds for a large one)."""
        try:
            with self._database.write() as connection:
                for table in _TABLES:
                    connection.execute(
                        f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
                    )
        except DocqaError as error:
            if _is_corrupt(error):
                return False
            raise
        return True

    def rebuild(self) -> None:
        """Make the index anew from the tables."""
        with self._database.write() as connection:
            for table in _TABLES:
                connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")

    def _rows(self, sql: str, parameters: tuple[object, ...]) -> list[tuple[int, float]]:
        try:
            rows = self._database.read().execute(sql, parameters).fetchall()
        except DocqaError as error:
            if self._database.read_only or not _is_corrupt(error):
                raise
            self.rebuild()
            rows = self._database.read().execute(sql, parameters).fetchall()
        return [(int(id), float(score)) for id, score in rows]


def _is_corrupt(error: DocqaError) -> bool:
    """Whether an index disagrees with itself or its table; the file itself may be sound."""
    return getattr(error.__cause__, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT_VTAB
