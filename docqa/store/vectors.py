"""Vectors: what embedders made of passages and notes, as float16; they go with their owner."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from docqa.model import NOTE_KINDS
from docqa.store.database import Database
from docqa.store.sql import listed

Owner = Literal["passage", "note"]
Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]

_STORED = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class Places:
    """Owners and where they belong, ascending by id.

    ``ids`` and ``documents`` are int64 (n,), ``kinds`` int8 (n,): a note's index in NOTE_KINDS.
    """

    ids: Ids
    documents: Ids
    kinds: NDArray[np.int8]


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
                # No "OR REPLACE": triggers would not be told of the row that goes.
                f"INSERT INTO {table} ({owner}_id, embedder_id, vector)"
                f" SELECT id, ?, ? FROM {owner}s WHERE id = ?"
                f" ON CONFLICT ({owner}_id, embedder_id) DO UPDATE SET vector = excluded.vector",
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
            f"SELECT {owner}s FROM embedders WHERE identity = ?", (embedder,)
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def owners(self, owner: Owner, embedder: str, first: int, last: int) -> Ids:
        """The ids from ``first`` to ``last`` that have a vector, ascending (n,)."""
        rows = self._database.read().execute(
            f"SELECT {owner}_id FROM {owner}_vectors WHERE {owner}_id BETWEEN ? AND ?"
            " AND embedder_id = (SELECT id FROM embedders WHERE identity = ?)"
            f" ORDER BY {owner}_id",
            (first, last, embedder),
        )
        return np.array([row[0] for row in rows.fetchall()], np.int64)

    def places(self, owner: Owner, ids: Iterable[int]) -> Places:
        """Where these owners belong; those that are gone are left out."""
        kind = "''" if owner == "passage" else "kind"
        rows = (
            self._database.read()
            .execute(
                f"SELECT id, document_id, {kind} FROM {owner}s"
                " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
                (listed(ids),),
            )
            .fetchall()
        )
        return Places(
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.int64),
            np.array([NOTE_KINDS.index(row[2]) if row[2] else 0 for row in rows], np.int8),
        )

    def embedders(self) -> list[str]:
        """The identities of all embedders that have, or had, vectors here."""
        rows = self._database.read().execute("SELECT identity FROM embedders ORDER BY id")
        return [str(row[0]) for row in rows]

    def drop(self, embedder: str, limit: int) -> bool:
        """Delete up to ``limit`` vectors of each owner of an embedder; False if it is gone then."""
        with self._database.write() as connection:
            parameters = (embedder, limit)
            found = 0
            for table in ("passage_vectors", "note_vectors"):
                found += connection.execute(
                    f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE"
                    " embedder_id = (SELECT id FROM embedders WHERE identity = ?) LIMIT ?)",
                    parameters,
                ).rowcount
            if not found:
                connection.execute("DELETE FROM embedders WHERE identity = ?", (embedder,))
        return found > 0

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
