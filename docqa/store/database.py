"""The workspace's SQLite file: opening, one connection per thread, transactions."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from docqa.errors import DocqaError
from docqa.store.connection import CLOSED, Connection, connect
from docqa.store.failures import explain_os, not_writable
from docqa.store.folder import make_private_file, make_private_folder
from docqa.store.migrate import check_version, migrate
from docqa.store.schema import MIGRATIONS


class Database:
    """One workspace file, used by many threads. Use :meth:`open`, end with :meth:`close`.

    Connections are kept by thread number and not in a ``threading.local``, which Qt's threads
    lose between two calls. A number that is used again inherits the connection, which is idle.
    """

    def __init__(self, file: Path, *, read_only: bool) -> None:
        self.file = file
        self.read_only = read_only
        self._connections: dict[int, Connection] = {}
        self._guard = threading.Lock()
        self._writing = threading.RLock()  # in line instead of SQLite's polling
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Database:
        """Open the file, creating or migrating it unless ``read_only``.

        Raises DocqaError if it cannot be made, read or written, is damaged or of a newer docqa,
        and in reading if there is none yet.
        """
        database = cls(path, read_only=read_only)
        try:
            if read_only:
                database._check_readable()
            else:
                make_private_folder(path.parent)
                make_private_file(path)
                if not os.access(path, os.W_OK):  # SQLite would quietly open it for reading
                    raise DocqaError(not_writable(path.parent))
                migrate(database.read())
        except BaseException:
            database.close()
            raise
        return database

    def read(self) -> Connection:
        """This thread's own connection; do not hand it to other threads or keep it."""
        thread = threading.get_ident()
        with self._guard:
            if self._closed:
                raise DocqaError(CLOSED)
            connection = self._connections.get(thread)
            if connection is None:
                connection = connect(self.file, read_only=self.read_only)
                self._connections[thread] = connection
            return connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: everything in the block happens, or nothing.

        Inside another ``write`` of the same thread it joins that one; an error must then not be
        swallowed between the two. Keep it short: other writers wait.
        """
        if self.read_only:
            raise DocqaError(not_writable(self.file.parent))
        with self._writing:
            connection = self.read()
            joins = connection.in_transaction
            if joins:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite itself rolls back on a full disk
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def alone(self) -> Iterator[Connection]:
        """This thread's connection while no other thread writes, for what is no transaction."""
        with self._writing:
            yield self.read()

    def close(self) -> None:
        """Close the connections of all threads, after a write that is under way.

        Threads that are reading get a DocqaError. Closing again does nothing.
        """
        with self._writing, self._guard:
            self._closed = True
            connections = list(self._connections.values())
            self._connections.clear()
            for connection in connections:
                connection.close()

    def _check_readable(self) -> None:
        try:
            missing = not self.file.exists()
        except OSError as error:
            raise explain_os(error, self.file.parent) from error
        if missing:
            raise DocqaError(f"There is no workspace at {self.file.parent} yet: add a PDF first.")
        version = check_version(self.read())
        if version == 0:
            raise DocqaError(f"There is no workspace at {self.file.parent} yet: add a PDF first.")
        if version < len(MIGRATIONS):
            raise DocqaError(
                f"The workspace at {self.file.parent} is in an older format: open docqa's window "
                'once, or run "docqa add" with any PDF: that brings it up to date.'
            )
