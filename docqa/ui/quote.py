"""Finds a quote on a page of an open PDF, comparing letters and digits only.

Line breaks, hyphens, ligatures and the white space of another text extractor make no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from PySide6.QtCore import QRectF
from PySide6.QtPdf import QPdfDocument

_SHORTEST_PART = 16
"""A piece of a quote with fewer letters than this is not worth marking by itself."""


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


def find(text: str, quote: str, near: int = 0) -> tuple[int, int] | None:
    """Half-open span of ``quote`` in ``text``; of several, the one that starts nearest ``near``.

    A quote that is not there as a whole is looked for by its longest part; None if that is short.
    """
    wanted, _ = letters(quote)
    page, places = letters(text)
    if not wanted:
        return None
    starts = list(_occurrences(page, wanted))
    if starts:
        start = min(starts, key=lambda index: abs(places[index] - near))
        return places[start], places[start + len(wanted) - 1] + 1
    part = SequenceMatcher(None, page, wanted, autojunk=False).find_longest_match()
    if part.size < max(_SHORTEST_PART, len(wanted) // 3):
        return None
    return places[part.a], places[part.a + part.size - 1] + 1


def _occurrences(page: str, wanted: str) -> Iterator[int]:
    index = page.find(wanted)
    while index >= 0:
        yield index
        index = page.find(wanted, index + 1)


def locate(document: QPdfDocument, page: int, quote: str, near: int = 0) -> list[QRectF]:
    """Boxes of ``quote`` on ``page`` (0-based here, as in Qt), one a line, in points from the top.

    ``near`` is the offset of the quote in the stored text of the page. Empty: not found.
    """
    text = document.getAllText(page).text()
    span = find(text, quote, near)
    if span is None:
        return []
    start, length = _characters(document, page, text, span)
    outlines = document.getSelectionAtIndex(page, start, length).bounds()
    return lines([outline.boundingRect() for outline in outlines])


def lines(boxes: Sequence[QRectF]) -> list[QRectF]:
    """Boxes of words or letters in reading order, joined where they stand side by side."""
    joined: list[QRectF] = []
    for box in boxes:
        if joined and _side_by_side(joined[-1], box):
            joined[-1] = joined[-1].united(box)
        else:
            joined.append(box)
    return joined


def _side_by_side(one: QRectF, other: QRectF) -> bool:
    height = min(one.height(), other.height())
    shared = min(one.bottom(), other.bottom()) - max(one.top(), other.top())
    gap = max(one.left(), other.left()) - min(one.right(), other.right())
    return shared > height / 2 and gap < 3 * max(one.height(), other.height())


def _characters(
    document: QPdfDocument, page: int, text: str, span: tuple[int, int]
) -> tuple[int, int]:
    """The span as PDFium counts: characters of the page, of which some have no text."""
    start, end = span
    wanted, _ = letters(text[start:end])
    selection = document.getSelectionAtIndex(page, start, end - start)
    if letters(selection.text())[0] == wanted:
        return start, end - start
    before = len(letters(text[:start])[0])
    first = _index_after(document, page, before, len(text)) - 1
    last = _index_after(document, page, before + len(wanted) - 1, len(text))
    return first, last - first


def _index_after(document: QPdfDocument, page: int, count: int, length: int) -> int:
    """The least number of characters of the page that hold more than ``count`` letters."""
    low, high = 0, 2 * length + 16
    while low < high:
        middle = (low + high) // 2
        held = letters(document.getSelectionAtIndex(page, 0, middle).text())[0]
        if len(held) > count:
            high = middle
        else:
            low = middle + 1
    return low
