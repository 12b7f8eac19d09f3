"""In how many passages a word stands: known for common words, looked up for the others.

FTS5 answers that by walking over all passages that have the word: nothing for a rare one, but some
10 ms for "total" in a million passages, while somebody waits.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable

from docqa.store.database import Database
from docqa.store.sql import storable
from docqa.store.tokens import Tokens

_SMALL = 20_000
"""Passages of a library in which every word is looked up: that takes at most a millisecond."""
_GROWN = 1.25
_SAMPLE = 2_000
_COMMON = 0.01
"""Share of the passages from which a word is common. In the sample that is 20 ± 9 passages."""
_COUNTED = "words counted"
_SCATTERING, _SCATTERED = 2_654_435_761, 2**32
"""An id times the one, modulo the other, may be any number below that: it chooses the sample."""


class Frequencies:
    """How often words stand in passages, exactly or (common ones) as a sample says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs; terms as the index has them."""
        wanted = {term: storable(term) for term in terms}
        connection = self._database.read()
        total = passage_count(connection)
        found = {}
        for term, stored in wanted.items():
            row = connection.execute(
                "SELECT share FROM common_words WHERE term = ?", (stored,)
            ).fetchone()
            if row is not None:
                found[term] = round(row[0] * total)
                continue
            row = connection.execute(
                "SELECT doc FROM passages_words WHERE term = ?", (stored,)
            ).fetchone()
            found[term] = int(row[0]) if row else 0
        return found

    def of_pairs(self, pairs: Iterable[str]) -> dict[str, int]:
        """The same for pieces of scripts without blanks (see ``unspaced``)."""
        connection = self._database.read()
        found = {}
        for pair in set(pairs):
            row = connection.execute(
                "SELECT doc FROM passages_pairs_words WHERE term = ?", (storable(pair),)
            ).fetchone()
            found[pair] = int(row[0]) if row else 0
        return found

    def refresh(self) -> None:
        """Count the common words again if the library has grown by a quarter since.

        That takes some tenths of a second, so whoever adds documents calls it, nobody who waits.
        """
        connection = self._database.read()
        total = passage_count(connection)
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (_COUNTED,)).fetchone()
        if total <= _SMALL or (row is not None and total < _GROWN * int(row[0])):
            return
        texts = _sample(connection, total)
        with contextlib.closing(Tokens()) as tokens:
            counts = tokens.frequencies(texts)
        least = _COMMON * len(texts)
        common = [(term, n / len(texts)) for term, n in counts.items() if n >= least]
        with self._database.write() as writing:
            writing.execute("DELETE FROM common_words")
            writing.executemany("INSERT INTO common_words VALUES (?, ?)", common)
            writing.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_COUNTED, str(total)))


def passage_count(connection: sqlite3.Connection) -> int:
    """How many passages there are, without counting them."""
    row = connection.execute("SELECT coalesce(sum(passages), 0) FROM documents").fetchone()
    return int(row[0])


def forget_frequencies(connection: sqlite3.Connection, removed: int) -> None:
    """Let no word survive of so many ``removed`` passages, in the transaction that removes them.

    A word that only they have can be known only if they are a good part of the library.
    """
    if removed >= _COMMON / 4 * (passage_count(connection) + removed):
        connection.execute("DELETE FROM common_words")
        connection.execute("DELETE FROM meta WHERE key = ?", (_COUNTED,))


def _sample(connection: sqlite3.Connection, total: int) -> list[str]:
    """Texts with their contexts of passages from all over the library, the same every time.

    Wherever their ids are: removed passages leave gaps, which may be wider than all the rest.
    """
    share = min(1.0, _SAMPLE / total)
    rows = connection.execute(
        """SELECT text || ' ' || context FROM passages WHERE id IN (
            SELECT id FROM passages INDEXED BY passages_in_order WHERE id * ? % ? < ?)""",
        (_SCATTERING, _SCATTERED, int(share * _SCATTERED)),
    )
    return [text for (text,) in rows.fetchall()]
