"""Passages: the spans of pages that retrieval finds. They come in through ``Pages.replace``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docqa.model import Passage
from docqa.store.database import Database
from docqa.store.sql import listed

_SELECT = 'SELECT id, document_id, page, start, "end", text, context FROM passages'


class Passages:
    """The table of passages; ids are never used again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ids: Iterable[int]) -> dict[int, Passage]:
        """The passages by id; unknown ids are left out."""
        found = self._select("WHERE id IN (SELECT value FROM json_each(?))", listed(ids))
        return {passage.id: passage for passage in found}

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
        sql = "SELECT count(*) FROM passages"
        parameters: tuple[int, ...] = ()
        if document_id is not None:
            sql, parameters = f"{sql} WHERE document_id = ?", (document_id,)
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
