"""Full text: SQLite's FTS5 over passages and notes. Derived data, kept by triggers."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from docqa.errors import DocqaError
from docqa.model import NoteKind
from docqa.store.database import Database
from docqa.store.frequencies import Frequencies, passage_count
from docqa.store.pairs import fill_pairs
from docqa.store.sql import among, listed, storable
from docqa.store.tokens import Tokens

PassageTable = Literal["passages_fts", "passages_pairs"]
"""Words; and pairs of characters where there are no blanks between words."""

_TABLES = ("passages_fts", "passages_pairs", "notes_fts")
_NARROW = 12_000
"""Passages of a scope whose ids are told to SQLite one by one, which takes some milliseconds."""
_MOST_SCORED = 100_000
"""Matches that one search looks at, at 0.8 µs each: beginnings of words may have any number."""
_SIFTED_AT_ONCE = 500
_CONTEXT_WEIGHT = 2.0
"""A word in a passage's context line (title, section, heads of its table) against one in its text.
With 0.5, 1, 2 and 3 the page was among the first five for .72, .74, .79 and .79 of the questions
about one filing, and for .90 of those about other documents."""


class FullText:
    """Keyword search. Expressions are FTS5's own language: quote what people typed.

    The plus before a column keeps SQLite from starting at its index instead of at the full text.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tokens = Tokens()
        self.frequencies = Frequencies(database)

    def match(
        self,
        expression: str,
        *,
        documents: Sequence[int] | None = None,
        limit: int = 50,
        table: PassageTable = "passages_fts",
        scored: int = _MOST_SCORED,
    ) -> list[tuple[int, float]]:
        """Passages that match, best first, as (id, bm25); a damaged index is made anew.

        SQLite's bm25 is negative, and the less the better. Without a scope, of more than
        ``scored`` matches only the newest are looked at. Raises sqlite3.OperationalError if
        ``expression`` is not FTS5.
        """
        select = f"SELECT rowid, bm25({table}, 1.0, {_CONTEXT_WEIGHT}) AS score FROM {table}"
        matching = f"WHERE {table} MATCH ?"
        order = "ORDER BY score, rowid LIMIT ?"
        asked = storable(expression)
        if documents is None:
            if passage_count(self._database.read()) <= scored:
                return self._rows(f"{select} {matching} {order}", (asked, limit))
            newest = f"{select} {matching} ORDER BY rowid DESC LIMIT ?"
            return self._rows(f"SELECT * FROM ({newest}) {order}", (asked, scored, limit))
        if not self.is_narrow(documents):
            return self._sifted(f"{select} {matching} {order}", asked, documents, limit)
        ids = self._passages_of(documents)
        if not ids:
            return []
        return self._rows(
            f"{select} {matching} AND rowid BETWEEN ? AND ?"
            f" AND +rowid IN (SELECT value FROM json_each(?)) {order}",
            (asked, min(ids), max(ids), listed(ids), limit),
        )

    def is_narrow(self, documents: Sequence[int] | None) -> bool:
        """Whether these documents have so few passages that each one is looked at by its id."""
        if documents is None:
            return False
        row = self._database.read().execute(
            "SELECT coalesce(sum(passages), 0) FROM documents"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (listed(documents),),
        )
        return int(row.fetchone()[0]) <= _NARROW

    def documents_with(self, expression: str, *, page: int, most: int) -> list[int]:
        """The documents that match on that page (1-based); none if over ``most`` passages match."""
        found = self._rows(
            "SELECT rowid, 0.0 FROM passages_fts WHERE passages_fts MATCH ? LIMIT ?",
            (storable(expression), most + 1),
        )
        if len(found) > most:
            return []
        rows = self._database.read().execute(
            "SELECT DISTINCT document_id FROM passages"
            " WHERE id IN (SELECT value FROM json_each(?)) AND +page = ?",
            (listed(id for id, _ in found), page),
        )
        return [id for (id,) in rows.fetchall()]

    def newest_narrow(self, documents: Sequence[int]) -> list[int]:
        """As many of these documents, the newest first, as a narrow scope has room for."""
        rows = self._database.read().execute(
            "SELECT id, passages FROM documents WHERE id IN (SELECT value FROM json_each(?))"
            " ORDER BY id DESC",
            (listed(documents),),
        )
        chosen, room = [], _NARROW
        for id, passages in rows.fetchall():
            if passages <= room:
                chosen.append(id)
                room -= passages
        return chosen

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
        """In how many passages each term occurs; terms as the index has them (see ``terms``).

        In large libraries that of common words is what a sample says.
        """
        return self.frequencies.of(terms)

    def terms(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text as the index has them: lower case, no accents, stemmed."""
        return self._tokens.terms(texts)

    def vocabularies(self, texts: Sequence[str]) -> list[set[str]]:
        """The different words of each text, as ``terms`` has them, but quicker."""
        return self._tokens.vocabularies(texts)

    def close(self) -> None:
        """Free what is in memory; it may still be used."""
        self._tokens.close()

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
            fill_pairs(connection)

    def _passages_of(self, documents: Sequence[int]) -> list[int]:
        rows = self._database.read().execute(
            "SELECT id FROM passages WHERE document_id IN (SELECT value FROM json_each(?))",
            (listed(documents),),
        )
        return [id for (id,) in rows.fetchall()]

    def _sifted(
        self, sql: str, expression: str, documents: Sequence[int], limit: int
    ) -> list[tuple[int, float]]:
        """The first matches that are of these documents: looking up only as many as needed."""
        wanted, found = set(documents), []
        perhaps = self._within(self._rows(sql, (expression, -1)), documents)
        for some in _batches(perhaps, _SIFTED_AT_ONCE):
            rows = self._database.read().execute(
                "SELECT id, document_id FROM passages WHERE id IN (SELECT value FROM json_each(?))",
                (listed(id for id, _ in some),),
            )
            inside = {id for id, document in rows.fetchall() if document in wanted}
            found += [(id, score) for id, score in some if id in inside]
            if len(found) >= limit:
                break
        return found[:limit]

    def _within(
        self, rows: list[tuple[int, float]], documents: Sequence[int]
    ) -> list[tuple[int, float]]:
        """Those whose ids are between the first and last one of some document."""
        spans = self._database.read().execute(
            "SELECT first_passage, last_passage FROM documents"
            " WHERE id IN (SELECT value FROM json_each(?)) AND passages > 0 ORDER BY first_passage",
            (listed(documents),),
        )
        edges = np.array(spans.fetchall(), np.int64).reshape(-1, 2)
        firsts, lasts = edges[:, 0], np.maximum.accumulate(edges[:, 1])
        ids = np.fromiter((id for id, _ in rows), np.int64, len(rows))
        before = np.searchsorted(firsts, ids, side="right") - 1
        inside = (before >= 0) & (ids <= lasts[before])
        return [rows[position] for position in np.flatnonzero(inside).tolist()]

    def _rows(self, sql: str, parameters: tuple[object, ...]) -> list[tuple[int, float]]:
        try:
            rows = self._database.read().execute(sql, parameters).fetchall()
        except DocqaError as error:
            if self._database.read_only or not _is_corrupt(error):
                raise
            self.rebuild()
            rows = self._database.read().execute(sql, parameters).fetchall()
        return [(int(id), float(score)) for id, score in rows]


def _batches(rows: list[tuple[int, float]], size: int) -> Iterator[list[tuple[int, float]]]:
    rest = iter(rows)
    while some := list(itertools.islice(rest, size)):
        yield some


def _is_corrupt(error: DocqaError) -> bool:
    """Whether an index disagrees with itself or its table; the file itself may be sound."""
    return getattr(error.__cause__, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT_VTAB
