"""What belongs to a passage that was found: the rest of its table, or of its sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from docqa.model import Hit, Passage
from docqa.store.passages import Passages, Span

_COMPLETED = 3
"""Hits, the first ones, that are completed. With 800 tokens of evidence, the share of questions for
which it has all words of the answer that stand on the wanted page, without and with completing
(``tests/bench/finding/evidence.py``): filings .32 and .36, other long documents .58 and .65; with
1,200 tokens .36 and .48, and .63 and .70; among all documents the same gains. The page itself is
there for .63 and .56 of the filings, .87 and .87 of the others: a page without the rest of its
table is worth less. No interval excludes 0: these sets are small."""
_WHOLE_PAGE = 2**31
_SENTENCE_END = re.compile(r"[.!?:;…。！？।؟][\"'”’»)\]」』]*$")


class Surroundings:
    """Finds what completes a hit. Any thread may use it."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages

    def complete(self, hits: Sequence[Hit]) -> list[tuple[Hit, ...]]:
        """Each hit, in the given order, with the passages of its page that complete it behind it.

        A table that is cut into passages goes on before or behind one of them, and so does a
        sentence that is too long for one. Only the first few hits are completed.
        """
        first = hits[:_COMPLETED]
        spans = [Span(hit.document_id, hit.page, 0, _WHOLE_PAGE) for hit in first]
        pages = self._passages.at(spans)
        completed = [
            (hit, *(_as_hit(hit, passage) for passage in _completing(hit, page)))
            for hit, page in zip(first, pages, strict=True)
        ]
        return [*completed, *((hit,) for hit in hits[_COMPLETED:])]


def table_heads(passage: Passage | Hit) -> str:
    """The heads of the table inside of which a passage begins; "" if it does not.

    They stand in its context line, behind the page.
    """
    found = re.search(rf"(?:^| — )page {passage.page} — (.+)$", passage.context)
    return found[1] if found else ""


def _completing(hit: Hit, page: Sequence[Passage]) -> list[Passage]:
    """The neighbours, the one before first, that hold a part of the same table or sentence."""
    at = next((i for i, one in enumerate(page) if one.id == hit.passage_id), None)
    if at is None:  # The page was read anew at this very moment.
        return []
    before = [one for one in page[max(0, at - 1) : at] if _goes_on(one, page[at])]
    behind = [one for one in page[at + 1 : at + 2] if _goes_on(page[at], one)]
    return [*before, *behind]


def _goes_on(first: Passage, second: Passage) -> bool:
    """Whether the cut between two neighbours runs through a table or a sentence."""
    if table_heads(second):
        return True
    return second.text[:1].islower() and not _SENTENCE_END.search(first.text.rstrip())


def _as_hit(hit: Hit, passage: Passage) -> Hit:
    """A neighbour of a hit, as one that was not found by itself."""
    return replace(
        hit,
        passage_id=passage.id,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        context=passage.context,
        similarity=-1.0,
        overlap=0.0,
    )
