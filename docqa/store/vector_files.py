"""Which files beside the database hold which vectors, and for which owners they are outdated.

Triggers note each vector that comes, changes or goes. What is noted and what the files hold is the
truth together, whenever a process is killed: of a noted owner only the database knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docqa.store.database import Database
from docqa.store.sql import listed
from docqa.store.vectors import Owner

Ids = NDArray[np.int64]

_EMBEDDER = "embedder_id = (SELECT id FROM embedders WHERE identity = ?)"


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A file of ``rows`` vectors, of owners from ``first_id`` to ``last_id``."""

    name: str
    rows: int
    first_id: int
    last_id: int
    checksum: int


@dataclass(frozen=True, slots=True)
class State:
    """The files of one owner and embedder, and what changed since; read in one moment.

    ``changes`` are the ids that are noted, in no order; ``last`` is the number of the last note.
    """

    files: tuple[VectorFile, ...]
    changes: Ids
    last: int


class VectorFiles:
    """The tables of files and changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self, owner: Owner, embedder: str, since: int = 0) -> State:
        """The files, and what was noted after the note number ``since``."""
        last = max(since, self.last())
        # One statement sees one moment, also while another process writes.
        rows = (
            self._database.read()
            .execute(
                f"""SELECT name, rows, first_id, last_id, checksum FROM vector_files
                WHERE {_EMBEDDER} AND owner = ?
                UNION ALL SELECT NULL, id, owner_id, 0, 0 FROM vector_changes
                WHERE {_EMBEDDER} AND owner = ? AND id > ?""",
                (embedder, owner, embedder, owner, since),
            )
            .fetchall()
        )
        changes = [row for row in rows if row[0] is None]
        return State(
            tuple(VectorFile(*row) for row in rows if row[0] is not None),
            np.array([row[2] for row in changes], np.int64),
            max(last, *(int(row[1]) for row in changes), 0),
        )

    def last(self) -> int:
        """The number of the last note of all, 0 if there never was one."""
        row = self._database.read().execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'vector_changes'"
        )
        found = row.fetchone()
        return int(found[0]) if found else 0

    def note(self, owner: Owner, embedder: str, ids: Iterable[int]) -> None:
        """Note that the files are no longer to be believed for these owners."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO vector_changes (owner, embedder_id, owner_id)"
                " SELECT ?, e.id, value FROM embedders e, json_each(?) WHERE e.identity = ?",
                (owner, listed(ids), embedder),
            )

    def replace(
        self,
        owner: Owner,
        embedder: str,
        new: VectorFile | None,
        old: Sequence[str],
        settled: Iterable[int] | None,
        last: int,
    ) -> None:
        """List ``new`` instead of ``old``; forget notes up to the number ``last`` that it settles.

        ``settled``: the owners that it holds as they are now; None if there are no others.
        """
        with self._database.write() as connection:
            connection.executemany("DELETE FROM vector_files WHERE name = ?", [(n,) for n in old])
            if new is not None:
                connection.execute(
                    "INSERT INTO vector_files (name, owner, embedder_id, rows, first_id, last_id,"
                    " checksum) SELECT ?, ?, id, ?, ?, ?, ? FROM embedders WHERE identity = ?",
                    (new.name, owner, new.rows, new.first_id, new.last_id, new.checksum, embedder),
                )
            among: str = "1"
            parameters: tuple[str, ...] = ()
            if settled is not None:
                among = "owner_id IN (SELECT value FROM json_each(?))"
                parameters = (listed(settled),)
            connection.execute(
                f"DELETE FROM vector_changes WHERE {_EMBEDDER} AND owner = ? AND id <= ?"
                f" AND {among}",
                (embedder, owner, last, *parameters),
            )

    def checked(self, name: str, checksum: int) -> None:
        """The file of this name was changed in place and has another checksum."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE vector_files SET checksum = ? WHERE name = ?", (checksum, name)
            )

    def lose(self, owner: Owner, embedder: str, file: VectorFile) -> None:
        """A file is missing or damaged: from now on the database speaks for its owners."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO vector_changes (owner, embedder_id, owner_id)"
                f" SELECT ?, embedder_id, {owner}_id FROM {owner}_vectors"
                f" WHERE {owner}_id BETWEEN ? AND ? AND {_EMBEDDER}",
                (owner, file.first_id, file.last_id, embedder),
            )
            connection.execute("DELETE FROM vector_files WHERE name = ?", (file.name,))

    def names(self) -> frozenset[str]:
        """The names of all files that are listed."""
        rows = self._database.read().execute("SELECT name FROM vector_files")
        return frozenset(str(row[0]) for row in rows.fetchall())
