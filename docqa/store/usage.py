"""Usage: the ledger of every model call, asleep or awake."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Literal

from docqa.model import Usage
from docqa.store.database import Database

Purpose = Literal["prepare", "ask"]


@dataclass(frozen=True, slots=True)
class Total:
    """What the calls for one purpose took together."""

    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0


class Ledger:
    """The table of model calls; it keeps the numbers of documents that were removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        purpose: Purpose,
        route: str,
        document_id: int | None,
        usage: Usage,
        first_token: float,
        seconds: float,
    ) -> None:
        """Write down one call; ``route`` is the route of an answer or the kind of a step."""
        with self._database.write() as connection:
            record(connection, purpose, route, document_id, usage, first_token, seconds)

    def totals(self) -> dict[Purpose, Total]:
        """What was spent so far, by purpose; both purposes are always there."""
        rows = self._database.read().execute(
            "SELECT purpose, count(*), sum(prompt_tokens), sum(cached_tokens),"
            " sum(completion_tokens), sum(seconds) FROM usage GROUP BY purpose"
        )
        totals: dict[Purpose, Total] = {"prepare": Total(), "ask": Total()}
        for purpose, calls, prompt, cached, completion, seconds in rows.fetchall():
            totals[purpose] = Total(calls, Usage(prompt, cached, completion), seconds)
        return totals


def record(
    connection: sqlite3.Connection,
    purpose: Purpose,
    route: str,
    document_id: int | None,
    usage: Usage,
    first_token: float,
    seconds: float,
) -> None:
    """:meth:`Ledger.record` inside of somebody else's transaction; a document may be gone."""
    connection.execute(
        "INSERT INTO usage (at, purpose, route, document_id, prompt_tokens, cached_tokens,"
        " completion_tokens, first_token, seconds)"
        " VALUES (?, ?, ?, (SELECT id FROM documents WHERE id = ?), ?, ?, ?, ?, ?)",
        (
            time.time(),
            purpose,
            route,
            document_id,
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.completion_tokens,
            first_token,
            seconds,
        ),
    )
