"""One SQLite connection with our settings, whose errors are sentences."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from docqa.errors import DocqaError
from docqa.store.failures import explain

CLOSED = "The workspace is closed: open it again."

_BUSY_SECONDS = 5.0
_CACHE_KIB = 8_000
_WAL_BYTES = 32 << 20


class _Cursor(sqlite3.Cursor):
    """A cursor that raises DocqaError for what a person can cause (see failures.explain)."""

    connection: Connection

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        with self.connection.in_use():
            return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        with self.connection.in_use():
            return super().executemany(sql, parameters)

    def fetchone(self) -> Any:
        with self.connection.in_use():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with self.connection.in_use():
            return super().fetchall()

    def __next__(self) -> Any:
        with self.connection.in_use():
            return super().__next__()


class Connection(sqlite3.Connection):
    """A connection to one file; use :func:`connect`."""

    file: Path

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._use = threading.RLock()
        self._closing = False
        super().__init__(*arguments, **options)

    def cursor(self, factory: Any = _Cursor) -> Any:
        """A cursor whose errors are sentences."""
        with self.in_use():
            return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run one statement on a new cursor (the base class would pass by ours)."""
        return self.cursor().execute(sql, parameters)  # type: ignore[no-any-return]

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Run one statement for each row of parameters."""
        return self.cursor().executemany(sql, parameters)  # type: ignore[no-any-return]

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Turn errors that a person can cause or cure into DocqaErrors; hold off ``close``."""
        with self._use:
            try:
                yield
            except sqlite3.Error as error:
                if self._closing:
                    raise DocqaError(CLOSED) from None
                raise explain(error, self.file) from error

    def close(self) -> None:
        """Close after the statement that another thread may be running; its next is a DocqaError.

        Without the lock SQLite's statements would be freed under that thread's hands. (Interrupting
        it would also stop the last connection from emptying the write-ahead log.)
        """
        self._closing = True
        with self._use:
            super().close()


def connect(file: Path, *, read_only: bool = False) -> Connection:
    """Open an existing database file; DocqaError if that fails.

    A reader opens for writing and then forswears it (``query_only``): a true read-only connection
    cannot clean up its -wal and -shm files. Where the folder is not writable nobody changes the
    file, which is then read as immutable unless a log has to be read with it.
    """
    mode = "mode=rw"
    if read_only and not os.access(file.parent, os.W_OK):
        has_log = file.with_name(file.name + "-wal").exists()
        mode = "mode=ro" if has_log else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # so that the owner can close what other threads opened
            factory=Connection,
        )
    except sqlite3.Error as error:
        raise explain(error, file) from error
    connection.file = file
    try:
        _configure(connection, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def _configure(connection: Connection, *, read_only: bool) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # no text of documents in temporary files
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA secure_delete = ON")  # removed text is overwritten
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise DocqaError(
            f"The disk of {connection.file.parent} cannot hold a workspace (no write-ahead log "
            "there): choose a folder on a disk of this computer."
        )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
