"""The dialog that asks for the password of one file."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

_WIDTH = 380


class PasswordDialog(QDialog):
    """One sentence, one field that does not show what is typed, OK and Cancel.

    ``keep`` is a box to tick for the system's keyring; it shows where there is one.
    """

    def __init__(self, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passwordDialog")
        self.setWindowTitle(self.tr("Password"))
        self.sentence = _label(sentence)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(sentence)
        self.keep = QCheckBox(self.tr("Keep it in the system keyring"))
        self.keep.setAccessibleName(self.keep.text())
        self.keep.hide()
        self.keep.toggled.connect(self._show_hint)
        self.hint = _label("")
        self.hint.setProperty("role", "small")
        self._show_hint(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        for widget in (self.sentence, self.field, self.keep, self.hint, self._make_buttons()):
            layout.addWidget(widget)
        self.setFixedWidth(_WIDTH)
        self.field.setFocus()

    def take(self) -> tuple[str, bool]:
        """What was typed, which is not here any more then, and whether to keep it."""
        typed = self.field.text()
        self.field.clear()
        return typed, self.keep.isChecked()

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setAccessibleName(button.text())
        ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setProperty("role", "primary")
        ok.setEnabled(False)
        self.field.textChanged.connect(lambda text: ok.setEnabled(bool(text)))
        return buttons

    def _show_hint(self, keep: bool) -> None:
        self.hint.setText(
            self.tr("Your system keeps it, encrypted, until you delete it there.")
            if keep
            else self.tr("It is not kept: docqa asks again when it is next started.")
        )


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
