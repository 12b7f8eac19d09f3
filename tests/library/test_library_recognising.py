"""Scanned pages of stored documents are read one by one, each kept at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from ingest.scanned_pdfs import scan_of, text_page

from docqa.errors import Cancelled, ChildNotStarted, DocqaError
from docqa.ingest.events import PageRead
from docqa.ingest.ocr.client import Ocr, ocr_available
from docqa.ingest.ocr.events import ReadScan, failed
from docqa.library.passwords import Passwords
from docqa.library.recognising import Recognising
from docqa.llm.catalogue import default_embedder
from docqa.model import AddProgress, Page, Passage, Section
from docqa.paths import Paths
from docqa.process import Cancel
from docqa.store.store import Store


class Typist(Ocr):
    """Reads "Page 2." on page 2; fails on the pages ``damaged``, and on all once it is ``gone``."""

    def __init__(self, damaged: Sequence[int] = (), blank: Sequence[int] = ()) -> None:
        self.asked: list[ReadScan] = []
        self.damaged, self.blank = damaged, blank
        self.gone = False

    def read(self, scan: ReadScan, cancel: Cancel | None = None) -> PageRead:
        self.asked.append(scan)
        if self.gone:
            raise ChildNotStarted("It did not start.")
        if scan.number in self.damaged:
            return failed(scan, "took too long to be recognised")
        text = "" if scan.number in self.blank else f"Page {scan.number}."
        page = Page(0, scan.number, text, scan.label, confidence=0.9, places=b"places")
        cut = (Passage(0, 0, scan.number, 0, len(text), text, scan.title),) if text else ()
        return PageRead(page, cut)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "workspace" / "workspace.db") as store:
        yield store


@pytest.fixture
def document(store: Store) -> int:
    """Page 1 has text, pages 2 to 4 are scans, and on page 3 a stamp was read."""
    id = store.documents.create("/scan.pdf", "abc", "Scan")
    pages = [
        Page(0, 1, "Text."),
        Page(0, 2, "", "ii", scanned=True),
        Page(0, 3, "Received", scanned=True),
        Page(0, 4, "", scanned=True),
    ]
    cut = [Passage(0, 0, 1, 0, 5, "Text."), Passage(0, 0, 3, 0, 8, "Received")]
    store.pages.replace(id, pages, [Section("Only", 1, 1)], cut)
    return id


def texts(store: Store, id: int) -> list[str]:
    pages = [store.pages.get(id, number) for number in range(1, 5)]
    return [page.text for page in pages if page is not None]


def test_all_scanned_pages_are_read_in_order(store: Store, document: int) -> None:
    typist = Typist()
    events = list(Recognising(store, typist, Passwords()).read(document, Cancel()))
    assert [(event.done, event.total) for event in events] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert events[0] == AddProgress("/scan.pdf", "recognising", 0, 3, document)
    assert texts(store, document) == ["Text.", "Page 2.", "Page 3.", "Page 4."]
    assert [passage.text for passage in store.passages.of_document(document)] == texts(
        store, document
    )
    page = store.pages.get(document, 2)
    assert page == Page(document, 2, "Page 2.", "ii", confidence=0.9, places=b"places")
    scan = typist.asked[0]
    assert (scan.title, scan.sections, scan.password) == ("Scan", (Section("Only", 1, 1),), None)
    assert store.pages.to_recognise(document) == []
    assert list(Recognising(store, typist, Passwords()).read(document, Cancel())) == []


def test_it_goes_on_where_it_was_stopped(store: Store, document: int) -> None:
    typist, cancel = Typist(), Cancel()
    recognising = Recognising(store, typist, Passwords())
    events = recognising.read(document, cancel)
    assert [next(events).done, next(events).done] == [0, 1]
    cancel.set()
    with pytest.raises(Cancelled):
        next(events)
    assert texts(store, document) == ["Text.", "Page 2.", "Received", ""]
    list(recognising.read(document, Cancel()))
    assert [scan.number for scan in typist.asked] == [2, 3, 4]


def test_a_page_that_cannot_be_read_is_not_tried_again(store: Store, document: int) -> None:
    typist = Typist(damaged=[3, 4])
    recognising = Recognising(store, typist, Passwords())
    list(recognising.read(document, Cancel()))
    assert list(recognising.read(document, Cancel())) == []
    assert texts(store, document) == ["Text.", "Page 2.", "Received", ""]
    assert store.documents.get(document).scanned_pages == (3, 4)
    assert store.pages.get(document, 4).problem == "Page 4 took too long to be recognised."
    assert [one.text for one in store.passages.of_document(document)][-1] == "Received"


def test_what_was_there_stays_where_ocr_sees_nothing(store: Store, document: int) -> None:
    list(Recognising(store, Typist(blank=[3, 4]), Passwords()).read(document, Cancel()))
    assert texts(store, document) == ["Text.", "Page 2.", "Received", ""]
    assert store.documents.get(document).scanned_pages == ()
    assert [one.page for one in store.passages.of_document(document)] == [1, 2, 3]


def test_pages_wait_where_ocr_does_not_work_at_all(store: Store, document: int) -> None:
    typist = Typist()
    typist.gone = True
    with pytest.raises(ChildNotStarted):
        list(Recognising(store, typist, Passwords()).read(document, Cancel()))
    assert store.pages.to_recognise(document) == [2, 3, 4]


def test_the_password_of_this_process_is_used(store: Store, document: int) -> None:
    passwords, typist = Passwords(), Typist()
    passwords.know("abc", "secret")
    list(Recognising(store, typist, passwords).read(document, Cancel()))
    assert {scan.password for scan in typist.asked} == {"secret"}


@pytest.mark.skipif(not ocr_available(), reason="the extra [ocr] is not installed")
def test_a_real_scan_is_read_and_found(store: Store, tmp_path: Path) -> None:
    scan = scan_of(text_page(tmp_path / "a.pdf", ["Invoice of 1999", "Paid"]), tmp_path / "b.pdf")
    id = store.documents.create(str(scan), "abc", "Invoice")
    store.pages.replace(id, [Page(0, 1, "", scanned=True)], [], [])
    model = default_embedder(Paths.default().models)
    assert model is not None
    recognising = Recognising(
        store, Ocr(model / "tokenizer.json", tmp_path / "ocr.log"), Passwords()
    )
    assert recognising.available()
    assert len(list(recognising.read(id, Cancel()))) == 2
    recognising.close()
    assert store.pages.get(id, 1).text.split() == ["Invoice", "of", "1999", "Paid"]
    assert [match for match, _ in store.fulltext.match("invoice")] == [
        store.passages.of_document(id)[0].id
    ]


def test_nothing_is_kept_of_a_file_that_changed_meanwhile(
    store: Store, document: int, tmp_path: Path
) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"another file")
    store.documents.update(document, path=str(path), size=5, modified=None)
    with pytest.raises(DocqaError, match="has changed while its scanned pages"):
        list(Recognising(store, Typist(), Passwords()).read(document, Cancel()))
    assert texts(store, document) == ["Text.", "", "Received", ""]
