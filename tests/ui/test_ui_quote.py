from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication

from docqa.ui.matching import letters
from docqa.ui.quote import lines, locate


@pytest.fixture
def pdf(qapp: QApplication, sample: Path) -> QPdfDocument:
    document = QPdfDocument(qapp)
    assert document.load(str(sample)) == QPdfDocument.Error.None_
    return document


def test_the_outline_of_a_quote_lies_on_the_quote(pdf: QPdfDocument) -> None:
    page = 1
    text = pdf.getAllText(page).text()
    quote = " ".join(text[200:320].split())
    boxes = locate(pdf, page, quote)
    assert boxes
    size = pdf.pagePointSize(page)
    for box in boxes:
        assert 0 <= box.left() < box.right() <= size.width()
        assert 0 <= box.top() < box.bottom() <= size.height()
    marked = pdf.getSelection(page, boxes[0].center(), boxes[-1].center()).text()
    assert letters(marked)[0] in letters(quote)[0]


def test_every_sentence_of_the_sample_can_be_marked(pdf: QPdfDocument) -> None:
    for page in range(pdf.pageCount()):
        text = pdf.getAllText(page).text()
        for start in range(0, max(0, len(text) - 80), 150):
            assert locate(pdf, page, text[start : start + 80], start), (page, start)


def test_boxes_side_by_side_become_one_line() -> None:
    word, next_word, below = QRectF(0, 0, 30, 10), QRectF(33, 1, 20, 9), QRectF(0, 14, 50, 10)
    other_column = QRectF(300, 14, 50, 10)
    assert lines([word, next_word, below, other_column]) == [
        QRectF(0, 0, 53, 10), below, other_column,
    ]  # fmt: skip


def test_a_quote_from_elsewhere_has_no_outline(pdf: QPdfDocument) -> None:
    assert (
        locate(pdf, 0, "Nothing of this kind was ever written on that page, not by anybody.") == []
    )
