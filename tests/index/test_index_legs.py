"""One way to search alone, for comparison: its plain order, within the scope."""

import pytest
from index_library import FERRY, ORCHARD

from docqa.index.keywords import any_of
from docqa.index.words import content_words
from docqa.process import Urgency

QUESTION = "How many passengers, apple trees and cars are there in 2021?"


@pytest.fixture
def filled(library):
    return library, library.add("Orchard", ORCHARD), library.add("Ferry", FERRY)


@pytest.fixture
def search(filled, embedder):
    made = filled[0].search(embedder)
    for _ in made.index_passages():
        pass
    return made


def test_keywords_alone_are_in_the_order_of_bm25(filled, search):
    expected = filled[0].store.fulltext.match(any_of(content_words(QUESTION)))
    hits = search.search(QUESTION, k=20, legs=["keywords"])
    assert [hit.passage_id for hit in hits] == [id for id, _ in expected]
    assert [hit.score for hit in hits] == [-score for _, score in expected]


def test_meaning_alone_is_in_the_order_of_the_cosine(filled, search, embedder):
    vector = embedder.embed([QUESTION], Urgency.ASKING)[0]
    ids, matrix = filled[0].store.vectors.load("passage", embedder.identity)
    cosines = dict(zip(ids.tolist(), (matrix @ vector).tolist(), strict=True))
    hits = search.search(QUESTION, k=20, legs=["meaning"])
    assert [hit.passage_id for hit in hits] == sorted(cosines, key=lambda id: -cosines[id])
    assert [hit.score for hit in hits] == pytest.approx(sorted(cosines.values(), reverse=True))


@pytest.mark.parametrize("leg", ["keywords", "meaning"])
def test_one_alone_stays_within_the_scope(filled, search, leg):
    _, orchard, ferry = filled
    for scope in (orchard, ferry):
        hits = search.search(QUESTION, k=20, documents=[scope], legs=[leg])
        assert {hit.document_id for hit in hits} == {scope}


def test_without_vectors_meaning_alone_finds_nothing(filled, no_embedder):
    assert filled[0].search(no_embedder).search(QUESTION, legs=["meaning"]) == []
