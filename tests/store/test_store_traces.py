"""Removed text leaves the raw files, whatever SQLite moved around before."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import time

import pytest

from docqa.model import Answer, Evidence, Note, Page, Passage, Section
from docqa.store.store import Store
from docqa.store.traces import erase_traces, mark_traces


def everything_on_disk(store: Store) -> bytes:
    return b"".join(path.read_bytes() for path in store.database.file.parent.iterdir())


def add_secret(store: Store, word: str, chance: random.Random) -> int:
    """A document of random size that says ``word`` wherever text is kept."""
    id = store.documents.create(f"/papers/{word}.pdf", f"hash of {word}", word)
    pages = [
        Page(0, number, f"{word} and common words. " * chance.randint(1, 60))
        for number in range(1, chance.randint(2, 20))
    ]
    passages = [Passage(0, 0, page.number, 0, len(page.text), page.text, word) for page in pages]
    store.pages.replace(id, pages, [Section(word, 1, 1)], passages)
    evidence = Evidence(id, 1, 0, len(pages[0].text), pages[0].text)
    note = Note(0, id, "question", f"What is {word}?", word, "verified", (evidence,))
    store.notes.add([note] * chance.randint(0, 10))
    return id


@pytest.mark.parametrize("seed", range(6))
def test_no_word_of_a_removed_document_stays_in_the_files(store, seed):
    chance = random.Random(seed)
    living: dict[int, str] = {}
    for _ in range(12):
        if living and chance.random() < 0.45:
            gone = chance.sample(sorted(living), min(len(living), chance.randint(1, 2)))
            store.documents.remove(gone)
            words = [living.pop(id) for id in gone]
            raw = everything_on_disk(store)
            assert [word for word in words if word.encode() in raw] == []
        else:
            word = "secret" + "".join(chance.choices("bcdfghjklmnp", k=12))
            living[add_secret(store, word, chance)] = word
    raw = everything_on_disk(store)
    assert [word for word in living.values() if word.encode() not in raw] == []
    assert store.fulltext.check()


def test_clearing_the_conversation_clears_the_file(store):
    store.turns.add(Answer("Where is the treasure?", None, False, "not_found"))
    assert b"treasure" in everything_on_disk(store)
    store.turns.clear()
    assert b"treasure" not in everything_on_disk(store)


def test_a_large_file_is_rewritten_later(store):
    store.database.read().execute("PRAGMA secure_delete = OFF")  # so that there is a trace
    id = add_secret(store, "treasure", random.Random(1))
    with store.database.write():  # no rewriting inside of a transaction
        store.documents.remove([id])
    assert not erase_traces(store.database, at_most=1000)
    assert b"treasure" in everything_on_disk(store)
    assert store.tidy()
    assert b"treasure" not in everything_on_disk(store)


def test_the_text_leaves_a_large_file_and_its_log_at_once(store, monkeypatch):
    monkeypatch.setattr("docqa.store.traces._AT_ONCE_BYTES", 1000)
    monkeypatch.setattr("docqa.store.traces.erase_traces.__kwdefaults__", {"at_most": 1000})
    chance = random.Random(5)
    add_secret(store, "stays", chance)
    id = add_secret(store, "treasure", chance)
    assert b"treasure and common words. treasure and" in everything_on_disk(store)
    store.documents.remove([id])
    assert b"treasure and common words" not in everything_on_disk(store)
    assert not erase_traces(store.database)  # single words may be in the index still
    assert store.tidy()
    assert b"treasure" not in everything_on_disk(store)


def test_where_nothing_is_due_tidying_is_one_look(store):
    add_secret(store, "treasure", random.Random(1))
    said: list[str] = []
    store.database.read().set_trace_callback(said.append)
    assert store.tidy()
    assert said == ["SELECT 1 FROM meta WHERE key = 'traces'"]


def test_a_reader_leaves_tidying_to_the_writer(store, file):
    with store.database.write() as connection:
        mark_traces(connection)
    backup = file.with_name(file.name + ".backup-v1")
    backup.touch()
    with Store.open(file, read_only=True) as elsewhere:
        assert not elsewhere.tidy()
    assert backup.exists()
    assert store.tidy()
    assert not backup.exists()


TIDY = """
import sys
from pathlib import Path
from docqa.store.store import Store
from docqa.store.traces import mark_traces
store = Store.open(Path(sys.argv[1]))
with store.database.write() as connection:
    mark_traces(connection)
print("now", flush=True)
store.tidy()
"""


def test_killed_while_tidying_it_is_whole_and_still_due(store, file):
    chance = random.Random(3)
    ids = [add_secret(store, f"word{number}", chance) for number in range(150)]
    documents = store.documents.all()
    store.close()
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", TIDY, str(file)], stdout=subprocess.PIPE, text=True
        ) as tidying:
            assert tidying.stdout is not None
            assert tidying.stdout.readline() == "now\n"
            time.sleep(chance.uniform(0, 0.06))
            tidying.kill()
        with contextlib.closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with Store.open(file) as again:
            assert again.tidy()
            assert again.documents.all() == documents
            assert again.fulltext.check()
    assert len(documents) == len(ids)


def test_opening_finishes_what_was_interrupted(store, file):
    id = add_secret(store, "treasure", random.Random(1))
    with store.database.write():
        store.documents.remove([id])
    store.close()
    with Store.open(file) as again:
        assert b"treasure" not in everything_on_disk(again)


def test_a_reader_elsewhere_only_delays_it(store, file):
    id = add_secret(store, "treasure", random.Random(1))
    with Store.open(file, read_only=True) as elsewhere:
        reading = elsewhere.database.read()
        reading.execute("BEGIN")
        assert elsewhere.documents.get(id) is not None  # from now on it needs the old log
        store.documents.remove([id])
        assert elsewhere.documents.get(id) is not None
        reading.execute("COMMIT")
        assert elsewhere.documents.get(id) is None
    assert store.tidy()
    assert b"treasure" not in everything_on_disk(store)
