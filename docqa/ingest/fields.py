"""What a person filled in: the form fields and text boxes that are shown on top of a page."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium_c

from docqa.ingest.layout.page_text import Word
from docqa.model import Box

_MOST_FIELDS, _MOST_CHARACTERS = 2_000, 20_000
_NOT_SHOWN = pdfium_c.FPDF_ANNOT_FLAG_INVISIBLE | pdfium_c.FPDF_ANNOT_FLAG_HIDDEN
_NO_VIEW = 1 << 5
_PASSWORD = 1 << 13
"""Flag of a text field whose text is shown as stars."""
_LARGEST = 12.0
"""Points: text in a field is as high as the field allows, but hardly ever larger."""
_FINE = 100
"""PDFium converts to whole pixels: this many to a point."""
_LINE = 1.2


@dataclass(frozen=True, slots=True)
class Field:
    """What one field shows, line by line, none of them empty. ``box``: of the whole field."""

    lines: tuple[tuple[Word, ...], ...]
    box: Box


def filled_in(page: pypdfium2.PdfPage) -> list[Field]:
    """The fields of a page that show something, checked and empty boxes included."""
    count = min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), _MOST_FIELDS)
    return [field for index in range(count) for field in _field(page, index)]


def _field(page: pypdfium2.PdfPage, index: int) -> Iterator[Field]:
    annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
    if not annotation:
        return
    try:
        text = _shown_text(annotation).strip()
        rect = pdfium_c.FS_RECTF()
        if text and pdfium_c.FPDFAnnot_GetRect(annotation, rect):
            box = _box(page, rect)
            lines = tuple(_placed(text[:_MOST_CHARACTERS].splitlines(), box))
            if lines:
                yield Field(lines, box)
    finally:
        pdfium_c.FPDFPage_CloseAnnot(annotation)


def _shown_text(annotation: pdfium_c.FPDF_ANNOTATION) -> str:
    kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
    if pdfium_c.FPDFAnnot_GetFlags(annotation) & (_NOT_SHOWN | _NO_VIEW):
        return ""
    if kind == pdfium_c.FPDF_ANNOT_FREETEXT:
        return _string(annotation, b"Contents")
    if kind != pdfium_c.FPDF_ANNOT_WIDGET:
        return ""
    field, state = _string(annotation, b"FT"), _string(annotation, b"AS")
    if field in ("Tx", "Ch"):
        flags = ctypes.c_float()
        pdfium_c.FPDFAnnot_GetNumberValue(annotation, b"Ff", flags)
        return "" if int(flags.value) & _PASSWORD else _string(annotation, b"V")
    if state and field in ("Btn", ""):  # A button to press has no state.
        return "☐" if state == "Off" else "☒"
    return ""


def _string(annotation: pdfium_c.FPDF_ANNOTATION, key: bytes) -> str:
    size = pdfium_c.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium_c.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _box(page: pypdfium2.PdfPage, rect: pdfium_c.FS_RECTF) -> Box:
    """A rectangle in the page's own space, as the page is shown."""
    corners = [
        _shown(page, rect.left, rect.top),
        _shown(page, rect.right, rect.bottom),
    ]
    (x0, y0), (x1, y1) = corners
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _shown(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    width, height = round(page.get_width() * _FINE), round(page.get_height() * _FINE)
    column, row = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, column, row)
    return column.value / _FINE, row.value / _FINE


def _placed(lines: Sequence[str], box: Box) -> Iterator[tuple[Word, ...]]:
    """Words side by side, each line as high as there is room for it."""
    height = (box.bottom - box.top) / max(1, len(lines))
    size = round(min(_LARGEST, height / _LINE), 1)
    for index, line in enumerate(lines):
        words = line.split()
        top = box.top + index * height
        left, step = box.left, (box.right - box.left) / max(1, len(line))
        step = min(step, size * 0.6)
        placed = []
        for word in words:
            right = left + step * len(word)
            placed.append(Word(word, Box(left, top, right, top + height), size))
            left = right + step
        if placed:
            yield tuple(placed)
