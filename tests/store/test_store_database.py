"""The file itself: made, opened, refused; transactions, threads, readers beside a writer."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from docqa.errors import DocqaError, WorkspaceBusy
from docqa.store.database import Database
from docqa.store.store import Store


@pytest.fixture
def ordinary_user(tmp_path: Path):
    """A folder that this test may read only, also where tests run as root (who may do anything)."""
    if os.name != "posix":
        pytest.skip("permissions of this kind are POSIX's")
    as_root = os.geteuid() == 0
    for folder in (tmp_path, *tmp_path.parents[:2]) if as_root else ():
        folder.chmod(0o755)  # so that nobody gets here
    if as_root:
        os.seteuid(65534)
    else:
        tmp_path.chmod(0o500)
    try:
        yield tmp_path
    finally:
        if as_root:
            os.seteuid(0)
        else:
            tmp_path.chmod(0o700)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Opening ---------------------------------------------------------------------------------------


def test_a_workspace_is_for_its_owner_only(store, file):
    store.documents.create("/a.pdf", "abc", "A")
    assert mode_of(file.parent) == 0o700
    assert {mode_of(path) for path in file.parent.iterdir()} == {0o600}
    assert names_in(file.parent) == ["workspace.db", "workspace.db-shm", "workspace.db-wal"]


def test_an_empty_folder_is_closed_to_others_a_shared_one_is_not(tmp_path):
    empty, shared = tmp_path / "empty", tmp_path / "shared"
    for folder in (empty, shared):
        folder.mkdir()
        folder.chmod(0o755)
    (shared / "report.pdf").touch()
    for folder in (empty, shared):
        Database.open(folder / "workspace.db").close()
        assert mode_of(folder / "workspace.db") == 0o600
    assert mode_of(empty) == 0o700
    assert mode_of(shared) == 0o755


def test_a_file_open_to_others_is_closed(file):
    Database.open(file).close()
    file.chmod(0o644)
    Database.open(file).close()
    assert mode_of(file) == 0o600


@pytest.mark.parametrize("name", ["100% mine #1?", "Привет", "a'b\"c"])
def test_any_folder_name_works(tmp_path, name):
    for _ in range(2):
        with Store.open(tmp_path / name / "workspace.db") as store:
            store.meta.set("visited", "yes")
    assert names_in(tmp_path) == [name]
    with Store.open(tmp_path / name / "workspace.db", read_only=True) as store:
        assert store.meta.get("visited") == "yes"


def test_settings_that_everything_relies_on(store):
    def value(pragma: str):
        return store.database.read().execute(f"PRAGMA {pragma}").fetchone()[0]

    assert value("journal_mode") == "wal"
    assert value("foreign_keys") == 1
    assert value("busy_timeout") == 5000
    assert value("secure_delete") == 1
    assert value("temp_store") == 2  # memory
    assert value("synchronous") == 1  # normal
    assert value("integrity_check") == "ok"


# Refusing --------------------------------------------------------------------------------------


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "taken").write_text("mine")
    for path in ("taken/workspace.db", "taken/deeper/workspace.db"):
        with pytest.raises(DocqaError, match="a file is in the way: choose a folder"):
            Database.open(tmp_path / path)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_in_place_of_the_file(tmp_path):
    (tmp_path / "workspace.db").mkdir()
    with pytest.raises(DocqaError, match="cannot be opened"):
        Database.open(tmp_path / "workspace.db")


def test_a_file_that_is_no_database(file):
    file.parent.mkdir()
    file.write_bytes(b"%PDF-1.7 this is something else" * 100)
    for read_only in (False, True):
        with pytest.raises(DocqaError, match="is not a docqa workspace or is damaged"):
            Database.open(file, read_only=read_only)
    assert file.read_bytes().startswith(b"%PDF")


def test_the_database_of_another_program(file):
    file.parent.mkdir()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    before = file.read_bytes()
    for read_only in (True, False):
        with pytest.raises(DocqaError, match="belongs to another program"):
            Database.open(file, read_only=read_only)
    assert b"bookmarks" in file.read_bytes()
    assert len(file.read_bytes()) == len(before)


def test_a_damaged_file(store, file, add_document):
    add_document(pages=200)
    store.close()
    raw = bytearray(file.read_bytes())
    raw[8192:-4096] = b"\xa5" * (len(raw) - 8192 - 4096)
    file.write_bytes(raw)
    with pytest.raises(DocqaError, match="is damaged: restore a copy"):  # noqa: SIM117
        with Store.open(file) as damaged:
            damaged.passages.of_document(1)


def test_a_folder_that_may_not_be_written(ordinary_user):
    with pytest.raises(DocqaError, match="is not writable: check its permissions"):
        Database.open(ordinary_user / "workspace" / "workspace.db")


def test_a_workspace_that_may_only_be_read(store, file, ordinary_user):
    with suppress(PermissionError):  # it may even be out of reach
        file.chmod(0o400)
    with pytest.raises(DocqaError, match="is not writable"):
        Database.open(file)


# Transactions ----------------------------------------------------------------------------------


def test_a_failing_block_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.database.write():  # noqa: PT012
        store.documents.create("/a.pdf", "abc", "A")
        raise RuntimeError
    assert store.documents.all() == []
    store.documents.create("/a.pdf", "abc", "A")
    assert len(store.documents.all()) == 1


def test_inner_writes_join_the_outer_one(store, question, add_document):
    id = add_document()
    with pytest.raises(DocqaError), store.database.write():  # noqa: PT012
        store.notes.add([question(id)])
        with store.database.write():
            store.meta.set("key", "value")
        store.documents.update(99, title="gone")
    assert store.notes.list() == []
    assert store.meta.get("key") is None


def test_writers_of_many_threads_wait_for_each_other(store, add_document, question):
    id = add_document()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.notes.add([question(id)]), range(80)))
    assert len(store.notes.list()) == 80


def test_readers_see_whole_transactions_while_somebody_writes(store, file, add_document, content):
    id = add_document(pages=1)
    seen: set[int] = set()
    stop = threading.Event()

    def watch(reader: Store) -> None:
        while not stop.is_set():
            seen.add(reader.documents.get(id).passages)
            seen.add(len(reader.passages.of_document(id)))

    with Store.open(file, read_only=True) as other, ThreadPoolExecutor(3) as pool:
        watchers = [pool.submit(watch, reader) for reader in (store, store, other)]
        for pages in (1, 30, 1, 30, 1, 30):
            store.pages.replace(id, *content(pages))
        stop.set()
        for watcher in watchers:
            watcher.result()
    assert seen <= {3, 90}


def test_another_process_that_holds_the_file_is_a_sentence(store, file):
    store.database.read().execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkspaceBusy, match="try again in a moment"):
        store.meta.set("key", "value")
    other.execute("ROLLBACK")
    other.close()
    store.meta.set("key", "value")


def test_each_thread_has_its_own_connection_and_close_ends_all(store, file):
    mine = store.database.read()
    barrier = threading.Barrier(3)

    def other() -> sqlite3.Connection:
        barrier.wait()  # all three alive at once: threads do not share a number
        return store.database.read()

    with ThreadPoolExecutor(3) as pool:
        others = [future.result() for future in [pool.submit(other) for _ in range(3)]]
    assert len({id(connection) for connection in (mine, *others)}) == 4
    store.close()
    for connection in (mine, *others):
        with pytest.raises(DocqaError, match="closed"):
            connection.execute("SELECT 1")
    with pytest.raises(DocqaError, match="closed: open it again"):
        store.documents.all()
    store.close()
    assert names_in(file.parent) == ["workspace.db"]


def test_closing_while_threads_read_is_a_sentence_for_them(store, add_document):
    id = add_document(pages=200)
    started = threading.Barrier(4)

    def read() -> None:
        started.wait()
        while True:
            store.passages.of_document(id)
            store.fulltext.match('"litres" OR "nobody"', limit=500)

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        started.wait()
        store.close()
    for reader in readers:
        with pytest.raises(DocqaError, match="The workspace is closed"):
            reader.result()


# Reading beside a writer -----------------------------------------------------------------------


def test_reading_needs_a_workspace(file):
    with pytest.raises(DocqaError, match=r"There is no workspace at .* yet: add a PDF first"):
        Database.open(file, read_only=True)
    assert not file.parent.exists()
    file.parent.mkdir()
    file.touch()  # a writer has just begun to make it
    with pytest.raises(DocqaError, match=r"There is no workspace at .* yet"):
        Database.open(file, read_only=True)
    assert names_in(file.parent) == ["workspace.db"]


def test_a_reader_sees_what_a_writer_adds(store, file, add_document):
    add_document()
    with Store.open(file, read_only=True) as reader:
        before = names_in(file.parent)
        assert len(reader.documents.all()) == 1
        add_document()
        assert len(reader.documents.all()) == 2
        assert len(reader.fulltext.match('"litres"')) == 4
        with pytest.raises(DocqaError, match="not writable"):
            reader.meta.set("key", "value")
        with pytest.raises(DocqaError, match="not writable"):
            reader.database.read().execute("DELETE FROM documents")
        assert names_in(file.parent) == before


def test_a_reader_leaves_no_files_behind(store, file, add_document):
    add_document()
    store.close()
    with Store.open(file, read_only=True) as reader:
        assert len(reader.documents.all()) == 1
    assert names_in(file.parent) == ["workspace.db"]


def test_what_a_killed_writer_left_in_its_log_is_read(store, file, tmp_path, add_document):
    add_document()
    copy = tmp_path / "copy"
    shutil.copytree(file.parent, copy)  # as a kill leaves it: log and all
    assert (copy / "workspace.db-wal").stat().st_size > 0
    with Store.open(copy / "workspace.db", read_only=True) as reader:
        assert len(reader.documents.all()) == 1


def test_a_workspace_on_a_read_only_disk_can_be_read(store, file, add_document):
    add_document()
    store.close()
    folder = file.parent
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode:
        pytest.skip("this user may not mount")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        with Store.open(file, read_only=True) as reader:
            assert len(reader.documents.all()) == 1
        with pytest.raises(DocqaError, match="not writable"):
            Store.open(file)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
