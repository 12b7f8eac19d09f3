"""Real and odd PDFs, where they are at hand: each ends in text or in a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from docqa.errors import DocqaError
from docqa.ingest.reader import PageRead, Reader

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ODD = DATA / "pdf_corpus" / "files"
FILINGS = DATA / "financebench" / "pdfs"

pytestmark = pytest.mark.skipif(not ODD.is_dir(), reason="the corpus is not here")


def outcome(reader: Reader, path: Path) -> str:
    """The text of a file, or why there is none."""
    try:
        events = list(reader.read(path))
    except DocqaError as error:
        return str(error)
    pages = [event.page for event in events if isinstance(event, PageRead)]
    return "\n".join(page.problem or page.text for page in pages)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pdfjs__TAMReview.pdf", "Technology Acceptance Model"),  # Only pypdf reads its fonts.
        ("qpdf__deep-pages.pdf", "Page 1 is damaged"),  # Another engine never ends on it.
        ("qpdf__15316.fuzz.pdf", "is not a PDF"),
        ("qpdf__encrypted-40-bit-R3.pdf", "is protected"),
        ("pdfjs__bug1020226.pdf", "is damaged"),
        ("sample__pdflatex-4-pages.pdf", "some text without a meaning"),
        ("qpdf__bad27.pdf", "Potato"),  # Only pypdf finds what is on its page.
        ("pdfjs__XiaoBiaoSong.pdf", "关于红军作战的原则"),  # Set with blanks between its letters.
        ("sample__libreoffice-form.pdf", "First Name Alice"),  # The name is in a form field.
    ],
)
def test_odd_files_end_in_text_or_a_reason(reader: Reader, name: str, expected: str) -> None:
    path = ODD / name
    if not path.exists():
        pytest.skip("this file is not here")
    assert expected in outcome(reader, path)


def test_a_filing_is_read_whole(reader: Reader) -> None:
    path = FILINGS / "BESTBUY_2024Q2_10Q.pdf"
    if not path.exists():
        pytest.skip("this file is not here")
    events = [event for event in reader.read(path) if isinstance(event, PageRead)]
    assert len(events) == 30
    assert not any(event.page.problem for event in events)
    for event in events:
        for passage in event.passages:
            assert passage.text == event.page.text[passage.start : passage.end]
