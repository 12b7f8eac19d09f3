"""Kills and full disks: what was said to be stored is there, nothing is there by halves."""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from docqa.errors import DocqaError, WorkspaceBusy
from docqa.model import Page, Passage, Step, Usage
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store

PAGES = 12

WRITER = """
import itertools, sys
from pathlib import Path
import numpy as np
from docqa.model import Evidence, Note, Page, Passage, Step, Usage
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store

folder = Path(sys.argv[1])
lock = WorkspaceLock(folder)
lock.acquire()
store = Store.open(folder / "workspace.db")
pages = [Page(0, n, f"Page {n} has words. " * 40) for n in range(1, int(sys.argv[2]) + 1)]
passages = [Passage(0, 0, p.number, 0, len(p.text), p.text) for p in pages]
for number in itertools.count(len(store.documents.all())):
    id = store.documents.create(f"/{sys.argv[3]}/{number}.pdf", f"{sys.argv[3]}-{number}", "title")
    ids = store.pages.replace(id, pages, [], passages)
    store.vectors.put("passage", "model", ids, np.ones((len(ids), 8)))
    store.steps.plan([Step(0, id, "numbers", ids[0], 1, "hash")])
    [step] = store.steps.pending([id])
    note = Note(0, id, "question", "Why?", "So.", "verified", (Evidence(id, 1, 0, 4, "Page"),))
    store.steps.complete(step, [note, note], Usage(1, 0, 0), 1.0)
    if number % 3 == 2:
        store.documents.remove([id])
    print(id, flush=True)
"""


def start_writer(folder: Path, run: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(folder), str(PAGES), str(run)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def test_kill_at_any_moment_and_everything_is_whole(file):
    chance = random.Random(7)
    said = []
    for run in range(5):
        with start_writer(file.parent, run) as writer:
            said += [int(writer.stdout.readline()) for _ in range(3)]
            time.sleep(chance.uniform(0, 0.1))
            writer.send_signal(signal.SIGKILL)
            said += [int(line) for line in writer.stdout.read().splitlines()]
    lock = WorkspaceLock(file.parent)
    lock.acquire()  # death released it
    with Store.open(file) as store:
        assert store.database.read().execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.database.read().execute("PRAGMA foreign_key_check").fetchall() == []
        assert store.fulltext.check()
        ids = {document.id for document in store.documents.all()}
        assert len(ids & set(said)) >= len(said) // 2
        for id in ids:
            assert_whole(store, id, finished=id in said)
    lock.release()


def assert_whole(store: Store, id: int, *, finished: bool) -> None:
    """Each transaction of the writer is there from end to end, in the order it was made."""
    passages = store.passages.of_document(id)
    vectors = len(store.vectors.of("passage", "model", [p.id for p in passages])[0])
    notes = store.notes.list(documents=[id])
    done = store.steps.counts([id]).done
    stages = [
        len(passages) == PAGES and store.pages.get(id, PAGES) is not None,
        vectors == PAGES,
        len(notes) == 2 and done == 1 and all(note.evidence for note in notes),
    ]
    assert len(passages) in (0, PAGES)
    assert vectors in (0, PAGES)
    assert (len(notes), done) in ((0, 0), (2, 1))
    assert stages == sorted(stages, reverse=True)
    assert all(stages) or not finished


def test_a_second_process_is_told_and_death_releases(file):
    mine = WorkspaceLock(file.parent)
    with start_writer(file.parent, 0) as writer:
        writer.stdout.readline()
        with pytest.raises(WorkspaceBusy, match="Another docqa is writing to the workspace"):
            mine.acquire()
        with Store.open(file, read_only=True) as reader:
            assert reader.documents.all() != []
        writer.kill()
    mine.acquire()
    mine.release()


# A full disk -----------------------------------------------------------------------------------


def add_large(store: Store, name: str) -> int:
    """Some 200 KB in one transaction."""
    with store.database.write():
        id = store.documents.create(f"/{name}.pdf", name, name)
        pages = [Page(0, n, f"{name} {n} " * 200) for n in range(1, 30)]
        passages = [Passage(0, 0, p.number, 0, len(p.text), p.text) for p in pages]
        store.pages.replace(id, pages, [], passages)
        store.documents.update(id, status="ready", pages=len(pages))
    return id


def assert_only_whole_documents(store: Store, ids: list[int]) -> None:
    assert [document.id for document in store.documents.all()] == ids
    assert {document.passages for document in store.documents.all()} == {29}
    assert store.passages.count() == 29 * len(ids)
    assert store.database.read().execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert store.fulltext.check()


def test_no_more_pages_in_the_file(store):
    ids = [add_large(store, "first")]
    connection = store.database.read()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(DocqaError, match="The disk is full: free some space"):
        add_large(store, "second")
    assert_only_whole_documents(store, ids)
    connection.execute("PRAGMA max_page_count = 1000000")
    ids.append(add_large(store, "second"))
    assert_only_whole_documents(store, ids)


def test_a_step_that_does_not_fit_stays_pending(store, add_document, question):
    id = add_document()
    store.steps.plan([Step(0, id, "numbers", 1, 1, "hash")])
    [step] = store.steps.pending()
    connection = store.database.read()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    long = question(id, text="word " * 10_000)
    with pytest.raises(DocqaError, match="The disk is full"):
        store.steps.complete(step, [long] * 5, Usage(10), 1.0)
    assert store.steps.pending() == [step]
    assert store.notes.list() == []
    assert store.ledger.totals()["prepare"].calls == 0


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=2m"]
    if subprocess.run(["mount", *options, "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_fills_up(small_disk):
    ids = []
    with Store.open(small_disk / "workspace" / "workspace.db") as store:
        with pytest.raises(DocqaError, match="The disk is full: free some space"):  # noqa: PT012
            for number in itertools.count():
                ids.append(add_large(store, f"document {number}"))
        assert len(ids) >= 2
        assert_only_whole_documents(store, ids)
    with Store.open(small_disk / "workspace" / "workspace.db") as store:
        assert_only_whole_documents(store, ids)
        subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
        ids.append(add_large(store, "after making room"))
        assert_only_whole_documents(store, ids)


def test_a_disk_that_is_full_from_the_start(small_disk):
    with (small_disk / "films").open("wb", buffering=0) as films, suppress(OSError):
        while True:
            films.write(bytes(64 << 10))
    with pytest.raises(DocqaError, match="The disk is full"):
        Store.open(small_disk / "workspace" / "workspace.db")
    (small_disk / "films").unlink()
    with Store.open(small_disk / "workspace" / "workspace.db") as store:
        add_large(store, "first")
