"""Full text over passages and notes."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.model import Page, Passage
from docqa.store import fulltext
from docqa.store.tokens import Tokens


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


def test_a_word_in_the_context_counts_more_than_in_the_text(store):
    for number, (text, context) in enumerate([("A pump.", "On air"), ("Of air.", "A pump")]):
        id = store.documents.create(f"/{number}.pdf", str(number), "Paper")
        passage = Passage(0, id, 1, 0, len(text), text, context)
        store.pages.replace(id, [Page(id, 1, text)], [], [passage])
    (best, first), (_, second) = store.fulltext.match('"pump"')
    assert best == 2
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


@pytest.mark.parametrize("narrow", [0, 7, 100])
def test_a_scope_is_the_same_however_it_is_looked_through(
    store, add_document, content, monkeypatch, narrow
):
    monkeypatch.setattr(fulltext, "_NARROW", narrow)
    monkeypatch.setattr(fulltext, "_SIFTED_AT_ONCE", 2)
    first, second, third = (add_document(pages=3) for _ in range(3))
    pages, sections, passages = content(4)
    store.pages.replace(first, pages, sections, passages)  # its passages are in two places now
    everything = store.fulltext.match('"pump"', limit=1000)
    for scope in ([first], [second, third], [first, third], [second, 99], [99], []):
        inside = {p.id for id in scope for p in store.passages.of_document(id)}
        expected = [(id, score) for id, score in everything if id in inside]
        assert store.fulltext.match('"pump"', documents=scope, limit=1000) == expected
        assert store.fulltext.match('"pump"', documents=scope, limit=2) == expected[:2]


def test_of_too_many_matches_the_newest_are_looked_at(store, add_document):
    add_document(pages=5)
    last = add_document(pages=2)
    newest = [passage.id for passage in store.passages.of_document(last)]
    assert sorted(ids(store.fulltext.match('"pumps"', scored=6))) == newest
    assert len(store.fulltext.match('"pumps"', scored=6, limit=2)) == 2


def test_the_newest_documents_that_fit_are_a_narrow_scope(store, add_document, monkeypatch):
    documents = [add_document(pages=pages) for pages in (1, 9, 2, 1)]
    monkeypatch.setattr(fulltext, "_NARROW", 12)
    assert store.fulltext.newest_narrow(documents) == [documents[3], documents[2], documents[0]]
    assert store.fulltext.is_narrow([documents[0]])
    assert not store.fulltext.is_narrow(documents)
    assert not store.fulltext.is_narrow(None)


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_text_has_terms(texts):
    with contextlib.closing(Tokens()) as tokens:
        found = tokens.terms(texts)
        counts = tokens.frequencies(texts)
    assert len(found) == len(texts)
    assert counts == {
        term: sum(term in terms for terms in found) for terms in found for term in terms
    }
