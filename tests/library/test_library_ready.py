"""Ready means ready: a sentence of the document was found again through the index."""

from __future__ import annotations

import numpy as np
import pytest

from docqa.library.readiness import Readiness
from docqa.process import Cancel

PUMP = "The pump moves forty litres of water a day. It was bought in 1999 from a farmer."
CATS = "Cats sleep on the roof of the school. Their bowl is filled every morning by Ann."


@pytest.fixture
def document(library, add, make_pdf):
    (added,) = add(library, make_pdf([PUMP, CATS]))
    assert (added.status, added.problem) == ("ready", None)
    return added.id


@pytest.fixture
def readiness(store, search):
    return Readiness(store, search)


def test_the_sample_is_a_sentence_of_a_passage_in_the_middle(search, document):
    sample = search.proof.sample(document)
    assert sample.sentence in sample.passage.text
    assert sample == search.proof.sample(document)


def test_a_full_text_index_that_lost_the_document_is_made_anew(store, search, document, readiness):
    with store.database.write() as connection:
        connection.execute("INSERT INTO passages_fts (passages_fts) VALUES ('delete-all')")
    assert store.fulltext.match("pump") == []
    assert not search.proof.by_words(search.proof.sample(document))
    assert readiness.problem(document, Cancel()) is None
    assert len(store.fulltext.match("pump")) == 1


def test_vectors_that_are_not_on_the_shelf_are_put_up_again(search, document, readiness):
    search.remove([document])
    assert not search.proof.by_meaning(search.proof.sample(document))
    assert readiness.problem(document, Cancel()) is None
    assert search.search("Who fills the bowl?")[0].similarity > 0


def test_vectors_that_are_worth_nothing_are_made_again(store, search, document, readiness):
    ids = [passage.id for passage in store.passages.of_document(document)]
    identity = search.proof._embedder.identity
    store.vectors.put("passage", identity, ids, np.zeros((len(ids), 384)))
    search.remove([document])
    search.refresh()
    assert not search.proof.by_meaning(search.proof.sample(document))
    assert readiness.problem(document, Cancel()) is None
    assert search.search("Who fills the bowl?")[0].similarity > 0.2


def test_a_document_that_cannot_be_found_is_not_ready(
    store, search, library, add, make_pdf, monkeypatch
):
    monkeypatch.setattr(search.proof, "by_words", lambda sample: False)
    (added,) = add(library, make_pdf([PUMP]))
    assert added.status == "partial"
    assert "Searching by words does not find its text" in str(added.problem)
    assert store.documents.get(added.id).problem == added.problem


@pytest.mark.parametrize(
    "text", ["café über Ålesund naïve", "日本語の文書です。", "१२३ हिन्दी पाठ", "… — ●"]
)
def test_any_script_is_found_again(store, search, starter_embedder, text):
    from docqa.model import Page, Passage

    id = store.documents.create("/a.pdf", "abc", "A")
    store.pages.replace(id, [Page(0, 1, text)], [], [Passage(0, 0, 1, 0, len(text), text, "A")])
    list(search.index_passages(id))
    sample = search.proof.sample(id)
    assert search.proof.by_words(sample)
    assert search.proof.by_meaning(sample)
