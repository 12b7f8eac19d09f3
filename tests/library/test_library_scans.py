"""Scanned pages: what becomes of them with and without a recogniser, which here is a stand-in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from docqa.errors import Cancelled, DocqaError
from docqa.library import Library
from docqa.model import Added, AddProgress, Page, Passage
from docqa.process import Cancel
from docqa.store.store import Store

PUMP = "The pump moves forty litres of water a day. It was bought in 1999 from a farmer."
READ = "The lighthouse keeper counted eleven ships on the morning of the storm."


@dataclass
class Recogniser:
    """Reads the same sentence from every scanned page."""

    store: Store
    is_there: bool = True
    trouble: str | None = None
    seen: list[str] = field(default_factory=list)

    def available(self) -> bool:
        return self.is_there

    def read(self, document_id: int, cancel: Cancel) -> Iterator[AddProgress]:
        pages = self.store.pages.to_recognise(document_id)
        document = self.store.documents.get(document_id)
        self.seen.append(document.status)
        for done, number in enumerate(pages, start=1):
            cancel.raise_if_set()
            if self.trouble is not None:
                raise DocqaError(self.trouble)
            page = Page(0, number, READ, confidence=0.9)
            passage = Passage(0, 0, number, 0, len(READ), READ, "Scan")
            self.store.pages.replace_page(document_id, page, [passage])
            yield AddProgress(document.path, "recognising", done, len(pages), document_id)

    def rest(self) -> None:
        self.seen.append("rest")


@pytest.fixture
def recogniser(store):
    return Recogniser(store)


@pytest.fixture
def with_ocr(store, search, reader, recogniser):
    return Library(store, search, reader, recogniser)


@pytest.fixture
def scan(tmp_path) -> Path:
    """A PDF of three pages: an image, text, an image."""
    return write_scan(tmp_path / "scan.pdf", ["", PUMP, ""])


def write_scan(path: Path, texts: list[str]) -> Path:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for number, text in enumerate(texts):
        pdf.add_page()
        if text:
            pdf.multi_cell(0, 6, text)
        else:
            pdf.image(Image.effect_noise((200, 280), 20.0 + number), 0, 0, 210, 297)
    path.write_bytes(bytes(pdf.output()))
    return path


def test_without_a_recogniser_the_pages_are_named(library, add, only, scan):
    (added,) = add(library, scan)
    assert (added.status, added.scanned_pages, added.passages) == ("partial", (1, 3), 1)
    assert added.problem == (
        "Pages 1 and 3 are scanned images, and the part of docqa that reads them is not "
        'installed: pip install "docqa[ocr]".'
    )
    assert only().problem == added.problem


def test_scanned_pages_are_read_after_the_text_can_be_searched(
    search, with_ocr, recogniser, only, scan
):
    found = []
    events = []
    for event in with_ocr.add([scan], None, Cancel()):
        events.append(event)
        if isinstance(event, AddProgress) and event.stage == "recognising" and not found:
            found = search.search("How much water does the pump move?", documents=[only().id])
    assert found[0].page == 2
    assert found[0].similarity > 0
    assert recogniser.seen == ["indexing", "rest"]
    added = events[-1]
    assert isinstance(added, Added)
    assert (added.status, added.problem, added.scanned_pages) == ("ready", None, ())
    assert added.passages == 3
    assert search.search("Who counted the ships?")[0].page in (1, 3)
    assert search.search("Who counted the ships?")[0].similarity > 0


def test_other_documents_do_not_wait_for_scans(with_ocr, make_pdf, scan):
    told = list(with_ocr.add([scan, make_pdf([PUMP * 2])], None, Cancel()))
    ends = [
        event.stage if isinstance(event, AddProgress) else Path(event.path).name for event in told
    ]
    assert ends.index("made.pdf") < ends.index("recognising") < ends.index("scan.pdf")


def test_a_file_of_scans_alone(library, with_ocr, add, only, tmp_path):
    path = write_scan(tmp_path / "only.pdf", ["", ""])
    (failed,) = add(library, path)
    assert (failed.status, failed.id, failed.pages) == ("failed", only().id, 2)
    assert str(failed.problem).startswith("Pages 1–2 are scanned images")
    (added,) = add(with_ocr, path)
    assert (added.id, added.status, added.problem) == (failed.id, "ready", None)


def test_a_partial_document_is_completed_when_it_is_added_again(
    library, with_ocr, recogniser, add, age, scan
):
    (partial,) = add(library, age(scan))
    recogniser.is_there = False
    assert add(with_ocr, scan)[0].status == "duplicate"
    recogniser.is_there = True
    (added,) = add(with_ocr, scan)
    assert (added.id, added.status, added.scanned_pages) == (partial.id, "ready", ())
    assert add(with_ocr, scan)[0].status == "duplicate"


def test_pages_that_would_take_too_long_wait_for_the_next_time(with_ocr, recogniser, only, scan):
    *_, partial = with_ocr.add([scan], None, Cancel(), recognise_until=0.0)
    assert (partial.status, partial.scanned_pages) == ("partial", (3,))
    assert partial.problem == (
        "Page 3 is a scanned image, still to be read: "
        "add the file again, or leave docqa's window open."
    )
    assert recogniser.seen == ["indexing"]
    assert with_ocr.unfinished() == [scan]
    *_, added = with_ocr.add(with_ocr.unfinished(), None, Cancel(), recognise_until=0.0)
    assert (added.id, added.status, added.scanned_pages) == (only().id, "ready", ())
    assert with_ocr.unfinished() == []
    assert recogniser.seen == ["indexing", "indexing", "rest"]


def test_recognition_that_was_stopped_goes_on(with_ocr, add, only, scan):
    cancel = Cancel()
    with contextlib.suppress(Cancelled):
        for event in with_ocr.add([scan], None, cancel):
            if isinstance(event, AddProgress) and event.stage == "recognising":
                cancel.set()
    assert (only().status, only().scanned_pages) == ("indexing", (3,))
    assert with_ocr.unfinished() == [scan]
    (added,) = add(with_ocr, scan)
    assert (added.status, added.scanned_pages) == ("ready", ())


def test_a_recogniser_that_fails_leaves_the_text(with_ocr, recogniser, add, only, scan):
    recogniser.trouble = "The text recognition ended unexpectedly; try again."
    (added,) = add(with_ocr, scan)
    assert (added.status, added.scanned_pages) == ("partial", (1, 3))
    assert str(added.problem).endswith(recogniser.trouble)
    assert only().problem == added.problem
    recogniser.trouble = None
    assert add(with_ocr, scan)[0].status == "ready"


def test_a_document_goes_on_by_its_number(with_ocr, only, scan):
    *_, partial = with_ocr.add([scan], None, Cancel(), recognise_until=0.0)
    assert partial.status == "partial"
    *_, added = with_ocr.recognise(only().id, 60.0, Cancel())
    assert (added.id, added.status, added.scanned_pages) == (partial.id, "ready", ())
    assert list(with_ocr.recognise(only().id, 60.0, Cancel())) == []


def test_what_was_removed_does_not_come_back_to_be_read(store, with_ocr, scan):
    *_, partial = with_ocr.add([scan], None, Cancel(), recognise_until=0.0)
    with_ocr.remove([partial.id])
    assert list(with_ocr.recognise(partial.id, 60.0, Cancel())) == []
    assert store.documents.all() == []


def test_a_file_that_was_replaced_does_not_go_on(with_ocr, only, scan, recogniser):
    *_, partial = with_ocr.add([scan], None, Cancel(), recognise_until=0.0)
    write_scan(scan, ["", "", "", ""])
    assert list(with_ocr.recognise(partial.id, 60.0, Cancel())) == []
    assert (only().status, only().pages) == ("partial", 3)


def test_a_look_at_watched_folders_need_not_wait_for_scans(with_ocr, scan):
    with_ocr.folders.watch(scan.parent)
    *_, partial = with_ocr.rescan(None, Cancel(), recognise_until=0.0)
    assert (partial.status, partial.scanned_pages) == ("partial", (3,))


def test_scans_whose_file_is_away_are_not_to_be_completed(with_ocr, scan, tmp_path):
    list(with_ocr.add([scan], None, Cancel(), recognise_until=0.0))
    assert with_ocr.unfinished() == [scan]
    scan.rename(tmp_path / "moved.pdf")
    assert with_ocr.unfinished() == []
