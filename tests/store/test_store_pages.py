"""Pages, sections and passages: stored at once, given back exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.model import Page, Passage, Section, Step


def test_pages_come_back_with_label_and_problem(store):
    id = store.documents.create("/a.pdf", "abc", "A")
    pages = [
        Page(0, 1, "one", "iv"),
        Page(0, 2, "", problem="timed out"),
        Page(0, 3, "", scanned=True),
    ]
    store.pages.replace(id, pages, [Section("One", 1, 1), Section("Deeper", 2, 1)], [])
    assert [store.pages.get(id, n) for n in (1, 2, 3)] == [
        replace(p, document_id=id) for p in pages
    ]
    assert store.pages.get(id, 4) is None
    assert store.pages.sections(id) == [Section("One", 1, 1), Section("Deeper", 2, 1)]


def test_passages_are_in_reading_order_and_slices_of_their_page(store, add_document):
    id = add_document(pages=2)
    passages = store.passages.of_document(id)
    assert [(p.page, p.start) for p in passages] == sorted((p.page, p.start) for p in passages)
    assert [p.page for p in passages] == [1, 1, 1, 2, 2, 2]
    for passage in passages:
        text = store.pages.get(id, passage.page).text
        assert text[passage.start : passage.end] == passage.text
    assert store.passages.count() == store.passages.count(id) == 6


def test_passages_by_id(store, add_document):
    add_document()
    found = store.passages.get([2, 1, 99])
    assert sorted(found) == [1, 2]
    assert found[2].text == "Its café opened in 1."
    assert found[2].context == "Paper › Pumps"
    assert store.passages.get([]) == {}
    assert store.passages.get(np.array([1, 2])) == found


def test_replacing_gives_new_ids_and_leaves_nothing_old(store, add_document, content):
    id = add_document(pages=3)
    old = {passage.id for passage in store.passages.of_document(id)}
    store.vectors.put("passage", "model", sorted(old), np.ones((len(old), 4)))
    store.steps.plan([Step(0, id, "numbers", min(old), 1, "hash")])
    new = store.pages.replace(id, *content(1))
    assert not old & set(new)
    assert [passage.id for passage in store.passages.of_document(id)] == new
    assert store.pages.get(id, 2) is None
    assert store.vectors.count("passage", "model") == 0
    assert store.steps.pending() == []
    assert store.fulltext.check()


def test_notes_whose_quote_moved_become_stale(store, add_document, question, content):
    id = add_document()
    kept, moved, rejected = store.notes.add(
        [
            question(id),
            question(id, evidence=(replace(question(id).evidence[0], page=2, start=0),)),
            question(id, status="rejected", reason="wrong", evidence=()),
        ]
    )
    store.pages.replace(id, *content(1))
    notes = store.notes.get([kept, moved, rejected])
    assert [notes[n].status for n in (kept, moved, rejected)] == ["verified", "stale", "rejected"]
    assert notes[moved].reason == "the text of the page changed"


def test_a_document_removed_meanwhile_is_a_sentence(store, content):
    with pytest.raises(DocqaError, match="removed while it was being read"):
        store.pages.replace(5, *content(1))


def test_a_passage_that_is_no_slice_of_its_page_is_a_bug(store, add_document):
    id = add_document()
    for wrong in (Passage(0, 0, 1, 0, 3, "two"), Passage(0, 0, 9, 0, 0, "")):
        with pytest.raises(ValueError, match="not a slice"):
            store.pages.replace(id, [Page(0, 1, "one")], [], [wrong])
    assert store.passages.count(id) == 6


def test_passages_without_vector_shrink_as_vectors_come(store, add_document):
    first, second = add_document(pages=1), add_document(pages=1)
    missing = store.passages.without_vector("model")
    assert [p.document_id for p in missing] == [first] * 3 + [second] * 3
    store.vectors.put("passage", "model", [missing[0].id, missing[3].id], np.ones((2, 4)))
    assert store.passages.without_vector("model", limit=3) == [*missing[1:3], missing[4]]
    assert store.passages.without_vector("model", document_id=second) == missing[4:]
    assert store.passages.without_vector("another model") == missing


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates, too


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(texts=st.lists(ANYTHING, min_size=1, max_size=4), cut=st.integers(0, 40))
def test_any_text_comes_back_with_its_offsets(store, texts, cut):
    """All of Unicode is kept; only lone surrogates become U+FFFD, one for one."""
    known = store.documents.by_hash("abc")
    id = known.id if known else store.documents.create("/a.pdf", "abc", "A")
    pages = [Page(0, number, text) for number, text in enumerate(texts, start=1)]
    passages = [Passage(0, 0, p.number, 0, len(p.text[:cut]), p.text[:cut], p.text) for p in pages]
    store.pages.replace(id, pages, [], passages)
    for page in pages:
        stored = store.pages.get(id, page.number).text
        [passage] = (p for p in store.passages.of_document(id) if p.page == page.number)
        assert stored == "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in page.text)
        assert passage.text == stored[passage.start : passage.end]
        assert passage.context == stored
    assert store.fulltext.check()
