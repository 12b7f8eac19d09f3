"""Protected PDFs: the window asks for their passwords and hands them on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from docqa.paths import Paths
from docqa.ui.main_window import MainWindow
from docqa.ui.password_dialog import PasswordDialog

pytestmark = pytest.mark.usefixtures("lent_embedder")

Open = Callable[[Paths], MainWindow]
LONG = 120_000


@pytest.fixture
def locked(sample: Path, tmp_path: Path) -> Path:
    path = tmp_path / "locked.pdf"
    writer = PdfWriter(clone_from=sample)
    writer.encrypt("sesame", "the owner's", algorithm="AES-256")
    writer.write(path)
    return path


def dialogs(window: MainWindow) -> list[PasswordDialog]:
    return [one for one in window.findChildren(PasswordDialog) if one.isVisible()]


def dialog_of(qtbot: QtBot, window: MainWindow) -> PasswordDialog:
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG)
    return dialogs(window)[0]


def press(qtbot: QtBot, dialog: PasswordDialog, button: QDialogButtonBox.StandardButton) -> None:
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    qtbot.mouseClick(box.button(button), Qt.MouseButton.LeftButton)


def test_the_right_password_opens_the_file_after_a_wrong_one(
    qtbot: QtBot, opened: Open, ui_paths: Paths, locked: Path
) -> None:
    window = opened(ui_paths)
    window.add([locked])
    first = dialog_of(qtbot, window)
    assert first.sentence.text() == '"locked.pdf" is protected. What is its password?'
    assert first.field.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClicks(first.field, "open!")
    press(qtbot, first, QDialogButtonBox.StandardButton.Ok)
    assert first.field.text() == ""
    qtbot.waitUntil(lambda: dialogs(window) not in ([], [first]), timeout=LONG)
    second = dialog_of(qtbot, window)
    wrong = 'The password does not open "locked.pdf"; check it and try again.'
    assert second.sentence.text() == wrong
    qtbot.keyClicks(second.field, "sesame")
    qtbot.keyClick(second.field, Qt.Key.Key_Return)
    model = window.library.model
    qtbot.waitUntil(
        lambda: [model.state(row) for row in model.rows] == ["8 pages · ready"], timeout=LONG
    )
    assert dialogs(window) == []
    window.close()
    kept = [one.read_bytes() for one in ui_paths.workspace.rglob("*") if one.is_file()]
    logs = [one.read_bytes() for one in ui_paths.logs.rglob("*") if one.is_file()]
    assert kept
    assert not any(b"sesame" in data for data in (*kept, *logs))


def test_cancel_leaves_the_row_with_its_reason(
    qtbot: QtBot, opened: Open, ui_paths: Paths, locked: Path
) -> None:
    window = opened(ui_paths)
    window.add([locked])
    press(qtbot, dialog_of(qtbot, window), QDialogButtonBox.StandardButton.Cancel)
    assert dialogs(window) == []
    (row,) = window.library.model.rows
    assert row.problem is not None
    assert "is protected" in row.problem


def test_several_files_are_asked_about_one_after_the_other(
    qtbot: QtBot, opened: Open, ui_paths: Paths
) -> None:
    window = opened(ui_paths)
    for name in ("one.pdf", "two.pdf"):
        window.passwords.want(f"/{name}")
    (first,) = dialogs(window)
    press(qtbot, first, QDialogButtonBox.StandardButton.Cancel)
    (second,) = dialogs(window)
    assert "two.pdf" in second.sentence.text()
    with qtbot.waitSignal(window.passwords.given) as signal:
        qtbot.keyClicks(second.field, "2")
        press(qtbot, second, QDialogButtonBox.StandardButton.Ok)
    assert signal.args == ["/two.pdf", "2", False]


def test_a_password_is_kept_only_where_that_is_possible_and_wanted(
    qtbot: QtBot, opened: Open, ui_paths: Paths
) -> None:
    window = opened(ui_paths)
    window.passwords.show_keyring(False)
    window.passwords.want("/one.pdf")
    (dialog,) = dialogs(window)
    assert dialog.keep.isHidden()
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)
    window.passwords.show_keyring(True)
    window.passwords.want("/one.pdf")
    (dialog,) = dialogs(window)
    assert dialog.keep.isVisible()
    assert not dialog.keep.isChecked()
    dialog.keep.click()
    with qtbot.waitSignal(window.passwords.given) as signal:
        qtbot.keyClicks(dialog.field, "2")
        press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    assert signal.args == ["/one.pdf", "2", True]
