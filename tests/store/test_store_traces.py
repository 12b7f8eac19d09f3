"""Removed text leaves the raw files, whatever SQLite moved around before."""

from __future__ import annotations

import random

import pytest

from docqa.model import Answer, Evidence, Note, Page, Passage, Section
from docqa.store.store import Store
from docqa.store.traces import erase_traces


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
