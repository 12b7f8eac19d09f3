"""Pages, sections and passages: stored at once, given back exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.model import Evidence, Page, Passage, Section, Step


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


def test_replacing_leaves_nothing_of_what_is_gone(store, add_document, content):
    id = add_document(pages=3)
    old = {passage.id for passage in store.passages.of_document(id)}
    store.vectors.put("passage", "model", sorted(old), np.ones((len(old), 4)))
    store.steps.plan([Step(0, id, "numbers", min(old), 1, "hash")])
    new = store.pages.replace(id, *content(1, ("Another text.", "And one more.")))
    assert not old & set(new)
    assert [passage.id for passage in store.passages.of_document(id)] == new
    assert store.pages.get(id, 2) is None
    assert store.vectors.count("passage", "model") == 0
    assert store.steps.pending() == []
    assert store.fulltext.check()


def moved_down(content: tuple[list[Page], list[Section], list[Passage]]):
    """The same content with a new page in front of it."""
    pages, sections, passages = content
    return (
        [Page(0, 1, "A new page."), *(replace(page, number=page.number + 1) for page in pages)],
        sections,
        [Passage(0, 0, 1, 0, 11, "A new page.", "New")]
        + [replace(passage, page=passage.page + 1) for passage in passages],
    )


def test_passages_keep_id_steps_and_vector_where_their_text_is_still_there(
    store, add_document, content
):
    sentences = ("The pump moves {n} litres a day.", "Café {n} is open.", "Year {n} was dry.")
    id = add_document(2, sentences)
    old = [passage.id for passage in store.passages.of_document(id)]
    store.vectors.put("passage", "model", old, np.arange(24.0).reshape(6, 4))
    store.steps.plan([Step(0, id, "numbers", unit, 1, "hash") for unit in old])
    first, *rest = store.pages.replace(id, *moved_down(content(2, sentences)))
    assert (rest, first in old) == (old, False)
    assert [passage.page for passage in store.passages.of_document(id)] == [1, 2, 2, 2, 3, 3, 3]
    assert store.vectors.of("passage", "model", old)[1].tolist() == [
        [4.0 * n, 4.0 * n + 1, 4.0 * n + 2, 4.0 * n + 3] for n in range(6)
    ]
    assert [passage.id for passage in store.passages.without_vector("model")] == [first]
    assert [step.unit for step in store.steps.pending()] == old
    assert store.fulltext.check()


def test_a_passage_with_another_context_is_embedded_anew(store, add_document, content):
    id = add_document(pages=1)
    old = [passage.id for passage in store.passages.of_document(id)]
    store.vectors.put("passage", "model", old, np.ones((3, 4)))
    pages, sections, passages = content(1)
    passages[1] = replace(passages[1], context="Paper › Cafés")
    assert store.pages.replace(id, pages, sections, passages) == old
    assert [passage.id for passage in store.passages.without_vector("model")] == [old[1]]
    assert [hit for hit, _ in store.fulltext.match("cafés", documents=[id])] == [old[1]]
    assert store.fulltext.match("context : pumps", documents=[id]) != []
    assert store.fulltext.check()


def quoting(question, document: int, page: int, start: int, quote: str, **changes: object):
    evidence = Evidence(document, page, start, start + len(quote), quote)
    return question(document, evidence=(evidence,), **changes)


def test_notes_follow_their_quotes_or_become_stale(store, add_document, question, content):
    id = add_document(pages=2)
    quote = "The pump moves 2 litres a day."
    kept, gone, rejected = store.notes.add(
        [
            quoting(question, id, 2, 0, quote),
            quoting(question, id, 1, 0, "The pump moves 1 litres a day."),
            question(id, status="rejected", reason="wrong", evidence=()),
        ]
    )
    pages, sections, passages = content(2)
    store.pages.replace(id, *moved_down((pages[1:], sections, passages[3:])))
    notes = store.notes.get([kept, gone, rejected])
    assert [notes[n].status for n in (kept, gone, rejected)] == ["verified", "stale", "rejected"]
    assert notes[gone].reason == "the text of the page changed"
    (evidence,) = notes[kept].evidence
    assert evidence.page == 3
    assert store.pages.get(id, 3).text[evidence.start : evidence.end] == quote


def test_quotes_of_scanned_pages_wait_until_those_are_read(store, add_document, question):
    id = add_document(pages=1)
    quote = "The pump moves 1 litres a day."
    (note,) = store.notes.add([quoting(question, id, 1, 0, quote)])
    store.pages.replace(id, [Page(0, 1, "", scanned=True)], [], [])
    assert store.notes.get([note])[note].status == "verified"
    store.pages.replace_page(id, Page(0, 1, "Title. " + quote), [])
    store.pages.anchor_notes(id)
    assert store.notes.get([note])[note].evidence[0].start == 7
    store.pages.replace_page(id, Page(0, 1, "It says something else."), [])
    store.pages.anchor_notes(id)
    assert store.notes.get([note])[note].status == "stale"


def test_why_pages_are_missing(store, add_document):
    id = add_document()
    pages = [Page(0, 1, "x"), Page(0, 2, "", problem="Page 2 is damaged."), Page(0, 3, "")]
    store.pages.replace(id, [*pages, Page(0, 4, "", scanned=True)], [], [])
    assert store.pages.problems(id) == {2: "Page 2 is damaged."}


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


def test_quotes_of_scanned_pages_wait_for_the_last_of_them(store, add_document, question):
    """Pages may have moved, and which of them has the quote is known when all are read."""
    id = add_document(pages=3)
    quotes = [f"The pump moves {n} litres a day." for n in (1, 2, 3)]
    for number, quote in enumerate(quotes, start=1):
        read = Page(0, number, quote, confidence=0.9)
        store.pages.replace_page(id, read, [])
    notes = store.notes.add(
        [quoting(question, id, n, 0, quote) for n, quote in enumerate(quotes, start=1)]
    )
    new = Page(0, 1, "A page with text was put in front.")
    store.pages.replace(id, [new, *(Page(0, n, "", scanned=True) for n in (2, 3, 4))], [], [])
    for number, quote in zip((2, 3, 4), (*quotes[:2], "Something else."), strict=True):
        assert [note.status for note in store.notes.get(notes).values()] == ["verified"] * 3
        store.pages.replace_page(id, Page(0, number, quote, confidence=0.9), [])
        store.pages.anchor_notes(id)
    found = store.notes.get(notes)
    assert [found[id].status for id in notes] == ["verified", "verified", "stale"]
    assert [found[id].evidence[0].page for id in notes[:2]] == [2, 3]


def test_quotes_of_text_do_not_wait_for_scanned_pages(store, add_document, question):
    id = add_document(pages=1)
    (note,) = store.notes.add([quoting(question, id, 1, 0, "The pump moves 1 litres a day.")])
    store.pages.replace(id, [Page(0, 1, "New."), Page(0, 2, "", scanned=True)], [], [])
    assert store.notes.get([note])[note].status == "stale"
