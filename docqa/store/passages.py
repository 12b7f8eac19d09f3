"""Passages: the spans of pages that retrieval finds. They come in through ``Pages.replace``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docqa.model import Passage
from docqa.store.database import Database
from docqa.store.sql import listed

_SELECT = 'SELECT id, document_id, page, start, "end", text, context FROM passages'


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one page's text: half-open offsets into it."""

    document_id: int
    page: int
    start: int
    end: int


class Passages:
    """The table of passages; ids are never used again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ids: Iterable[int]) -> dict[int, Passage]:
        """The passages by id; unknown ids are left out."""
        found = self._select("WHERE id IN (SELECT value FROM json_each(?))", listed(ids))
        return {passage.id: passage for passage in found}

    def at(self, spans: Sequence[Span]) -> list[list[Passage]]:
        """For each span the passages that share text with it, in reading order."""
        wanted = [(one.document_id, one.page, one.start, one.end) for one in spans]
        # The cross join keeps SQLite from walking over all passages for each span.
        rows = self._database.read().execute(
            """SELECT s.key, p.id, p.document_id, p.page, p.start, p."end", p.text, p.context
            FROM json_each(?) s CROSS JOIN passages p
            WHERE p.document_id = json_extract(s.value, '$[0]')
            AND p.page = json_extract(s.value, '$[1]')
            AND p.start < json_extract(s.value, '$[3]')
            AND p."end" > json_extract(s.value, '$[2]')
            ORDER BY s.key, p.start""",
            (json.dumps(wanted),),
        )
        found: list[list[Passage]] = [[] for _ in spans]
        for key, *passage in rows.fetchall():
            found[key].append(Passage(*passage))
        return found

    def on_pages(self, pages: Iterable[tuple[int, int]]) -> dict[int, tuple[int, int]]:
        """The passages on these pages (document, 1-based number), with their page, by id."""
        rows = self._database.read().execute(
            """SELECT p.id, p.document_id, p.page FROM json_each(?) s CROSS JOIN passages p
            WHERE p.document_id = json_extract(s.value, '$[0]')
            AND p.page = json_extract(s.value, '$[1]')""",
            (json.dumps(list(pages)),),
        )
        return {id: (document, page) for id, document, page in rows.fetchall()}

    def of_document(self, document_id: int) -> list[Passage]:
        """All passages of a document, in reading order."""
        return self._select("WHERE document_id = ? ORDER BY page, start", document_id)

    def amid(self, document_id: int, limit: int) -> list[Passage]:
        """Up to ``limit`` passages from the middle of a document, in reading order."""
        skipped = max(0, (self.count(document_id) - limit) // 2)
        return self._select(
            "WHERE document_id = ? ORDER BY page, start LIMIT ? OFFSET ?",
            document_id, limit, skipped,
        )  # fmt: skip

    def count(self, document_id: int | None = None) -> int:
        """How many passages there are, in all or in one document."""
        sql = "SELECT coalesce(sum(passages), 0) FROM documents"
        parameters: tuple[int, ...] = ()
        if document_id is not None:
            sql, parameters = f"{sql} WHERE id = ?", (document_id,)
        return int(self._database.read().execute(sql, parameters).fetchone()[0])

    def without_vector(
        self, embedder: str, document_id: int | None = None, limit: int | None = None
    ) -> list[Passage]:
        """Passages that have no vector of this embedder yet, by document in reading order."""
        where = "" if document_id is None else "p.document_id = ? AND"
        first = () if document_id is None else (document_id,)
        return self._select(
            f"""WHERE id IN (
                SELECT p.id FROM passages p INDEXED BY passages_in_order
                WHERE {where} NOT EXISTS (
                    SELECT 1 FROM passage_vectors v WHERE v.passage_id = p.id
                    AND v.embedder_id = (SELECT id FROM embedders WHERE identity = ?))
                ORDER BY p.document_id, p.page, p.start LIMIT ?)
            ORDER BY document_id, page, start""",
            *first,
            embedder,
            -1 if limit is None else limit,
        )

    def _select(self, rest: str, *parameters: Any) -> list[Passage]:
        rows = self._database.read().execute(f"{_SELECT} {rest}", parameters).fetchall()
        return [Passage(*row) for row in rows]
