"""Passages by where they stand."""

from __future__ import annotations

from docqa.model import Page, Passage
from docqa.store.passages import Span
from docqa.store.store import Store

TEXT = "The pump is old. It stands in the yard. Nobody minds."
SENTENCES = ((0, 16), (17, 39), (40, 53))


def add(store: Store, pages: int = 2) -> int:
    """A document with a passage for every sentence."""
    id = store.documents.create("/papers/pump.pdf", "hash of the pump", "Pump")
    numbers = range(1, pages + 1)
    store.pages.replace(
        id,
        [Page(id, number, TEXT) for number in numbers],
        [],
        [Passage(0, id, n, a, b, TEXT[a:b]) for n in numbers for a, b in SENTENCES],
    )
    return id


def texts(store: Store, *spans: Span) -> list[list[str]]:
    return [[passage.text for passage in found] for found in store.passages.at(spans)]


def test_a_span_leads_to_the_passages_that_share_text_with_it(store: Store) -> None:
    pump = add(store)
    old, yard, nobody = (TEXT[a:b] for a, b in SENTENCES)
    assert texts(store, Span(pump, 1, 4, 8)) == [[old]]
    assert texts(store, Span(pump, 1, 16, 17)) == [[]]
    assert texts(store, Span(pump, 1, 15, 18)) == [[old, yard]]
    assert texts(store, Span(pump, 2, 0, 10_000)) == [[old, yard, nobody]]


def test_every_span_has_its_own_answer_in_the_given_order(store: Store) -> None:
    pump = add(store)
    spans = [Span(pump, 2, 17, 20), Span(99, 1, 0, 9), Span(pump, 1, 17, 20), Span(pump, 3, 0, 9)]
    found = store.passages.at(spans)
    assert [[p.page for p in passages] for passages in found] == [[2], [], [1], []]
    assert store.passages.at([]) == []
