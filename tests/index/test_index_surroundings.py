"""What belongs to a passage that was found: the rest of its table, or of its sentence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from index_library import Library

from docqa.index.surroundings import Surroundings, table_heads
from docqa.model import Hit, Page, Passage

HEADS = "in millions 2021 2020"


def put(library: Library, parts: Sequence[tuple[str, str]], page: int = 1) -> list[Passage]:
    """A document whose page has these passages, each as (text, heads of its table)."""
    id = library.store.documents.create("/pdfs/Mill.pdf", "hash of the mill", "Mill")
    text = "\n".join(text for text, _ in parts)
    passages, start = [], 0
    for part, heads in parts:
        context = f"Mill — page {page}" + (f" — {heads}" if heads else "")
        passages.append(Passage(0, id, page, start, start + len(part), part, context))
        start += len(part) + 1
    library.store.pages.replace(id, [Page(id, page, text)], [], passages)
    return library.store.passages.of_document(id)


def hit(passage: Passage) -> Hit:
    return Hit(
        passage.id,
        passage.document_id,
        "Mill",
        passage.page,
        1.0,
        passage.text,
        passage.start,
        passage.end,
        passage.context,
    )


def completed(library: Library, *found: Passage) -> list[list[str]]:
    groups = Surroundings(library.store.passages).complete([hit(one) for one in found])
    return [[one.text for one in group] for group in groups]


def test_a_table_that_was_cut_is_completed(library: Library) -> None:
    before, first, middle, last, behind = put(
        library,
        [
            ("The mill did well.", ""),
            ("In millions 2021 2020\nSales 3 4", ""),
            ("Costs 2 2", HEADS),
            ("Profit 1 2", HEADS),
            ("The weir was mended.", ""),
        ],
    )
    assert completed(library, first) == [[first.text, middle.text]]
    assert completed(library, middle) == [[middle.text, first.text, last.text]]
    assert completed(library, last) == [[last.text, middle.text]]
    assert completed(library, before, behind) == [[before.text], [behind.text]]


def test_a_sentence_that_was_cut_is_completed(library: Library) -> None:
    first, second, third = put(
        library,
        [
            ("The mill, which was", ""),
            ("built on the river, burned.", ""),
            ("iPads sell well.", ""),
        ],
    )
    assert completed(library, first) == [[first.text, second.text]]
    assert completed(library, second, third) == [[second.text, first.text], [third.text]]


def test_what_completes_is_a_slice_of_its_page_and_was_not_found_itself(library: Library) -> None:
    first, second = put(library, [("Sales 3 4", ""), ("Profit 1 2", HEADS)], page=7)
    ((_, other),) = Surroundings(library.store.passages).complete([hit(first)])
    page = library.store.pages.get(first.document_id, 7)
    assert page is not None
    assert page.text[other.start : other.end] == other.text == second.text
    assert (other.passage_id, other.page, other.similarity) == (second.id, 7, -1.0)


def test_only_the_first_hits_are_completed(library: Library) -> None:
    parts = put(library, [("Sales 3 4", ""), *((f"Row {n} 1 2", HEADS) for n in range(8))])
    assert [len(group) > 1 for group in completed(library, *parts)] == [True] * 3 + [False] * 6
    assert completed(library) == []


def test_a_passage_that_is_gone_is_left_as_it_is(library: Library) -> None:
    (one,) = put(library, [("Sales 3 4", "")])
    library.store.documents.remove([one.document_id])
    assert completed(library, one) == [["Sales 3 4"]]


@pytest.mark.parametrize(
    ("context", "heads"),
    [
        ("", ""),
        ("page 12", ""),
        ("Mill — page 12", ""),
        ("Mill — Costs — page 12 — 2021 2020", "2021 2020"),
        ("page 12 — 2021 — 2020", "2021 — 2020"),
        ("Homepage 12 — of a mill — page 12", ""),
        ("Mill — page 1 — 2021", ""),
    ],
)
def test_the_heads_of_a_table_stand_behind_the_page(context: str, heads: str) -> None:
    assert table_heads(Passage(1, 1, 12, 0, 5, "Sales", context)) == heads
