"""The words of texts as the full-text index has them, by asking SQLite's own tokenizer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from docqa.store.sql import storable

TOKENIZER = "porter unicode61 remove_diacritics 2"


class Tokens:
    """Cuts and stems. Any thread may use it; close it in the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def terms(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text: lower case, no accents, stemmed."""
        found: list[list[str]] = [[] for _ in texts]
        with self._holding(texts) as scratch:
            rows = scratch.execute("SELECT doc, term FROM places ORDER BY doc, offset")
            for number, term in rows:
                found[number].append(term)
        return found

    def vocabularies(self, texts: Sequence[str]) -> list[set[str]]:
        """The different words of each text, which is quicker than ``terms``."""
        found: list[set[str]] = [set() for _ in texts]
        with self._holding(texts) as scratch:
            for number, term in scratch.execute("SELECT doc, term FROM places").fetchall():
                found[number].add(term)
        return found

    def frequencies(self, texts: Sequence[str]) -> dict[str, int]:
        """All words that the texts have, and in how many of them each is."""
        with self._holding(texts) as scratch:
            return dict(scratch.execute("SELECT term, doc FROM counts").fetchall())

    def close(self) -> None:
        """Free the memory; another call makes it anew."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _holding(self, texts: Sequence[str]) -> Iterator[sqlite3.Connection]:
        """A scratch database in memory with these texts, numbered from 0."""
        with self._lock:
            if self._connection is None:
                self._connection = _scratch()
            self._connection.execute("BEGIN")
            try:
                self._connection.executemany(
                    "INSERT INTO texts (rowid, x) VALUES (?, ?)",
                    [(number, storable(text)) for number, text in enumerate(texts)],
                )
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")


def _scratch() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute(
        f"CREATE VIRTUAL TABLE texts USING fts5 (x, content = '', tokenize = '{TOKENIZER}')"
    )
    connection.execute("CREATE VIRTUAL TABLE places USING fts5vocab ('texts', 'instance')")
    connection.execute("CREATE VIRTUAL TABLE counts USING fts5vocab ('texts', 'row')")
    return connection
