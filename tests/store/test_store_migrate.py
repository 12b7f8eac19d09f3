"""Migrations: each whole or not at all, after a backup; never backwards."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from docqa.errors import DocqaError
from docqa.store.connection import connect
from docqa.store.database import Database
from docqa.store.migrate import check_version, migrate
from docqa.store.schema import MIGRATIONS
from docqa.store.store import Store

ADD_COLOUR = "ALTER TABLE documents ADD COLUMN colour TEXT;\nUPDATE documents SET colour = 'red';"


def rename_red(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE documents SET colour = 'crimson' WHERE colour = 'red'")


@pytest.fixture
def old(store, file, add_document):
    """A connection to a workspace of the present version with one document."""
    add_document()
    store.close()
    connection = connect(file)
    yield connection
    connection.close()


def version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def test_a_new_file_has_the_newest_version_and_needs_no_backup(store, file):
    assert version(store.database.read()) == len(MIGRATIONS)
    assert list(file.parent.glob("*backup*")) == []


def test_migrations_run_in_order_and_keep_what_is_there(old):
    migrate(old, (*MIGRATIONS, ADD_COLOUR, rename_red))
    assert old.execute("SELECT title, colour FROM documents").fetchall() == [("Paper 1", "crimson")]
    assert version(old) == len(MIGRATIONS) + 2
    assert old.execute("PRAGMA foreign_keys").fetchone() == (1,)
    migrate(old, (*MIGRATIONS, ADD_COLOUR, rename_red))  # nothing left to do


def test_the_backup_is_a_workspace_of_the_old_version(old, file):
    migrate(old, (*MIGRATIONS, ADD_COLOUR))
    backup = file.parent / f"workspace.db.backup-v{len(MIGRATIONS)}"
    assert [path.name for path in file.parent.glob("*backup*")] == [backup.name]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with Store.open(backup) as restored:
        assert [document.title for document in restored.documents.all()] == ["Paper 1"]
        assert restored.fulltext.check()


def test_a_failing_migration_changes_nothing(old):
    broken = ADD_COLOUR + "\nINSERT INTO no_such_table VALUES (1);"
    with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
        migrate(old, (*MIGRATIONS, broken))
    assert version(old) == len(MIGRATIONS)
    assert "colour" not in {row[1] for row in old.execute("PRAGMA table_info(documents)")}
    migrate(old, (*MIGRATIONS, ADD_COLOUR))  # the repaired one works on the same file
    assert version(old) == len(MIGRATIONS) + 1


def test_a_migration_must_not_leave_dangling_references(old):
    with pytest.raises(AssertionError, match="dangling reference"):
        migrate(old, (*MIGRATIONS, "DELETE FROM documents;"))
    assert old.execute("SELECT count(*) FROM documents").fetchone() == (1,)


def test_half_a_statement_is_noticed(old):
    with pytest.raises(AssertionError, match="middle of a statement"):
        migrate(old, (*MIGRATIONS, "DELETE FROM documents"))


def test_no_migration_without_its_backup(old, file):
    (file.parent / f"workspace.db.backup-v{len(MIGRATIONS)}.part").mkdir()
    with pytest.raises(DocqaError, match="cannot be used"):
        migrate(old, (*MIGRATIONS, ADD_COLOUR))
    assert version(old) == len(MIGRATIONS)


def test_a_newer_workspace_is_refused_unchanged(store, file):
    store.database.read().execute("PRAGMA user_version = 99")
    store.close()
    before = file.read_bytes()
    for read_only in (False, True):
        with pytest.raises(DocqaError) as refusal:
            Database.open(file, read_only=read_only)
        assert str(refusal.value) == (
            "This workspace was made by a newer docqa (its format is 99, this docqa knows "
            f"{len(MIGRATIONS)}): update docqa to open it."
        )
    assert file.read_bytes() == before


def test_an_older_workspace_is_not_migrated_by_a_reader(old, monkeypatch, file):
    monkeypatch.setattr("docqa.store.database.MIGRATIONS", (*MIGRATIONS, ADD_COLOUR))
    with pytest.raises(DocqaError, match="in an older format: open docqa"):
        Database.open(file, read_only=True)
    assert check_version(old) == len(MIGRATIONS)


def test_removing_a_document_removes_the_backups_that_know_it(store, file, add_document):
    id = add_document()
    backup = file.parent / "workspace.db.backup-v1"
    backup.write_bytes(file.read_bytes())
    store.documents.remove([id])
    assert not backup.exists()
