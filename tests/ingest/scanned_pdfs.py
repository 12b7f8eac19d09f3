"""PDFs whose pages are images of text, as scanners make them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
from fpdf import FPDF

_SCALE = 200 / 72


def text_page(path: Path, lines: Sequence[str], *, width: float = 300, height: float = 120) -> Path:
    """Write a PDF of one small page with a line of text each 24 points."""
    pdf = FPDF(unit="pt", format=(width, height))
    pdf.set_font("Helvetica", size=12)
    pdf.add_page()
    for number, line in enumerate(lines, 1):
        pdf.text(20, 24 * number, line)
    path.write_bytes(bytes(pdf.output()))
    return path


def scan_of(source: Path, path: Path, *, turned: int = 0, rotate: int = 0, copies: int = 1) -> Path:
    """Write a PDF with an image of the first page of another one, on each of ``copies`` pages.

    ``turned``: degrees (counterclockwise) by which the sheet lay wrong on the scanner; ``rotate``:
    what the page's own entry says, against which the image is turned.
    """
    image = pypdfium2.PdfDocument(source)[0].render(scale=_SCALE).to_pil()
    image = image.rotate(turned + rotate, expand=True)
    width, height = (side / _SCALE for side in image.size)
    pdf = FPDF(unit="pt", format=(width, height))
    pdf.set_margin(0)
    for _ in range(copies):
        pdf.add_page()
        pdf.image(image, 0, 0, width, height)
    return _rotated(bytes(pdf.output()), rotate, path)


def _rotated(pdf: bytes, rotate: int, path: Path) -> Path:
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        page.set_rotation(rotate)
    written = io.BytesIO()
    document.save(written)
    path.write_bytes(written.getvalue())
    return path
