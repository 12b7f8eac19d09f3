"""Finds where a quote stands on a page of an open PDF, for pages whose words have no places."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtPdf import QPdfDocument

from docqa.ui.matching import Span, find, letters


def locate(document: QPdfDocument, page: int, quote: str, near: int = 0) -> list[QRectF]:
    """Boxes of ``quote`` on ``page`` (0-based here, as in Qt), one a line, in points from the top.

    ``near`` is the offset of the quote in the stored text of the page. Empty: not found.
    """
    text = document.getAllText(page).text()
    boxes: list[QRectF] = []
    for span in find(text, quote, near):
        start, length = _characters(document, page, text, span)
        outlines = document.getSelectionAtIndex(page, start, length).bounds()
        boxes += [outline.boundingRect() for outline in outlines]
    return lines(boxes)


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


def _characters(document: QPdfDocument, page: int, text: str, span: Span) -> tuple[int, int]:
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
