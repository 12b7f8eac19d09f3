"""Whatever the file is, reading it ends in text or in a reason, and no process is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fpdf import FPDF
from hostile_pdfs import damaged_page, time_bomb
from PIL import Image
from pypdf import PdfWriter

from docqa.errors import Cancelled, ChildNotStarted, DocqaError
from docqa.ingest.places import decode
from docqa.ingest.reader import Limits, Opened, PageRead, Reader
from docqa.model import Page, Section
from docqa.process import Cancel

MakePdf = Callable[..., Path]


def reader_processes() -> list[int]:
    """Children of this process, without the one that Python keeps to clean up."""
    children = psutil.Process().children(recursive=True)
    return [c.pid for c in children if "resource_tracker" not in " ".join(c.cmdline())]


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    before = set(reader_processes())
    yield
    assert set(reader_processes()) <= before


def read(reader: Reader, path: Path, password: str | None = None) -> tuple[Opened, list[Page]]:
    opened, *pages = list(reader.read(path, password=password))
    assert isinstance(opened, Opened)
    assert all(isinstance(event, PageRead) for event in pages)
    return opened, [event.page for event in pages if isinstance(event, PageRead)]


def encrypted(source: Path, path: Path, user_password: str) -> Path:
    writer = PdfWriter(clone_from=source)
    writer.encrypt(user_password, "the owner's", algorithm="AES-256")
    writer.write(path)
    return path


def test_pages_and_passages_come_in_order(reader: Reader, make_pdf: MakePdf) -> None:
    path = make_pdf(["The first page.", "The second page."], title="First page of all")
    opened, *events = list(reader.read(path))
    assert opened == Opened("First page of all", 2, (), (), encrypted=False)
    pages = [event.page for event in events if isinstance(event, PageRead)]
    assert [replace(page, places=b"") for page in pages] == [
        Page(0, 1, "The first page."),
        Page(0, 2, "The second page."),
    ]
    places = decode(pages[1].places)
    assert [pages[1].text[place.start : place.end] for place in places] == [
        "The", "second", "page.",
    ]  # fmt: skip
    passages = [event.passages[0] for event in events if isinstance(event, PageRead)]
    assert [passage.text for passage in passages] == ["The first page.", "The second page."]
    assert passages[1].context == "First page of all — page 2"


def test_the_outline_and_the_labels_are_read(
    reader: Reader, make_pdf: MakePdf, tmp_path: Path
) -> None:
    writer = PdfWriter(clone_from=make_pdf(["Preface", "Money\nIncome\nIt rose.", "Costs"]))
    chapter = writer.add_outline_item(title="Money", page_number=1)
    writer.add_outline_item(title="Costs", page_number=2, parent=chapter)
    writer.set_page_label(0, 0, style="/r")
    writer.set_page_label(1, 2, style="/D")
    writer.write(tmp_path / "outline.pdf")
    opened, pages = read(reader, tmp_path / "outline.pdf")
    assert opened.sections == (Section("Money", 1, 2), Section("Costs", 2, 3))
    assert opened.labels == ("i", "1", "2")
    assert [page.label for page in pages] == ["i", "1", "2"]


def test_running_heads_stay_on_the_page_but_are_in_no_passage(
    reader: Reader, tmp_path: Path
) -> None:
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.set_auto_page_break(False)
    pdf.set_font("Helvetica", size=12)
    for animal in ("lion", "tiger", "bear", "wolf"):
        pdf.add_page()
        pdf.text(50, 30, "The Book of Animals")
        for line in range(20):
            pdf.text(50, 100 + 20 * line, f"The {animal} was seen {line + 2} times in the woods.")
        pdf.text(300, 780, str(pdf.page))
    (tmp_path / "book.pdf").write_bytes(bytes(pdf.output()))
    events = [one for one in reader.read(tmp_path / "book.pdf") if isinstance(one, PageRead)]
    assert all(one.page.text.startswith("The Book of Animals") for one in events)
    passages = [passage.text for one in events for passage in one.passages]
    assert not any("Book" in text for text in passages)
    assert sum(text.count("was seen") for text in passages) == 80


def test_a_blank_page_is_no_failure(reader: Reader, make_pdf: MakePdf) -> None:
    _, pages = read(reader, make_pdf(["Text.", "", "More text."]))
    assert pages[1] == Page(0, 2, "")


def test_a_page_of_spaces_is_a_blank_page(reader: Reader, make_pdf: MakePdf) -> None:
    _, pages = read(reader, make_pdf(["Text.", "   \n  "]))
    assert pages[1] == Page(0, 2, "")


def test_a_scanned_page_is_recognised(reader: Reader, tmp_path: Path) -> None:
    picture = Image.effect_noise((300, 400), 64)
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    pdf.add_page()
    pdf.image(picture, 0, 0, pdf.w, pdf.h)
    pdf.add_page()
    pdf.image(picture, 10, 10, 20, 20)
    (tmp_path / "scan.pdf").write_bytes(bytes(pdf.output()))
    _, pages = read(reader, tmp_path / "scan.pdf")
    assert [page.scanned for page in pages] == [True, False]
    assert [page.problem for page in pages] == [None, None]


def test_a_password_is_asked_for_and_used(
    reader: Reader, make_pdf: MakePdf, tmp_path: Path
) -> None:
    path = encrypted(make_pdf(["A secret."]), tmp_path / "locked.pdf", "sesame")
    with pytest.raises(DocqaError, match=r'"locked\.pdf" is protected; .* password'):
        list(reader.read(path))
    with pytest.raises(DocqaError, match="The password does not open"):
        list(reader.read(path, password="wrong"))
    opened, pages = read(reader, path, "sesame")
    assert opened.encrypted
    assert pages[0].text == "A secret."


def test_an_empty_password_just_opens(reader: Reader, make_pdf: MakePdf, tmp_path: Path) -> None:
    path = encrypted(make_pdf(["No secret."]), tmp_path / "open.pdf", "")
    _, pages = read(reader, path)
    assert pages[0].text == "No secret."


def test_what_is_not_a_pdf_is_said(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "text.pdf").write_text("Just some text, and not short of it. " * 50)
    with pytest.raises(DocqaError, match=r'"text\.pdf" is not a PDF'):
        list(reader.read(tmp_path / "text.pdf"))
    (tmp_path / "empty.pdf").touch()
    with pytest.raises(DocqaError, match="is empty"):
        list(reader.read(tmp_path / "empty.pdf"))
    with pytest.raises(DocqaError, match="does not exist"):
        list(reader.read(tmp_path / "missing.pdf"))


def test_a_file_cut_short_is_read_or_called_damaged(
    reader: Reader, make_pdf: MakePdf, tmp_path: Path
) -> None:
    whole = make_pdf(["Words on a page. " * 60] * 3).read_bytes()
    (tmp_path / "head.pdf").write_bytes(whole[:200])
    with pytest.raises(DocqaError, match=r'"head\.pdf" is damaged'):
        list(reader.read(tmp_path / "head.pdf"))
    (tmp_path / "tail.pdf").write_bytes(whole[:-15])
    _, pages = read(reader, tmp_path / "tail.pdf")
    assert all("Words on a page." in page.text for page in pages)


def test_a_damaged_page_is_told_and_the_others_are_read(
    reader: Reader, make_pdf: MakePdf, tmp_path: Path
) -> None:
    path = damaged_page(tmp_path / "damaged.pdf", make_pdf(["One.", "Two.", "Three."]))
    _, pages = read(reader, path)
    assert [page.text for page in pages] == ["One.", "", "Three."]
    assert pages[1].problem == "Page 2 is damaged and could not be read."


def test_after_too_many_failures_the_rest_is_given_up(tokenizer_file: Path, tmp_path: Path) -> None:
    limits = Limits(seconds_per_page=1.5, restarts=0)
    reader = Reader(tokenizer_file, tmp_path / "log", limits)
    _, pages = read(reader, time_bomb(tmp_path / "bomb.pdf"))
    assert pages[2].problem == "Page 3 was not read, because too many pages before it failed."


def test_a_file_has_only_so_much_time(tokenizer_file: Path, make_pdf: MakePdf) -> None:
    path = make_pdf(["One.", "Two."])
    reader = Reader(tokenizer_file, path.with_name("log"), Limits(seconds_per_file=0))
    _, pages = read(reader, path)
    assert [page.problem for page in pages] == [
        "Page 1 was not read, because reading this file took too long.",
        "Page 2 was not read, because reading this file took too long.",
    ]


def test_reading_stops_when_asked(reader: Reader, tmp_path: Path) -> None:
    cancel = Cancel()
    events = reader.read(time_bomb(tmp_path / "bomb.pdf"), cancel=cancel)
    next(events)
    started = time.monotonic()
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    assert time.monotonic() - started < 10


def test_a_reader_that_does_not_start_is_not_the_file_s_fault(
    make_pdf: MakePdf, tmp_path: Path
) -> None:
    """Its tokenizer is missing, so that no child gets as far as the file."""
    reader = Reader(tmp_path / "tokenizer.json", tmp_path / "log")
    with pytest.raises(ChildNotStarted, match=r'"made\.pdf" was not read because the program'):
        list(reader.read(make_pdf(["Text."])))


def test_without_a_log_reading_works_as_well(tokenizer_file: Path, make_pdf: MakePdf) -> None:
    _, pages = read(Reader(tokenizer_file, Path(os.devnull, "log")), make_pdf(["Text."]))
    assert [page.text for page in pages] == ["Text."]


def test_walking_away_ends_the_reader(reader: Reader, make_pdf: MakePdf) -> None:
    events = reader.read(make_pdf(["Text."] * 50))
    next(events)
    assert reader_processes()
    assert isinstance(events, Iterator)
    del events


def test_the_log_has_no_text_of_the_document(
    reader: Reader, make_pdf: MakePdf, tmp_path: Path
) -> None:
    path = damaged_page(tmp_path / "damaged.pdf", make_pdf(["Zanzibar.", "Timbuktu.", "Xanadu."]))
    read(reader, path)
    log = (tmp_path / "logs" / "readers.log").read_text()
    assert not any(word in log for word in ("Zanzibar", "Timbuktu", "Xanadu"))
