"""What is filled into a file's forms, and where: pypdf's word, for the viewer's text has none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pypdf

Edges = tuple[float, float, float, float]
Filled = list[tuple[str, Edges]]
"""Texts, and the left, top, right and bottom edges of their fields in points, as shown."""


def filled_in(path: Path, password: str, number: int) -> Filled:
    """The fields and text boxes of a page (1-based); none if the file is damaged."""
    found: Filled = []
    with suppress(Exception):  # It raises anything on damaged files.
        page = pypdf.PdfReader(path, password=password or None).pages[number - 1]
        for reference in page.get("/Annots", ()):
            annotation = reference.get_object()
            text = _inherited(annotation, "/V") or annotation.get("/Contents", "")
            texts = text if isinstance(text, list) else [text]
            box = _shown(page, *map(float, annotation["/Rect"]))
            found.append((" ".join(map(str, texts)), box))
    return found


def _inherited(field: Any, key: str) -> Any:
    for _ in range(10):
        if key in field:
            return field[key]
        if "/Parent" not in field:
            break
        field = field["/Parent"]
    return None


def _shown(page: Any, x0: float, y0: float, x1: float, y1: float) -> Edges:
    """A rectangle in the page's own space, as the page is shown."""
    left, bottom, right, top = map(float, page.cropbox)
    x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    turned = {
        0: (x0 - left, top - y1, x1 - left, top - y0),
        90: (y0 - bottom, x0 - left, y1 - bottom, x1 - left),
        180: (right - x1, y0 - bottom, right - x0, y1 - bottom),
        270: (top - y1, right - x1, top - y0, right - x0),
    }
    return turned[page.rotation % 360]
