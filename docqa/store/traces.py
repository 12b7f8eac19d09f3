"""Makes removed text vanish from the file itself, not only from answers.

``secure_delete`` overwrites what is deleted; the write-ahead log is emptied and backups are deleted
at once. But copies may survive where SQLite moved rows within the file, and single words in the
full-text index until its segments merge. Only a rewrite of the file is thorough, which takes about
10 ms per MB: at once where that goes unnoticed, else when the workspace has time. A mark in the
file remembers that it is due.
"""

from __future__ import annotations

import contextlib
import sqlite3

from docqa.errors import DocqaError
from docqa.store.database import Database
from docqa.store.migrate import backups

_AT_ONCE_BYTES = 64 << 20
"""A file up to this size is rewritten while the person waits."""
_IN_MEMORY_BYTES = 256 << 20
"""A file up to this size is rewritten in memory, so that its text does not pass the disk."""


def mark_traces(connection: sqlite3.Connection) -> None:
    """Remember, in the transaction that removes something, that its traces are to be erased."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('traces', 'left')")


def erase_traces(database: Database, *, at_most: int | None = _AT_ONCE_BYTES) -> bool:
    """Erase what removals left; True if nothing is left to do.

    Of a file larger than ``at_most`` bytes only the log is emptied, the rest waits for a call with
    None. What keeps it from being done now (a full disk, a reader elsewhere, a transaction around
    this call) is no error: a later call does it. So it is if it is killed: SQLite undoes the half,
    and the mark stays.
    """
    if not _is_marked(database):
        return True
    if database.read_only:
        return False
    for backup in backups(database.file):
        with contextlib.suppress(OSError):
            backup.unlink()
    size = database.file.stat().st_size
    large = at_most is not None and size > at_most
    try:
        with database.alone() as connection:
            if connection.in_transaction:
                return False
            if large:
                _empty_log(connection)
                return False
            _rewrite(connection, in_memory=size <= _IN_MEMORY_BYTES)
            if not _empty_log(connection):
                return False
            connection.execute("DELETE FROM meta WHERE key = 'traces'")
    except DocqaError:
        return False
    return True


def _is_marked(database: Database) -> bool:
    row = database.read().execute("SELECT 1 FROM meta WHERE key = 'traces'").fetchone()
    return row is not None


def _rewrite(connection: sqlite3.Connection, *, in_memory: bool) -> None:
    for table in (
        "passages_fts",
        "passages_pairs",
        "notes_fts",
    ):  # merged segments have no removed words
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    connection.execute(f"PRAGMA temp_store = {'MEMORY' if in_memory else 'FILE'}")
    try:
        connection.execute("VACUUM")
    finally:
        connection.execute("PRAGMA temp_store = MEMORY")


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Whether the write-ahead log could be emptied; a reader elsewhere prevents it."""
    before = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 250")
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")
    return not busy
