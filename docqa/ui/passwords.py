"""Passwords of protected PDFs: asked for one file at a time, handed on, and never kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from docqa.model import Added

_WIDTH = 380


def wants_password(added: Added) -> bool:
    """Whether a file failed for want of its password (its name says nothing about that)."""
    if added.status != "failed" or added.problem is None:
        return False
    return "password" in added.problem.replace(Path(added.path).name, "")


class Passwords(QObject):
    """Asks for the passwords of files, in the order in which they turned out to be protected."""

    given = Signal(str, str)
    """A path and the password that may open it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[tuple[str, str]] = []
        self._tried: set[str] = set()
        self._dialog: PasswordDialog | None = None

    def want(self, added: Added) -> None:
        """Ask for the password of a file, now or after those that came before it."""
        name = Path(added.path).name
        sentence = self.tr('"{0}" is protected. What is its password?').format(name)
        if added.path in self._tried and added.problem is not None:
            sentence = added.problem
        self._waiting.append((added.path, sentence))
        self._ask_next()

    def _ask_next(self) -> None:
        if self._dialog is not None or not self._waiting:
            return
        path, sentence = self._waiting.pop(0)
        self._dialog = PasswordDialog(sentence, self._window)
        self._dialog.accepted.connect(lambda: self._give(path))
        self._dialog.rejected.connect(lambda: self._give_up(path))
        self._dialog.open()

    def _give(self, path: str) -> None:
        self._tried.add(path)
        self.given.emit(path, self._end_dialog())
        self._ask_next()

    def _give_up(self, path: str) -> None:
        self._tried.discard(path)
        self._end_dialog()
        self._ask_next()

    def _end_dialog(self) -> str:
        """What was typed; the dialog goes, and what was typed with it."""
        dialog, self._dialog = self._dialog, None
        if dialog is None:
            return ""
        typed = dialog.field.text()
        dialog.field.clear()
        dialog.deleteLater()
        return typed


class PasswordDialog(QDialog):
    """One sentence, one field that does not show what is typed, OK and Cancel."""

    def __init__(self, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passwordDialog")
        self.setWindowTitle(self.tr("Password"))
        self.sentence = _label(sentence)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(sentence)
        hint = _label(self.tr("It opens the file this once and is not kept."))
        hint.setProperty("role", "small")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setAccessibleName(button.text())
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setProperty("role", "primary")
        self._ok.setEnabled(False)
        self.field.textChanged.connect(lambda text: self._ok.setEnabled(bool(text)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        for widget in (self.sentence, self.field, hint, buttons):
            layout.addWidget(widget)
        self.setFixedWidth(_WIDTH)
        self.field.setFocus()


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
