from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from docqa.model import (
    Added,
    Document,
    DocumentSummary,
    Note,
    Prepared,
    PrepareProgress,
    StepCounts,
    Usage,
)
from docqa.ui.library_panel import LibraryPanel
from docqa.ui.prepare_strip import PrepareStrip
from docqa.ui.theme import Theme


def summary(number: int) -> DocumentSummary:
    return DocumentSummary(
        Document(number, f"/{number}.pdf", "hash", f"Title {number}", 3, 9, "ready"), 0.0
    )


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> LibraryPanel:
    panel = LibraryPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(280, 600)
    panel.show()
    return panel


@pytest.fixture
def filled(panel: LibraryPanel) -> LibraryPanel:
    panel.model.set_documents([summary(1), summary(2)])
    return panel


def words(strip: PrepareStrip) -> list[str]:
    return strip.text().replace("\N{NO-BREAK SPACE}", " ").splitlines()


def answer_with(panel: LibraryPanel, qtbot: QtBot, text: str) -> None:
    box = panel.findChild(QMessageBox, "confirmRemove")
    assert box is not None
    button = next(one for one in box.findChildren(QPushButton) if one.text().endswith(text))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_nothing_can_be_prepared_in_an_empty_library(panel: LibraryPanel) -> None:
    assert not panel.strip.button.isEnabled()


def test_delete_asks_and_then_removes(qtbot: QtBot, filled: LibraryPanel) -> None:
    filled.select(2)
    with qtbot.waitActive(filled):
        filled.view.setFocus()
    qtbot.keyClick(filled.view, Qt.Key.Key_Delete)
    with qtbot.waitSignal(filled.remove_wanted) as signal:
        answer_with(filled, qtbot, "Remove")
    assert signal.args == [[2]]


def test_delete_and_cancel_removes_nothing(qtbot: QtBot, filled: LibraryPanel) -> None:
    filled.select(1)
    filled.remove_selected()
    with qtbot.assertNotEmitted(filled.remove_wanted):
        answer_with(filled, qtbot, "Cancel")


def test_a_row_that_is_no_document_goes_without_a_question(
    qtbot: QtBot, filled: LibraryPanel
) -> None:
    filled.model.expect([Path("/x.doc")])
    filled.model.added(Added(None, "/x.doc", "x", 0, 0, "failed", "This is not a PDF."))
    filled.view.setCurrentIndex(filled.model.index(2))
    filled.remove_selected()
    assert [row.title for row in filled.model.rows] == ["Title 1", "Title 2"]
    assert filled.findChild(QMessageBox, "confirmRemove") is None


def test_a_file_just_added_is_brought_into_view(panel: LibraryPanel) -> None:
    panel.model.set_documents([summary(number) for number in range(1, 40)])
    panel.model.expect([Path("/x.pdf")])
    last = panel.model.index(39)
    assert not panel.view.viewport().rect().intersects(panel.view.visualRect(last))
    panel.bring_into_view(Path("/x.pdf"))
    assert panel.view.viewport().rect().contains(panel.view.visualRect(last))


def test_enter_opens_the_document(qtbot: QtBot, filled: LibraryPanel) -> None:
    filled.select(2)
    with qtbot.waitSignal(filled.open_wanted) as signal:
        qtbot.keyClick(filled.view, Qt.Key.Key_Return)
    assert signal.args[0].id == 2


def test_a_screen_reader_hears_title_and_state(filled: LibraryPanel) -> None:
    role = int(Qt.ItemDataRole.AccessibleTextRole)
    assert filled.model.index(0).data(role) == "Title 1, 3 pages · ready"


def test_enter_asks_for_the_password_of_a_protected_file(
    qtbot: QtBot, filled: LibraryPanel
) -> None:
    problem = '"x.pdf" is protected; add it with its password.'
    filled.model.expect([Path("/x.pdf")])
    filled.model.added(Added(None, "/x.pdf", "x", 0, 0, "failed", problem))
    filled.view.setCurrentIndex(filled.model.index(2))
    with qtbot.waitSignal(filled.password_wanted) as signal:
        qtbot.keyClick(filled.view, Qt.Key.Key_Return)
    assert signal.args == ["/x.pdf", problem]


def test_the_strip_says_what_preparation_does(filled: LibraryPanel) -> None:
    strip = filled.strip
    assert strip.button.text() == "Prepare overnight"
    assert strip.button.isEnabled()
    strip.show_starting()
    assert strip.button.text() == "Stop preparing"
    note = Note(1, 1, "question", "Who?", "They.", "verified", ())
    strip.show_progress(PrepareProgress(1, "Title 1", StepCounts(1, 1, 8), 1, 0, (), 3, 9999))
    assert words(strip) == ["Preparing: Title 1", "2 of 10 steps · 1 note kept"]
    strip.show_progress(PrepareProgress(1, "Title 1", StepCounts(2, 1, 7), 5, 2, (), 6, 7200))
    strip.show_progress(PrepareProgress(1, "Title 1", StepCounts(3, 1, 6), 5, 2, (note,), 9, 5400))
    assert words(strip) == [
        "Preparing: Title 1",
        "4 of 10 steps · 5 notes kept · 2 rejected · about 2 h left",
        "Latest: Who?",
    ]
    done = Prepared(StepCounts(9, 1, 0), 12, 3, {}, {}, Usage(), 60.0, "complete")
    strip.show_idle(strip.outcome(done))
    assert "Everything is prepared. 12 notes kept, 3 rejected." in strip.text()
    stopped = Prepared(StepCounts(9, 0, 1), 1, 0, {}, {}, Usage(), 60.0, "cancelled")
    assert strip.outcome(stopped) == "1 note kept, 0 rejected. 1 step is left for next time."


def test_the_strip_says_what_earlier_preparations_left(filled: LibraryPanel) -> None:
    strip = filled.strip
    assert strip.standing([summary(1), summary(2)]) == ""
    half = replace(summary(1), prepared=0.5, notes={"question": 8, "fact": 4})
    assert strip.standing([half, summary(2)]) == "12 notes kept · 25 % prepared"
    nearly = replace(half, prepared=0.999)
    assert strip.standing([nearly]) == "12 notes kept · 99 % prepared"
    whole = replace(half, prepared=1.0, notes={"question": 1})
    assert strip.standing([whole]) == "1 note kept · everything is prepared"
