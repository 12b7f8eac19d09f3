"""Where each page of a PDF lies in the scrolled view: pure geometry, pages one under another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, QSizeF

MARGIN = 12
"""Pixels around the pages and between them."""


@dataclass(frozen=True, slots=True)
class PageLayout:
    """The boxes of all pages in pixels of the content, and ``scale`` in pixels per point."""

    boxes: tuple[QRectF, ...]
    size: QSize
    scale: float

    def page_at(self, y: float) -> int:
        """The page (from 0) at height ``y``, or the one above the gap there."""
        tops = [box.top() for box in self.boxes]
        return max(0, bisect_right(tops, y) - 1)

    def on_page(self, page: int, box: QRectF) -> QRectF:
        """A box in points of ``page`` as pixels of the content."""
        corner = self.boxes[page].topLeft()
        return QRectF(corner + box.topLeft() * self.scale, box.size() * self.scale)


def fit_width(sizes: Sequence[QSizeF], viewport: int) -> float:
    """The scale at which the widest page fills a viewport of that many pixels."""
    widest = max((size.width() for size in sizes), default=1.0)
    return max(0.1, (viewport - 2 * MARGIN) / max(1.0, widest))


def lay_out(sizes: Sequence[QSizeF], scale: float, viewport: int) -> PageLayout:
    """Stack pages of ``sizes`` (points), each centred, in a viewport of that many pixels."""
    widest = max((size.width() * scale for size in sizes), default=0.0)
    width = max(viewport, round(widest) + 2 * MARGIN)
    boxes: list[QRectF] = []
    y = float(MARGIN)
    for size in sizes:
        box_width, box_height = round(size.width() * scale), round(size.height() * scale)
        boxes.append(QRectF(round((width - box_width) / 2), y, box_width, box_height))
        y += box_height + MARGIN
    return PageLayout(tuple(boxes), QSize(width, round(y)), scale)
