"""Vectors: what embedders made of passages and notes, as float16; they go with their owner."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from docqa.store.database import Database
from docqa.store.sql import listed

Owner = Literal["passage", "note"]
Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]

_STORED = np.dtype("<f2")


class Vectors:
    """Vectors by owner and embedder identity; all of one embedder have one dimension."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, owner: Owner, embedder: str, ids: Sequence[int] | Ids, matrix: NDArray[np.floating]
    ) -> None:
        """Store one row of ``matrix`` (n, d) per id, replacing; owners that are gone are skipped.

        Raises ValueError if the shapes do not fit each other or the embedder's dimension.
        """
        if matrix.ndim != 2 or matrix.shape[0] != len(ids):
            raise ValueError(f"{len(ids)} ids do not fit a matrix of shape {matrix.shape}")
        rows = np.ascontiguousarray(matrix, dtype=_STORED)
        table = f"{owner}_vectors"
        with self._database.write() as connection:
            number = _embedder(connection, embedder, rows.shape[1])
            connection.executemany(
                f"INSERT OR REPLACE INTO {table} ({owner}_id, embedder_id, vector)"
                f" SELECT id, ?, ? FROM {owner}s WHERE id = ?",
                [(number, row.tobytes(), int(id)) for id, row in zip(ids, rows, strict=True)],
            )

    def load(self, owner: Owner, embedder: str) -> tuple[Ids, Matrix]:
        """All vectors: ids (n,) ascending and a matrix (n, d); d is 0 for an unknown embedder."""
        return self._select(owner, embedder, "1", ())

    def of(self, owner: Owner, embedder: str, ids: Iterable[int]) -> tuple[Ids, Matrix]:
        """The vectors of these owners, like ``load``; those without one are left out."""
        condition = f"{owner}_id IN (SELECT value FROM json_each(?))"
        return self._select(owner, embedder, condition, (listed(ids),))

    def forget(self, document_id: int) -> None:
        """Delete the vectors of a document's passages, of every embedder."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM passage_vectors WHERE passage_id IN"
                " (SELECT id FROM passages WHERE document_id = ?)",
                (document_id,),
            )

    def count(self, owner: Owner, embedder: str) -> int:
        """How many owners have a vector of this embedder."""
        cursor = self._database.read().execute(
            f"SELECT count(*) FROM {owner}_vectors"
            " WHERE embedder_id = (SELECT id FROM embedders WHERE identity = ?)",
            (embedder,),
        )
        return int(cursor.fetchone()[0])

    def _select(
        self, owner: Owner, embedder: str, condition: str, parameters: tuple[str, ...]
    ) -> tuple[Ids, Matrix]:
        connection = self._database.read()
        known = connection.execute(
            "SELECT id, dimension FROM embedders WHERE identity = ?", (embedder,)
        ).fetchone()
        if known is None:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        number, dimension = known
        rows = connection.execute(
            f"SELECT {owner}_id, vector FROM {owner}_vectors"
            f" WHERE embedder_id = ? AND {condition} ORDER BY {owner}_id",
            (number, *parameters),
        ).fetchall()
        ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
        stored = np.frombuffer(b"".join(row[1] for row in rows), _STORED)
        return ids, stored.reshape(len(rows), dimension).astype(np.float32)


def _embedder(connection: sqlite3.Connection, identity: str, dimension: int) -> int:
    connection.execute(
        "INSERT OR IGNORE INTO embedders (identity, dimension) VALUES (?, ?)", (identity, dimension)
    )
    number, known = connection.execute(
        "SELECT id, dimension FROM embedders WHERE identity = ?", (identity,)
    ).fetchone()
    if known != dimension:
        raise ValueError(f"vectors of dimension {dimension} for an embedder of dimension {known}")
    return int(number)
