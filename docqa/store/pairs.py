"""Full text of scripts without blanks between words: pairs of characters, for FTS5."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from docqa.store.unspaced import has_unspaced, pieces


def insert_pairs(connection: sqlite3.Connection, passages: Iterable[tuple[int, str, str]]) -> None:
    """Make passages (id, text, context) known that have such letters; of others nothing is kept.

    The same transaction must insert them. A trigger removes the pairs with the passage.
    """
    rows = [
        (id, " ".join(pieces(text)), " ".join(pieces(context)))
        for id, text, context in passages
        if has_unspaced(text) or has_unspaced(context)
    ]
    connection.executemany(
        "INSERT INTO passages_pairs (rowid, text, context) VALUES (?, ?, ?)",
        [row for row in rows if row[1] or row[2]],
    )


def replace_pairs(connection: sqlite3.Connection, passages: Sequence[tuple[int, str, str]]) -> None:
    """The same for passages that are known already, with other pairs perhaps."""
    connection.executemany(
        "DELETE FROM passages_pairs WHERE rowid = ?", [(id,) for id, _, _ in passages]
    )
    insert_pairs(connection, passages)


def fill_pairs(connection: sqlite3.Connection) -> None:
    """Make all passages known anew, as a migration and where the index is damaged."""
    connection.execute("DELETE FROM passages_pairs")
    rows = connection.execute("SELECT id, text, context FROM passages")
    while some := rows.fetchmany(1000):
        insert_pairs(connection, some)
