"""Notes: stored with evidence, found by question, kind, status and document."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.model import Evidence
from docqa.store.notes import question_key


def test_a_note_comes_back_as_it_was(store, add_document, question):
    id = add_document()
    evidence = (Evidence(id, 2, 0, 3, "The"), Evidence(id, 1, 4, 8, "pump"))
    note = question(id, evidence=evidence, pass_number=3, predictability=0.25, reason="checked")
    [number] = store.notes.add([note])
    [stored] = store.notes.list()
    assert stored.id == number
    assert (stored.evidence, stored.predictability, stored.pass_number) == (evidence, 0.25, 3)
    assert store.notes.get([number, 99]) == {number: stored}


def test_lists_are_filtered_and_in_order(store, add_document, question):
    one, two = add_document(), add_document()
    store.notes.add(
        [
            question(one),
            question(two),
            question(one, None, kind="fact"),
            question(one, status="rejected", reason="not supported"),
        ]
    )
    assert [n.id for n in store.notes.list()] == [1, 2, 3]
    assert [n.id for n in store.notes.list(documents=[one])] == [1, 3]
    assert [n.id for n in store.notes.list(kind="question")] == [1, 2]
    assert [n.id for n in store.notes.list(status="rejected")] == [4]
    assert [n.id for n in store.notes.list(status=None, documents=[one], limit=2)] == [1, 3]
    assert store.notes.list(documents=[]) == []
    assert store.notes.counts() == {"fact": 1, "question": 2}
    assert store.notes.counts(two) == {"question": 1}
    assert store.notes.counts(99) == {}
    assert store.notes.counts_by_document() == {
        one: {"fact": 1, "question": 1},
        two: {"question": 1},
    }


def test_the_same_question_is_found_however_it_is_typed(store, add_document, question):
    one, two = add_document(), add_document()
    store.notes.add(
        [
            question(one, "What’s the café's NET income?"),
            question(two, "what's the cafe\u0301's net income"),
            question(two, "What's the café's net income?", status="rejected"),
        ]
    )
    typed = "  what's   the CAFÉ's net income ?!"
    assert [n.id for n in store.notes.by_question(typed)] == [1, 2]
    assert [n.id for n in store.notes.by_question(question_key(typed), [two])] == [2]
    assert store.notes.by_question("What's the café's income?") == []
    assert store.notes.by_question("?!") == []


def test_status_and_use(store, add_document, question):
    [id] = store.notes.add([question(add_document())])
    store.notes.set_status(id, "stale", "the file changed")
    assert store.notes.list() == []
    assert (store.notes.get([id])[id].status, store.notes.get([id])[id].reason) == (
        "stale",
        "the file changed",
    )
    store.notes.hit(id)
    store.notes.hit(id)
    row = store.database.read().execute("SELECT hits, last_hit > created FROM notes").fetchone()
    assert row == (2, 1)


def test_notes_without_vector(store, add_document, question):
    id = add_document()
    store.notes.add([question(id), question(id, status="rejected"), question(id), question(id)])
    store.vectors.put("note", "model", [1], np.ones((1, 4)))
    assert [n.id for n in store.notes.without_vector("model", limit=1)] == [3]
    assert [n.id for n in store.notes.without_vector("model")] == [3, 4]
    assert [n.id for n in store.notes.without_vector("other")] == [1, 3, 4]


def test_notes_about_a_document_that_is_gone_are_a_sentence(store, add_document, question):
    id = add_document()
    for gone in (question(99, evidence=()), question(id, evidence=(Evidence(99, 1, 0, 1, "x"),))):
        with pytest.raises(DocqaError, match="removed while notes about it came in"):
            store.notes.add([question(id), gone])
    assert store.notes.list() == []  # all or nothing


def test_symbols_that_change_a_question_count():
    keys = {question_key(q) for q in ("Is C++ used?", "Is C# used?", "Is C used?", "Is C% used?")}
    assert len(keys) == 4
    assert question_key("  Who?\tHe\u2014she? ") == "who he she"
    assert question_key("ＡＢＣ ①") == "abc 1"
    assert question_key("किताब") != question_key("कताब")  # vowel signs are marks, not letters


@given(st.text(st.characters(exclude_categories=())))
def test_a_key_is_its_own_key(text):
    key = question_key(text)
    assert question_key(key) == key
    assert question_key(unicodedata.normalize("NFD", text)) == key
    assert key == " ".join(key.split())
    assert question_key(f" «{text}»?! ") == key
    key.encode()  # can be stored
