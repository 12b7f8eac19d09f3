from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docqa.model import Added, AddProgress, Document, DocumentStatus, DocumentSummary
from docqa.ui.library_model import LibraryModel


@pytest.fixture
def model(qapp: QApplication) -> LibraryModel:
    model = LibraryModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


def stored(
    number: int, path: str, status: DocumentStatus = "ready", prepared: float = 0.0
) -> DocumentSummary:
    return DocumentSummary(
        Document(number, path, "hash", Path(path).stem.title(), 12, 30, status), prepared
    )


def states(model: LibraryModel) -> list[tuple[str, str]]:
    return [(row.title, model.state(row)) for row in model.rows]


def test_a_dropped_file_has_a_row_at_once(model: LibraryModel) -> None:
    model.expect([Path("/a/report.pdf")])
    assert states(model) == [("report", "waiting")]


def test_a_row_follows_its_document_from_waiting_to_prepared(model: LibraryModel) -> None:
    path = "/a/report.pdf"
    model.expect([Path(path)])
    seen = []
    for event in (
        AddProgress(path, "reading", 0, 0),
        AddProgress(path, "reading", 12, 80, 1),
        AddProgress(path, "recognising", 3, 12, 1),
        AddProgress(path, "indexing", 40, 100, 1),
    ):
        model.progress(event)
        seen += [state for _, state in states(model)]
    assert seen == ["opening", "reading p. 12/80", "reading scanned pages 3 of 12", "indexing 40 %"]
    model.added(Added(1, path, "Report", 12, 30, "ready"))
    model.set_documents([stored(1, path)])
    assert states(model) == [("Report", "12 pages · ready")]
    model.set_documents([stored(1, path, prepared=0.4)])
    assert states(model) == [("Report", "12 pages · prepared 40 %")]
    model.set_documents([stored(1, path, prepared=1.0)])
    assert states(model) == [("Report", "12 pages · prepared")]


def test_a_file_that_cannot_be_used_keeps_a_row_with_the_reason(model: LibraryModel) -> None:
    model.expect([Path("/a/letter.doc")])
    model.added(Added(None, "/a/letter.doc", "letter.doc", 0, 0, "failed", "This is not a PDF."))
    model.settle()
    model.set_documents([])
    assert states(model) == [("letter", "This is not a PDF.")]
    model.forget(model.rows[0])
    assert states(model) == []


def test_a_reason_stays_whenever_the_list_was_read(model: LibraryModel) -> None:
    path, waiting = "/a/locked.pdf", stored(1, "/a/locked.pdf", "queued")
    model.progress(AddProgress(path, "queued", 0, 0, 1))
    model.set_documents([waiting])
    model.added(Added(None, path, "locked", 0, 0, "failed", "It is protected."))
    model.set_documents([waiting])  # Read before the file turned out to be protected.
    model.set_documents([])
    assert states(model)[0][1] == "It is protected."
    model.progress(AddProgress(path, "queued", 0, 0, 2))
    model.set_documents([stored(2, path, "reading")])
    model.added(Added(2, path, "Locked", 12, 30, "ready"))
    model.set_documents([stored(2, path)])
    assert states(model) == [("Locked", "12 pages · ready")]


def test_a_folder_gives_way_to_its_files(model: LibraryModel) -> None:
    model.expect([Path("/a/folder")])
    model.progress(AddProgress("/a/folder/sub/one.pdf", "queued", 0, 0))
    model.progress(AddProgress("/a/folder/two.pdf", "queued", 0, 0))
    assert [title for title, _ in states(model)] == ["one", "two"]


def test_a_duplicate_leaves_one_row(model: LibraryModel) -> None:
    model.set_documents([stored(1, "/a/report.pdf")])
    model.expect([Path("/b/copy.pdf")])
    model.added(Added(1, "/b/copy.pdf", "Report", 12, 30, "duplicate"))
    assert [title for title, _ in states(model)] == ["Report"]
    model.expect([Path("/a/report.pdf")])
    model.added(Added(1, "/a/report.pdf", "Report", 12, 30, "duplicate"))
    assert states(model) == [("Report", "12 pages · ready")]


def test_pages_without_text_are_named(model: LibraryModel) -> None:
    document = Document(1, "/a.pdf", "h", "A", 9, 5, "partial", None, (4,), (2, 3))
    model.set_documents([DocumentSummary(document, 0.0)])
    assert states(model) == [("A", "9 pages · ready · no text on p. 2, 3, 4")]


def test_when_adding_ends_nothing_waits_any_more(model: LibraryModel) -> None:
    model.set_documents([stored(1, "/a.pdf", "reading")])
    model.expect([Path("/a.pdf"), Path("/b.pdf")])
    assert model.is_busy
    model.settle()
    assert not model.is_busy
    assert [title for title, _ in states(model)] == ["A"]


def test_removed_documents_lose_their_rows(model: LibraryModel) -> None:
    model.set_documents([stored(1, "/a.pdf"), stored(2, "/b.pdf")])
    model.set_documents([stored(2, "/b.pdf")])
    assert [title for title, _ in states(model)] == ["B"]


def test_a_missing_file_is_told_with_its_place(model: LibraryModel) -> None:
    gone = replace(stored(1, "/disk/a.pdf"), missing=True)
    model.set_documents([gone, stored(2, "/b.pdf")])
    assert states(model)[0] == ("A", "The file is not where it was: /disk/a.pdf")
    spoken = model.index(0).data(int(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken == "A, The file is not where it was: /disk/a.pdf"
    assert [row.is_missing for row in model.rows] == [True, False]
    model.progress(AddProgress("/disk/a.pdf", "reading", 1, 12, 1))  # It is back.
    assert states(model)[0] == ("A", "reading p. 1/12")


def test_two_documents_that_had_the_same_path_have_two_rows(model: LibraryModel) -> None:
    both = [stored(1, "/a.pdf", "failed"), stored(2, "/a.pdf")]
    model.set_documents(both)
    model.set_documents(both)
    assert [row.document.id for row in model.rows if row.document] == [1, 2]


def test_a_moved_file_keeps_its_row(model: LibraryModel) -> None:
    model.set_documents([stored(1, "/a.pdf"), stored(2, "/b.pdf")])
    model.set_documents([stored(1, "/new/a.pdf"), stored(2, "/b.pdf")])
    model.progress(AddProgress("/new/a.pdf", "reading", 1, 12, 1))
    assert [row.path for row in model.rows] == ["/new/a.pdf", "/b.pdf"]


def test_many_changes_are_told_at_once(qtbot: QtBot, model: LibraryModel) -> None:
    model.set_documents([stored(number, f"/{number}.pdf") for number in range(1, 300)])
    told = []
    model.dataChanged.connect(lambda *_: told.append(1))
    model.set_documents([stored(number, f"/{number}.pdf", prepared=1) for number in range(1, 300)])
    assert len(told) == 1


def test_the_reason_of_a_gap_can_be_read_and_heard(model: LibraryModel) -> None:
    why = "Page 4 took too long to read."
    document = Document(1, "/a.pdf", "h", "A", 9, 5, "partial", why, (4,))
    model.set_documents([DocumentSummary(document, 0.0)])
    index = model.index(0)
    assert why in str(index.data(int(Qt.ItemDataRole.ToolTipRole)))
    assert index.data(int(Qt.ItemDataRole.AccessibleDescriptionRole)) == why
