"""A window beside another docqa that writes to the same workspace."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from docqa.paths import Paths
from docqa.store.lock import WorkspaceLock
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Theme
from docqa.workspace import Workspace

Open = Callable[[Paths], MainWindow]
LONG = 120_000


def can_change(window: MainWindow) -> set[bool]:
    """Whether each of the ways to add, remove and prepare is open."""
    commands = window.commands
    actions = (commands.add_files, commands.add_folder, commands.remove, commands.prepare)
    add = next(one for one in window.library.findChildren(QPushButton) if "Add" in one.text())
    remove = next(one for one in window.library.view.actions() if "Remove" in one.text())
    widgets = (add, window.library.strip.button)
    return {one.isEnabled() for one in (*actions, remove, *widgets)} | {accepts_files(window)}


def accepts_files(window: MainWindow) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/a.pdf")])
    enter = QDragEnterEvent(
        QPoint(600, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    enter.ignore()
    window.dragEnterEvent(enter)
    window.dragLeaveEvent(None)
    return enter.isAccepted()


def visible_texts(window: MainWindow) -> str:
    widgets = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    return "\n".join(one.text() for one in widgets if one.isVisible())


def test_beside_another_docqa_one_can_read_and_ask_and_take_over_later(
    qtbot: QtBot, opened: Open, prepared_paths: Paths, sample: Path
) -> None:
    with Workspace.open(prepared_paths.workspace, prepared_paths):
        window = opened(prepared_paths)
        assert window.notice.text == (
            "Another docqa is writing to this workspace: here you can read and ask, "
            "but not add or prepare."
        )
        assert window.notice.property("tone") == "calm"
        assert window.messages.text == ""
        assert can_change(window) == {False}
        window.add([sample.with_name("other.pdf")])
        assert len(window.library.model.rows) == 1
        qtbot.waitUntil(lambda: window.page.document is not None)
        qtbot.waitUntil(lambda: bool(window.chat.welcome.buttons))
        question = window.chat.welcome.buttons[0].accessibleName()
        window.chat.welcome.chosen.emit(question)
        qtbot.waitUntil(lambda: not window.asking.is_answering, timeout=LONG)
        answer = window.chat.turns[-1].answer
        assert answer is not None
        assert answer.found
        window.notice.action_wanted.emit()
        qtbot.waitUntil(lambda: "still writing" in window.notice.text)
        assert can_change(window) == {False}
    window.notice.action_wanted.emit()
    qtbot.waitUntil(lambda: window.notice.text == "")
    assert can_change(window) == {True}
    window.chat.welcome.chosen.emit(question)
    qtbot.waitUntil(lambda: not window.asking.is_answering, timeout=LONG)
    assert [turn.answer.found for turn in window.chat.turns if turn.answer] == [True, True]
    assert window.messages.text == ""
    window.close()
    with Workspace.open(prepared_paths.workspace, prepared_paths, read_only=True) as workspace:
        assert [turn.question for turn in workspace.history()] == [question]  # the second alone


def test_where_nothing_is_stored_yet_a_busy_workspace_invites_to_nothing(
    qtbot: QtBot, theme: Theme, ui_paths: Paths
) -> None:
    lock = WorkspaceLock(ui_paths.workspace)
    lock.acquire()
    window = MainWindow(partial(Workspace.open, ui_paths.workspace, ui_paths), ui_paths, theme)
    qtbot.addWidget(window)
    window.show()
    assert "Drop" in visible_texts(window)
    window.start()
    qtbot.waitUntil(lambda: "close it, or choose another" in window.notice.text)
    assert window.notice.property("tone") == "error"
    assert "Drop" not in visible_texts(window)
    assert "sample" not in visible_texts(window)
    assert can_change(window) == {False}
    lock.release()
    window.notice.action_wanted.emit()
    qtbot.waitUntil(lambda: window.notice.text == "")
    assert "Drop" in visible_texts(window)
    window.close()
    assert window.ended_cleanly


def test_an_empty_window_offers_the_sample_once(opened: Open, ui_paths: Paths) -> None:
    window = opened(ui_paths)
    assert visible_texts(window).count("Try the sample document") == 1


def test_an_answer_under_way_is_not_lost_by_trying_again(
    qtbot: QtBot, opened: Open, prepared_paths: Paths
) -> None:
    with Workspace.open(prepared_paths.workspace, prepared_paths):
        window = opened(prepared_paths)
    window.chat.asked.emit("What does the report say about the year, and who wrote it?")
    assert window.asking.is_answering
    window.notice.action_wanted.emit()
    qtbot.waitUntil(lambda: window.notice.text == "", timeout=LONG)
    qtbot.waitUntil(lambda: not window.asking.is_answering, timeout=LONG)
    assert window.chat.turns[-1].answer is not None


def test_closing_while_it_is_opened_again_leaves_nothing_behind(
    opened: Open, prepared_paths: Paths
) -> None:
    with Workspace.open(prepared_paths.workspace, prepared_paths):
        window = opened(prepared_paths)
    window.notice.action_wanted.emit()
    window.close()
    assert window.ended_cleanly
    with Workspace.open(prepared_paths.workspace, prepared_paths) as workspace:
        assert not workspace.read_only
