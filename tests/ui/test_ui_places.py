"""The places that are stored when a file is read are the places where the viewer draws it."""

from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from PySide6.QtCore import QRectF
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication

from docqa.ingest.pdfium import Pdfium
from docqa.ingest.places import Place, boxes, decode, encode
from docqa.model import Box
from docqa.ui.quote import locate

LEFT = "Big ships stay in the harbour\nuntil they may go; then they\nbegin a journey to Egypt"
RIGHT = "Every pilot of the company\nlearns to judge the depth of\nthe fairway by its buoys"
QUOTES = ("stay in the harbour", "until they may", "learns to judge the depth")


@pytest.fixture(params=(0, 90, 180, 270))
def turned(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A page of two columns, cut at its edges and turned, as scanners and printers do it."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    for x, column in ((30, LEFT), (110, RIGHT)):
        pdf.set_xy(x, 40)
        pdf.multi_cell(75, 6, column)
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(bytes(pdf.output()))
    page = PdfReader(plain).pages[0]
    page.cropbox = RectangleObject((40, 100, 560, 800))
    page.rotate(request.param)
    writer = PdfWriter()
    writer.add_page(page)
    path = tmp_path / "turned.pdf"
    writer.write(path)
    return path


def stored_boxes(path: Path, quote: str) -> list[Box]:
    """Where the workspace would say that a quote stands."""
    text, places = "", []
    for line in Pdfium(path, None).words(1).lines:
        for word in line:
            places.append(Place(len(text), len(text) + len(word.text), word.box))
            text += word.text + " "
    start = text.index(quote)
    return boxes(decode(encode(places)), start, start + len(quote))


def united(shapes: list[QRectF]) -> tuple[float, float, float, float]:
    whole = QRectF()
    for shape in shapes:
        whole = whole.united(shape)
    return whole.left(), whole.top(), whole.right(), whole.bottom()


@pytest.mark.parametrize("quote", QUOTES)
def test_stored_places_are_where_the_viewer_draws_the_words(
    qapp: QApplication, turned: Path, quote: str
) -> None:
    document = QPdfDocument(qapp)
    assert document.load(str(turned)) == QPdfDocument.Error.None_
    drawn = locate(document, 0, quote)
    stored = [
        QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)
        for box in stored_boxes(turned, quote)
    ]
    assert united(stored) == pytest.approx(united(drawn), abs=2)
    page = QRectF(0, 0, document.pagePointSize(0).width(), document.pagePointSize(0).height())
    assert all(page.contains(shape) for shape in stored)
