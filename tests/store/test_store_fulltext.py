"""Full text over passages and notes."""

from __future__ import annotations

import sqlite3

import pytest


def ids(matches):
    return [id for id, _ in matches]


def test_words_match_by_stem_and_without_accents(store, add_document):
    add_document(pages=1)
    assert set(ids(store.fulltext.match('"pumping"'))) == {
        1,
        2,
        3,
    }  # "Pumps" is in the context line
    assert ids(store.fulltext.match('text : "pumping"')) == [1]
    assert ids(store.fulltext.match('"cafe"')) == [2]
    assert store.fulltext.match('"absent"') == []


def test_a_word_in_the_text_counts_more_than_in_the_context(store, add_document):
    add_document(pages=1)
    for _ in range(3):
        add_document(pages=1, sentences=("Something else entirely.",) * 3)
    (best, first), (_, second), *_ = store.fulltext.match('"pump"')
    assert best == 1
    assert first < second < 0


def test_matches_can_be_limited(store, add_document):
    add_document()
    second = add_document()
    found = store.fulltext.match('"litres"', documents=[second])
    assert {store.passages.get([id])[id].document_id for id in ids(found)} == {second}
    assert len(store.fulltext.match('"litres"', limit=3)) == 3
    assert store.fulltext.match('"litres"', documents=[]) == []


def test_an_expression_that_is_none_is_a_bug(store):
    with pytest.raises(sqlite3.OperationalError, match="fts5"):
        store.fulltext.match("what's this?")


def test_only_verified_notes_match(store, add_document, question):
    id = add_document()
    verified, rejected, fact = store.notes.add(
        [
            question(id, "What is moved?"),
            question(id, "What is moved, really?", status="rejected"),
            question(id, None, kind="fact", text="Water is moved."),
        ]
    )
    assert set(ids(store.fulltext.match_notes('"moving"'))) == {verified, fact}
    assert ids(store.fulltext.match_notes('"mov"*', kind="question")) == [verified]
    assert store.fulltext.match_notes('"moving"', documents=[id + 1]) == []
    store.notes.set_status(rejected, "verified")
    assert rejected in ids(store.fulltext.match_notes('"moving"'))


def test_document_frequency_takes_terms_as_the_index_has_them(store, add_document):
    add_document(pages=1)
    [terms] = store.fulltext.terms(["The cafés' pumps opening"])
    assert terms == ["the", "cafe", "pump", "open"]
    assert store.fulltext.document_frequency(terms) == {"the": 1, "cafe": 1, "pump": 3, "open": 1}
    assert store.fulltext.document_frequency(["unheard", ""]) == {"unheard": 0, "": 0}
    assert store.fulltext.terms([]) == []
    assert store.fulltext.terms(["", "a\ud800b"]) == [[], ["a", "b"]]


def test_changed_rows_are_found_by_their_new_words(store, add_document):
    id = add_document(pages=1)
    with store.database.write() as connection:
        connection.execute("UPDATE passages SET text = 'Turbines hum.' WHERE id = 1")
    assert ids(store.fulltext.match('"turbine"')) == [1]
    assert ids(store.fulltext.match('"litres"', documents=[id])) == []
    assert store.fulltext.check()


@pytest.mark.parametrize("table", ["passages_fts", "notes_fts"])
def test_a_wrong_index_is_noticed_and_made_anew(store, add_document, question, table):
    store.notes.add([question(add_document())])
    assert store.fulltext.check()
    with store.database.write() as connection:
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    assert not store.fulltext.check()
    store.fulltext.rebuild()
    assert store.fulltext.check()
    assert len(store.fulltext.match('"litres"')) == 2
    assert len(store.fulltext.match_notes('"pump"')) == 1


def test_searching_repairs_a_damaged_index(store, add_document):
    add_document()
    with store.database.write() as connection:
        connection.execute("UPDATE passages_fts_data SET block = x'00' WHERE id > 10")
    assert len(store.fulltext.match('"litres"')) == 2
    assert store.fulltext.check()
