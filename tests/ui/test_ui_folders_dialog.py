from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from docqa.model import WatchedFolder
from docqa.ui.folders_dialog import FoldersDialog

FOLDERS = (WatchedFolder("/home/ann/Contracts", 31, 1), WatchedFolder("/home/ann/Letters", 1))


@pytest.fixture
def dialog(qtbot: QtBot) -> FoldersDialog:
    dialog = FoldersDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_each_folder_says_what_lies_in_it(dialog: FoldersDialog) -> None:
    dialog.show_folders(FOLDERS)
    shown = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert shown == [
        "/home/ann/Contracts\n31 documents · 1 file is not there",
        "/home/ann/Letters\n1 document",
    ]


def test_the_chosen_folder_can_be_left_alone(qtbot: QtBot, dialog: FoldersDialog) -> None:
    dialog.show_folders(FOLDERS)
    assert not dialog.unwatch.isEnabled()
    dialog.list.setCurrentRow(1)
    dialog.show_folders(FOLDERS)  # Read again meanwhile.
    with qtbot.waitSignal(dialog.unwatch_wanted) as signal:
        qtbot.mouseClick(dialog.unwatch, Qt.MouseButton.LeftButton)
    assert signal.args == [Path("/home/ann/Letters")]
    dialog.show_folders(FOLDERS[:1])
    assert not dialog.unwatch.isEnabled()


def test_another_folder_can_be_watched(qtbot: QtBot, dialog: FoldersDialog) -> None:
    dialog.show_folders([])
    with qtbot.waitSignal(dialog.watch_wanted):
        qtbot.mouseClick(dialog.watch, Qt.MouseButton.LeftButton)
