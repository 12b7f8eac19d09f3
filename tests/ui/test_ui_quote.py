from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication

from docqa.ui.quote import find, letters, lines, locate


@pytest.fixture
def pdf(qapp: QApplication, sample: Path) -> QPdfDocument:
    document = QPdfDocument(qapp)
    assert document.load(str(sample)) == QPdfDocument.Error.None_
    return document


def test_letters_unfold_ligatures_and_forget_the_rest() -> None:
    assert letters("The ﬁrst, 2nd-best:\r\nÄ") == ("thefirst2ndbestä", [
        0, 1, 2, 4, 4, 5, 6, 7, 10, 11, 12, 14, 15, 16, 17, 21,
    ])  # fmt: skip


def test_a_quote_is_found_across_line_breaks_and_hyphens() -> None:
    text = "It was a great improve-\r\nment  over the old\r\none."
    start, end = find(text, "great improvement over the old one") or (0, 0)
    assert text[start:end] == "great improve-\r\nment  over the old\r\none"


def test_of_several_the_nearest_is_taken() -> None:
    text = "It rains. It snows. It rains. It rains."
    assert find(text, "It rains", near=0) == (0, 8)
    assert find(text, "It rains", near=21) == (20, 28)
    assert find(text, "It rains", near=39) == (30, 38)


def test_a_quote_that_differs_in_a_word_is_found_by_its_longest_part() -> None:
    text = "In 2019 the company sold seven ships to a buyer in Norway, and bought none."
    span = find(text, "the company sold seven ships to a buyer in Sweden")
    assert span is not None
    assert text[slice(*span)] == "the company sold seven ships to a buyer in"


def test_what_is_not_there_is_not_found() -> None:
    assert find("A page about ships.", "Trains run on rails, ships do not.") is None
    assert find("A page about ships.", "…") is None
    assert find("", "ships") is None


@given(
    before=st.text(max_size=30),
    quote=st.text(min_size=1, max_size=40),
    after=st.text(max_size=30),
)
def test_a_slice_of_a_text_is_always_found_in_it(before: str, quote: str, after: str) -> None:
    text = before + quote + after
    wanted, _ = letters(quote)
    span = find(text, quote, near=len(before))
    if not wanted:
        assert span is None
        return
    assert span is not None
    # A folded character may be cut in the middle by a match; it is then taken as a whole.
    assert wanted in letters(text[slice(*span)])[0]


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
