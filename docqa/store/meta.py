"""Facts about the workspace itself: its id, when it was made, which embedder is in use."""

from __future__ import annotations

from docqa.store.database import Database
from docqa.store.sql import storable


class Meta:
    """Named values; ``workspace`` (random id) and ``created`` (UTC, ISO 8601) are always there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """The value of ``key``, None if there is none."""
        row = self._database.read().execute("SELECT value FROM meta WHERE key = ?", (key,))
        found = row.fetchone()
        return None if found is None else str(found[0])

    def set(self, key: str, value: str) -> None:
        """Set or replace the value of ``key``."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (key, storable(value)),
            )
