"""Brings a workspace file to this program's schema, with a backup before anything changes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from docqa.errors import DocqaError
from docqa.store.connection import Connection
from docqa.store.failures import explain_os
from docqa.store.folder import make_private_file
from docqa.store.schema import APPLICATION_ID, MIGRATIONS, Migration


def migrate(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply what is missing, each migration in its own transaction.

    Raises DocqaError for a file of a newer docqa or of another program, and if there is no room
    for the backup; the file is then as it was.
    """
    version = check_version(connection, migrations)
    if version == len(migrations):
        return
    if version > 0:
        _back_up(connection, version)
    connection.execute("PRAGMA foreign_keys = OFF")  # else rebuilding a table would cascade
    try:
        for number, migration in enumerate(migrations[version:], start=version + 1):
            _apply(connection, number, migration)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def check_version(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The file's schema version, 0 if it is empty; DocqaError if it is not ours or too new."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application != APPLICATION_ID and (tables or version or application):
        raise DocqaError(
            f"{connection.file} belongs to another program: choose another workspace folder."
        )
    if version > len(migrations):
        raise DocqaError(
            f"This workspace was made by a newer docqa (its format is {version}, this docqa knows "
            f"{len(migrations)}): update docqa to open it."
        )
    return version


def backups(file: Path) -> list[Path]:
    """The copies that migrations of ``file`` left, and half-made ones."""
    return sorted(file.parent.glob(f"{file.name}.backup-v*"))


def _apply(connection: Connection, number: int, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if int(connection.execute("PRAGMA user_version").fetchone()[0]) >= number:
            connection.execute("ROLLBACK")  # another process was faster
            return
        if isinstance(migration, str):
            for statement in _statements(migration):
                connection.execute(statement)
        else:
            migration(connection)
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise AssertionError(f"migration {number} left a dangling reference")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """The statements of a script (``executescript`` would commit our transaction first)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise AssertionError("a migration ends in the middle of a statement")


def _back_up(connection: Connection, version: int) -> None:
    file = connection.file.with_name(f"{connection.file.name}.backup-v{version}")
    half = file.with_name(file.name + ".part")
    try:
        half.unlink(missing_ok=True)
        make_private_file(half)
        with contextlib.closing(sqlite3.connect(half)) as copy, connection.in_use():
            connection.backup(copy)
        half.replace(file)
    except OSError as error:
        raise explain_os(error, file.parent) from error
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
