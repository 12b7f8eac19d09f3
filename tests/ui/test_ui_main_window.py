from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTextEdit,
)
from pytestqt.qtbot import QtBot

from docqa.errors import WorkspaceBusy
from docqa.paths import Paths
from docqa.ui.crash import CrashDialog, report
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Theme
from docqa.workspace import Workspace

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit,
    QTextEdit,
)  # fmt: skip


def busy(*, read_only: bool = False) -> Workspace:
    raise WorkspaceBusy("Another docqa works in this workspace; close it first.")


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, ui_paths: Paths) -> Iterator[MainWindow]:
    window = MainWindow(busy, ui_paths, theme)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()
    assert window.ended_cleanly


def test_every_control_has_a_name(window: MainWindow) -> None:
    window.show_crash("report")
    unnamed = [
        control
        for kind in CONTROLS
        for control in window.findChildren(kind)
        if not control.accessibleName()
        and not control.objectName().startswith("qt_")
        and not isinstance(control.parent(), QAbstractSpinBox | QComboBox | QMessageBox)
        and not _is_internal(control)
    ]
    assert unnamed == []


def _is_internal(control: object) -> bool:
    """Parts that Qt makes inside of its own widgets."""
    return type(control).__name__ in ("QComboBoxListView", "QMenuBarExtension", "QListView") and (
        not control.objectName()
    )


def test_keyboard_leads_from_library_to_question_to_page(window: MainWindow) -> None:
    order = []
    widget = window.library.view
    for _ in range(200):
        widget = widget.nextInFocusChain()
        for panel in (window.library, window.chat, window.page):
            if panel.isAncestorOf(widget) and (not order or order[-1] is not panel):
                order.append(panel)
    assert order[: order.index(window.page) + 1][-2:] == [window.chat, window.page]


def test_a_workspace_that_is_busy_is_told_and_can_be_tried_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.start()
    qtbot.waitUntil(lambda: "Another docqa" in window.notice.text)
    assert not window.chat.composer.button.isEnabled()
    with qtbot.waitSignal(window.desk.open_failed):
        window.notice.action_wanted.emit()


def test_dropped_files_have_rows_before_anything_is_open(window: MainWindow, sample: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(sample)), QUrl("http://a.example/x.pdf")])
    copy, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(600, 300), copy, data, button, Qt.KeyboardModifier.NoModifier)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(600, 300), copy, data, button, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    assert [row.path for row in window.library.model.rows] == [str(sample)]


def test_text_is_no_file_to_drop(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("not a file")
    enter = QDragEnterEvent(
        QPoint(600, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    enter.ignore()
    window.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_a_crash_shows_one_report_without_words_of_documents(window: MainWindow) -> None:
    try:
        raise KeyError("a sentence of a document")
    except KeyError as error:
        text = report(error)
    window.show_crash(text)
    window.show_crash(text)
    (dialog,) = window.findChildren(CrashDialog)
    shown = dialog.findChild(QPlainTextEdit).toPlainText()
    assert "KeyError" in shown
    assert "a sentence of a document" not in shown
    dialog.close()


def test_help_lists_the_shortcuts(window: MainWindow) -> None:
    window.commands.help.trigger()
    (box,) = window.findChildren(QMessageBox)
    assert "Ctrl+L" in box.informativeText()
    box.close()


def test_control_l_goes_to_the_question(qtbot: QtBot, window: MainWindow) -> None:
    window.library.view.setFocus()
    window.commands.focus_question.trigger()
    assert window.focusWidget() is window.chat.composer.field
