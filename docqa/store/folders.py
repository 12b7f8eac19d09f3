"""Folders: those that are watched, and which of their files the person does not want."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from docqa.store.database import Database
from docqa.store.sql import stored_path


class Folders:
    """The tables of watched folders and of files left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, path: str) -> bool:
        """Watch the folder at this absolute path; False if it was watched already."""
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT OR IGNORE INTO folders (path, added) VALUES (?, ?)",
                (stored_path(path), time.time()),
            )
            return cursor.rowcount == 1

    def remove(self, path: str) -> bool:
        """Watch it no longer; False if it was not watched."""
        with self._database.write() as connection:
            cursor = connection.execute("DELETE FROM folders WHERE path = ?", (stored_path(path),))
            if cursor.rowcount == 1:
                self._forget_left_out(connection, Path(path))
            return cursor.rowcount == 1

    def all(self) -> list[str]:
        """The paths of all watched folders, in the order in which they came."""
        rows = self._database.read().execute("SELECT path FROM folders ORDER BY id")
        return [os.fsdecode(row[0]) for row in rows.fetchall()]

    def leave_out(self, files: Iterable[tuple[str, str]]) -> None:
        """Remember files (path, SHA-256) that a rescan shall not bring back."""
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO left_out (path, sha256) VALUES (?, ?)",
                [(stored_path(path), sha256) for path, sha256 in files],
            )

    def is_left_out(self, path: str, sha256: str) -> bool:
        """Whether this file, or one with its bytes, is one of those."""
        row = self._database.read().execute(
            "SELECT 1 FROM left_out WHERE path = ? OR sha256 = ?", (stored_path(path), sha256)
        )
        return row.fetchone() is not None

    def let_in(self, path: str, sha256: str) -> None:
        """The person wants this file, or one with its bytes, after all."""
        if self.is_left_out(path, sha256):
            with self._database.write() as connection:
                connection.execute(
                    "DELETE FROM left_out WHERE path = ? OR sha256 = ?",
                    (stored_path(path), sha256),
                )

    def _forget_left_out(self, connection: sqlite3.Connection, former: Path) -> None:
        """Nothing has to be left out of a folder that nobody watches any more."""
        folders = [Path(folder) for folder in self.all()]
        rows = connection.execute("SELECT path FROM left_out").fetchall()
        connection.executemany(
            "DELETE FROM left_out WHERE path = ?",
            [row for row in rows if not folders or _lies_in(row[0], [former], but_not=folders)],
        )


def _lies_in(stored: str | bytes, folders: Sequence[Path], *, but_not: Sequence[Path]) -> bool:
    path = Path(os.fsdecode(stored))
    return any(map(path.is_relative_to, folders)) and not any(map(path.is_relative_to, but_not))
