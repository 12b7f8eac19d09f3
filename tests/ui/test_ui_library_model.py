from pathlib import Path

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

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
        AddProgress(path, "indexing", 40, 100, 1),
    ):
        model.progress(event)
        seen += [state for _, state in states(model)]
    assert seen == ["opening", "reading p. 12/80", "indexing 40 %"]
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
