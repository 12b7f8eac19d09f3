"""Which engine's text a page gets, and what becomes of text that says nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hostile_files
import psutil
import pytest
from fpdf import FPDF
from PIL import Image

from docqa.ingest import page_reader
from docqa.ingest.bounds import MOST_CHARACTERS, TOO_MUCH
from docqa.ingest.engines import Engines
from docqa.ingest.page_reader import PageReader
from docqa.ingest.pdfium import Pdfium
from docqa.ingest.structure import Pypdf

SENTENCE = "The net income of the company rose in the second quarter."


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    pdf.add_page()
    pdf.multi_cell(0, 6, SENTENCE)
    (tmp_path / "one.pdf").write_bytes(bytes(pdf.output()))
    return Engines(tmp_path / "one.pdf", None, with_pypdf=True)


def says(monkeypatch: pytest.MonkeyPatch, engine: type, text: str) -> None:
    """Let an engine give this text for every page."""
    monkeypatch.setattr(engine, "text", lambda self, number: text)


def fails(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(owner, name, fail)


def test_a_closed_file_is_let_go(engines: Engines, tmp_path: Path) -> None:
    process = psutil.Process()
    path = str((tmp_path / "one.pdf").resolve())
    assert path in [file.path for file in process.open_files()]
    engines.close()
    assert path not in [file.path for file in process.open_files()]


def test_good_text_is_not_read_twice(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, Pypdf, "text")
    content = PageReader(engines).read(1)
    assert content.text.text == SENTENCE
    assert len(content.text.places) == len(SENTENCE.split())


@pytest.mark.parametrize(
    "broken", ["The\x01n\x02t \ue001\ue002\ue003come", SENTENCE.replace(" ", ""), ""]
)
def test_the_other_engine_is_asked_where_the_first_one_s_text_is_broken(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    fails(monkeypatch, Pdfium, "words")
    says(monkeypatch, Pdfium, broken)
    says(monkeypatch, Pypdf, SENTENCE)
    assert PageReader(engines).read(1).text.text == SENTENCE


def test_a_worse_second_opinion_changes_nothing(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, Pdfium, "words")
    says(monkeypatch, Pdfium, "Some \x01\x03 letters have no name")
    says(monkeypatch, Pypdf, "\x01\x03\x04\x05\x06\x07\x08" * 9)
    assert PageReader(engines).read(1).text.text == "Some letters have no name"


@pytest.mark.parametrize("step", ["order", "compose"])
def test_a_page_that_cannot_be_arranged_keeps_its_text(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fails(monkeypatch, page_reader, step)
    content = PageReader(engines).read(1)
    assert (content.text.text, content.problem) == (SENTENCE, "")


def test_a_page_that_both_engines_fail_on_is_damaged(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine, name in ((Pdfium, "words"), (Pdfium, "text"), (Pypdf, "text")):
        fails(monkeypatch, engine, name)
    assert PageReader(engines).read(1).problem == "is damaged and could not be read"


def test_letters_without_names_are_left_to_ocr(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, Pdfium, "words")
    says(monkeypatch, Pdfium, "\x01\x03\x04\x05 x\x06\x07\x08\x0e - 12")
    says(monkeypatch, Pypdf, "")
    content = PageReader(engines).read(1)
    assert content.unread
    assert content.text.text == "- 12"


def test_the_numbers_of_glyphs_are_no_text(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Page:
        def extract_text(self) -> str:
            return "/g936/g1007 /G43 and/or 1/2"

    class Reader:
        pages = (Page(),)

    engine = engines.pypdf()
    assert engine is not None
    monkeypatch.setattr(engine, "_reader", Reader())
    assert engine.text(1).split() == ["\ufffd\ufffd", "\ufffd", "and/or", "1/2"]


def test_a_scan_with_a_stamp_at_its_edge_is_left_to_ocr(tmp_path: Path) -> None:
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.set_font("Helvetica", size=9)
    pdf.set_auto_page_break(False)
    for top in (20, 400):
        pdf.add_page()
        pdf.image(Image.effect_noise((60, 80), 64), 0, 0, 600, 800)
        pdf.text(50, top, "Case 1:20-cv-01234 Document 5 Filed 03/04/20 Page 3 of 12")
    (tmp_path / "scan.pdf").write_bytes(bytes(pdf.output()))
    reader = PageReader(Engines(tmp_path / "scan.pdf", None, with_pypdf=False))
    stamped, captioned = reader.read(1), reader.read(2)
    assert (stamped.unread, captioned.unread) == (True, False)
    assert stamped.text.text.startswith("Case 1:20-cv-01234")


def test_of_a_page_with_far_too_much_text_the_beginning_is_kept(tmp_path: Path) -> None:
    path = hostile_files.much_text(tmp_path / "huge.pdf", lines_of_text=8_000)
    engines = Engines(path, None, with_pypdf=False)
    assert engines.pdfium is not None
    assert len(engines.pdfium.text(1)) == MOST_CHARACTERS + 1
    content = PageReader(engines).read(1)
    assert content.text.text.startswith("Ten words of text that say the same thing again.")
    assert MOST_CHARACTERS * 0.9 < len(content.text.text) <= MOST_CHARACTERS + 1
    assert content.problem == TOO_MUCH


def test_numbers_of_glyphs_between_words_are_no_text_either(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a font has names for letters only, its blanks are numbers, too."""
    pypdf = engines.pypdf()
    assert pypdf is not None
    page = pypdf._reader.pages[0]
    monkeypatch.setattr(type(pypdf._reader), "pages", [page])
    monkeypatch.setattr(page, "extract_text", lambda: "Overview/g3of/g3the/g3model/g481/g3")
    assert pypdf.text(1).replace("\ufffd", "").split() == ["Overview", "of", "the", "model"]
    path = "The folder is /a12/documents of the second server, and that of the first is /b3."
    monkeypatch.setattr(page, "extract_text", lambda: path)
    assert pypdf.text(1) == path
