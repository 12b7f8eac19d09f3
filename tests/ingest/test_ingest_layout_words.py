"""The words that PDFium sees, in boxes that fit the page as it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from docqa.ingest.layout.page_text import Word
from docqa.ingest.pdfium import Pdfium
from docqa.ingest.pdfium_words import PageWords


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A page with three lines, one of them bold and large."""
    pdf = FPDF(unit="pt", format=(400, 300))
    pdf.add_page()
    pdf.set_font("Helvetica", "B", 20)
    pdf.text(50, 60, "Large heading")
    pdf.set_font("Times", "", 10)
    pdf.text(50, 100, "Small words follow, some of them")
    pdf.set_font("Times", "B", 10)
    pdf.text(220, 100, "bold.")
    pdf.set_font("Times", "", 10)
    pdf.text(50, 112, "A word that is cut at the end of a li-")
    pdf.text(50, 124, "ne goes on here.")
    target = tmp_path / "words.pdf"
    pdf.output(str(target))
    return target


def words(page: PageWords) -> Iterator[Word]:
    for line in page.lines:
        yield from line


def find(page: PageWords, text: str) -> Word:
    return next(word for word in words(page) if word.text == text)


def ink(path: Path, box: tuple[float, float, float, float], scale: float = 2.0) -> bool:
    """Whether something dark is drawn inside a box of the page as shown."""
    image = pypdfium2.PdfDocument(path)[0].render(scale=scale).to_pil().convert("L")
    low, _ = image.crop([round(edge * scale) for edge in box]).getextrema()
    return bool(low < 128)


def test_lines_and_words_are_those_of_the_text(path: Path) -> None:
    page = Pdfium(path, None).words(1)
    assert [word.text for word in page.lines[0]] == ["Large", "heading"]
    assert "".join(word.text for word in words(page)) == "".join(page.raw.split())
    assert page.raw == Pdfium(path, None).text(1)
    assert (page.width, page.height) == (400, 300)


def test_size_and_boldness(path: Path) -> None:
    page = Pdfium(path, None).words(1)
    heading, small, bold = find(page, "heading"), find(page, "words"), find(page, "bold.")
    assert (heading.size, heading.bold) == (20, True)
    assert (small.size, small.bold) == (10, False)
    assert (bold.size, bold.bold) == (10, True)


def test_a_word_cut_at_a_line_end_is_two_words_on_two_lines(path: Path) -> None:
    page = Pdfium(path, None).words(1)
    last, first = page.lines[-2][-1], page.lines[-1][0]
    assert last.text[:2] == "li"
    assert len(last.text) == 3
    assert first.text == "ne"
    assert first.box.top > last.box.top
    assert first.box.left < last.box.left


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_fit_what_is_shown(path: Path, tmp_path: Path, rotation: int) -> None:
    writer = PdfWriter()
    page = writer.add_page(PdfReader(path).pages[0])
    page.cropbox = RectangleObject((30, 20, 380, 290))
    page.rotate(rotation)
    turned = tmp_path / "turned.pdf"
    writer.write(turned)
    seen = Pdfium(turned, None).words(1)
    assert (seen.width, seen.height) == ((350, 270) if rotation % 180 == 0 else (270, 350))
    for word in words(seen):
        box = word.box
        assert 0 <= box.left < box.right <= seen.width
        assert 0 <= box.top < box.bottom <= seen.height
        assert ink(turned, (box.left, box.top, box.right, box.bottom)), word.text
    heading = find(seen, "heading").box
    beside = (heading.left + 150, heading.top, heading.right + 150, heading.bottom)
    if rotation == 0:
        assert not ink(turned, beside)


def test_an_empty_page_has_no_words(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.output(str(tmp_path / "empty.pdf"))
    assert Pdfium(tmp_path / "empty.pdf", None).words(1).lines == ()
