"""Scanned pages: what OCR reads of them, and what becomes of those that it cannot read."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from fpdf import FPDF
from ingest.scanned_pdfs import scan_of, text_page

from docqa.errors import Cancelled, DocqaError
from docqa.ingest.events import PageRead
from docqa.ingest.ocr.client import Ocr, OcrLimits, ocr_available
from docqa.ingest.ocr.events import ReadScan
from docqa.ingest.pdfium import Pdfium
from docqa.ingest.places import decode
from docqa.model import Box, Page, Section
from docqa.process import Cancel, Flag

LINES = (
    "The pump moves forty litres a day.",
    "It was bought in 1999 from a farmer.",
    "Invoice 4711",
)
TEXT = " ".join(LINES)
SECTIONS = (Section("Machines", 1, 1),)

pytestmark = pytest.mark.skipif(not ocr_available(), reason="the extra [ocr] is not installed")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_page(tmp_path_factory.mktemp("source") / "source.pdf", LINES)


@pytest.fixture(scope="module")
def ocr(tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ocr]:
    ocr = Ocr(tokenizer_file, tmp_path_factory.mktemp("logs") / "ocr.log")
    yield ocr
    ocr.close()


def covers(seen: Box, drawn: Box, slack: float = 4.0) -> bool:
    """Whether a box is where a word was drawn, to a third of the letters' size."""
    pairs = zip(
        (seen.left, seen.top, seen.right, seen.bottom),
        (drawn.left, drawn.top, drawn.right, drawn.bottom),
        strict=True,
    )
    return all(abs(one - other) <= slack for one, other in pairs)


@pytest.mark.parametrize(("turned", "rotate"), [(0, 0), (0, 90), (180, 0), (90, 0)], ids=str)
def test_a_scan_is_read_with_its_words_where_they_stand(
    ocr: Ocr, source: Path, tmp_path: Path, turned: int, rotate: int
) -> None:
    scan = scan_of(source, tmp_path / "scan.pdf", turned=turned, rotate=rotate)
    read = ocr.read(ReadScan(str(scan), None, 1, title="Pumps", label="iv", sections=SECTIONS))
    page = read.page
    assert " ".join(page.text.split()) == TEXT
    assert (page.number, page.label, page.scanned, page.problem) == (1, "iv", False, None)
    assert page.confidence is not None
    assert 0.9 < page.confidence <= 1.0
    assert [passage.context for passage in read.passages] == ["Pumps — Machines — page 1"]
    drawn = {w.text: w.box for line in Pdfium(source, None).words(1).lines for w in line}
    places = {page.text[place.start : place.end]: place.box for place in decode(page.places)}
    assert places.keys() == drawn.keys()
    for word, box in drawn.items():
        assert covers(places[word], lying(box, turned)), (word, places[word], lying(box, turned))


def lying(box: Box, turned: int) -> Box:
    """Where a part of the upright page (300 by 120 points) is when the sheet lies turned."""
    if turned == 180:
        return Box(300 - box.right, 120 - box.bottom, 300 - box.left, 120 - box.top)
    if turned == 90:
        return Box(box.top, 300 - box.right, box.bottom, 300 - box.left)
    return box


def test_a_line_that_runs_up_the_margin_is_read(ocr: Ocr, tmp_path: Path) -> None:
    pdf = FPDF(unit="pt", format=(300, 120))
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    for number, line in enumerate(LINES, 1):
        pdf.text(60, 24 * number, line)
    with pdf.rotation(90, 30, 100):
        pdf.text(30, 100, "Archive copy")
    path = tmp_path / "margin.pdf"
    path.write_bytes(bytes(pdf.output()))
    page = ocr.read(ReadScan(str(path), None, 1)).page
    assert "Archive copy" in page.text
    boxes = {page.text[p.start : p.end]: p.box for p in decode(page.places)}
    assert boxes["copy"].bottom <= boxes["Archive"].top + 2
    assert boxes["Archive"].right < 40
    assert boxes["pump"].left > 60


def test_what_forms_and_annotations_show_is_read(ocr: Ocr, tmp_path: Path) -> None:
    pdf = FPDF(unit="pt", format=(300, 120))
    pdf.add_page()
    pdf.set_font("Helvetica", size=14)
    pdf.free_text_annotation("Paid in full", x=40, y=40, w=160, h=30)
    path = tmp_path / "stamped.pdf"
    path.write_bytes(bytes(pdf.output()))
    assert "Paid in full" in ocr.read(ReadScan(str(path), None, 1)).page.text


@pytest.mark.parametrize("lines", [(), ("O",)], ids=["white", "a ring"])
def test_a_page_without_text_is_blank_and_no_failure(
    ocr: Ocr, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    scan = scan_of(text_page(tmp_path / "empty.pdf", lines), tmp_path / "scan.pdf")
    read = ocr.read(ReadScan(str(scan), None, 1))
    page = read.page
    assert (page.text, page.scanned, page.problem, page.places) == ("", False, None, b"")
    assert page.confidence is None
    assert read.passages == ()


def test_a_page_that_is_not_there_has_a_problem(ocr: Ocr, source: Path) -> None:
    page = ocr.read(ReadScan(str(source), None, 9)).page
    assert page.scanned
    assert page.problem == "Page 9 could not be recognised."


def test_a_protected_file_is_a_sentence_and_no_attempt(ocr: Ocr, tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=text_page(tmp_path / "open.pdf", LINES))
    writer.encrypt("secret", algorithm="AES-128")
    path = tmp_path / "closed.pdf"
    writer.write(path)
    with pytest.raises(DocqaError, match="together with its password"):
        ocr.read(ReadScan(str(path), None, 1))
    assert TEXT in " ".join(ocr.read(ReadScan(str(path), "secret", 1)).page.text.split())


def test_a_missing_file_is_a_sentence(ocr: Ocr, tmp_path: Path) -> None:
    with pytest.raises(DocqaError, match=r"gone\.pdf"):
        ocr.read(ReadScan(str(tmp_path / "gone.pdf"), None, 1))


@pytest.mark.parametrize(
    ("limits", "problem"),
    [(OcrLimits(silence=0.0), "took too long"), (OcrLimits(memory=1), "needs too much memory")],
    ids=["silence", "memory"],
)
def test_a_page_that_costs_too_much_has_a_problem(
    tokenizer_file: Path, tmp_path: Path, limits: OcrLimits, problem: str
) -> None:
    long = text_page(tmp_path / "long.pdf", LINES * 10, width=600, height=800)
    ocr = Ocr(tokenizer_file, tmp_path / "ocr.log", limits)
    try:
        page = ocr.read(ReadScan(str(long), None, 1)).page
    finally:
        ocr.close()
    assert (page.scanned, page.problem) == (True, f"Page 1 {problem} to be recognised.")


def test_a_page_with_too_much_to_do_ends_by_itself(tokenizer_file: Path, source: Path) -> None:
    from docqa.ingest.ocr.service import OcrService

    service = OcrService(Flag(), tokenizer_file, threads=1, seconds=0.0)
    *_, last = service.handle(ReadScan(str(source), None, 1))
    assert isinstance(last, PageRead)
    assert last.page.scanned
    assert last.page.problem == "Page 1 took too long to be recognised."


def test_the_child_steps_back_behind_other_programs(ocr: Ocr, source: Path) -> None:
    ocr.read(ReadScan(str(source), None, 1))
    assert psutil.Process(ocr.pid).nice() > psutil.Process().nice()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_dead_child_costs_one_page_and_a_stop_order_none(ocr: Ocr, source: Path) -> None:
    scan = ReadScan(str(source), None, 1)
    assert ocr.read(scan).page.text
    page = meanwhile(ocr, scan, lambda pid: os.kill(pid, signal.SIGKILL))
    assert page.scanned
    assert page.problem == "Page 1 stopped the program that recognises scanned pages."
    assert ocr.read(scan).page.text
    cancel = Cancel()
    with pytest.raises(Cancelled):
        meanwhile(ocr, scan, lambda _: cancel.set(), cancel)


def meanwhile(
    ocr: Ocr, scan: ReadScan, act: Callable[[int], None], cancel: Cancel | None = None
) -> Page:
    """Read a page with a child that is held up until something happened to it."""
    pid = ocr.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(0.2, act, (pid,))
    timer.start()
    try:
        return ocr.read(scan, cancel).page
    finally:
        timer.join()


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapidocr.utils.download_file import DownloadFile

    from docqa.ingest.ocr.engine import RapidOcr

    def refuse(*_arguments: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr(DownloadFile, "run", refuse)
    white = np.full((64, 400, 3), 255, np.uint8)
    engine = RapidOcr(1)
    assert engine.lines(white) == []
    assert engine.recognise(white).text == ""
