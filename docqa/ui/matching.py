"""Finds a quote in another extractor's text of the same page, comparing letters and digits only.

Line breaks, hyphens, ligatures and white space make no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Span = tuple[int, int]
"""Half-open offsets into a text."""

_SHORTEST_RUN = 8
"""Letters that must stand together; fewer are found on any page by chance."""
_ENOUGH = 0.8
"""Share of its letters that a quote found in pieces must have. Of 1,994 quotes of filings looked
for on other pages, 7 had it: phrases of the law, which stand there almost word for word."""
_LEAST = 0.4
"""Share of its letters below which nothing of a quote is marked."""
_SHORTEST_PART = 16
"""A single piece with fewer letters than this is not worth marking by itself."""


def letters(text: str) -> tuple[str, list[int]]:
    """Letters and digits of ``text``, compatibility forms unfolded, with the index of each."""
    found: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        for piece in unicodedata.normalize("NFKC", character).casefold():
            if piece.isalnum():
                found.append(piece)
                places.append(index)
    return "".join(found), places


def find(text: str, quote: str, near: int = 0) -> list[Span]:
    """Spans of ``text`` that hold ``quote``, in the order of the quote; empty if it is not there.

    Mostly one span; of several equal ones that which starts nearest ``near``. A quote that
    stands there in another order, line by line or column by column, is found in several.
    """
    lines = [letters(line)[0] for line in quote.splitlines()]
    wanted = "".join(lines)
    page, places = letters(text)
    if not wanted:
        return []
    starts = list(_occurrences(page, wanted))
    if starts:
        start = min(starts, key=lambda index: abs(places[index] - near))
        runs = [(start, start + len(wanted))]
    else:
        runs = _worth_it(_runs(page, lines), len(wanted))
    return [(places[start], places[end - 1] + 1) for start, end in runs]


def _occurrences(page: str, wanted: str) -> Iterator[int]:
    index = page.find(wanted)
    while index >= 0:
        yield index
        index = page.find(wanted, index + 1)


def _runs(page: str, lines: Sequence[str]) -> list[Span]:
    """Stretches of ``page`` that the lines of a quote are put together from, in their order."""
    found: list[Span] = []
    for line in lines:
        runs = []
        gaps = [(0, len(line))]
        while gaps:
            start, end = gaps.pop()
            matcher = SequenceMatcher(None, page, line[start:end], autojunk=False)
            run = matcher.find_longest_match()
            if run.size < _SHORTEST_RUN:
                continue
            runs.append((start + run.b, (run.a, run.a + run.size)))
            # What is taken is not found again for another part of the quote.
            page = page[: run.a] + "\0" * run.size + page[run.a + run.size :]
            gaps += [(start, start + run.b), (start + run.b + run.size, end)]
        found += [span for _, span in sorted(runs)]
    return found


def _worth_it(runs: list[Span], length: int) -> list[Span]:
    """The runs if they make most of the quote up; else those that say something by themselves."""
    if sum(end - start for start, end in runs) >= _ENOUGH * length:
        return runs
    parts = [(start, end) for start, end in runs if end - start >= _SHORTEST_PART]
    return parts if sum(end - start for start, end in parts) >= _LEAST * length else []
