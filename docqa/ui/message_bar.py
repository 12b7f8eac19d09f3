"""A bar under the menu that says one sentence and waits to be closed; it never blocks."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

Tone = Literal["error", "info", "calm"]
_INFO_MS = 8000


class MessageBar(QFrame):
    """Errors stay until closed, what is calm too; information goes by itself."""

    action_wanted = Signal()

    def __init__(self, *, closable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.setAccessibleName(self.tr("No action"))
        self._action.clicked.connect(self.action_wanted)
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(close.accessibleName())
        close.setProperty("role", "quiet")
        close.clicked.connect(self.hide)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 3, 10, 3)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._action)
        layout.addWidget(close)
        if not closable:
            close.hide()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, or nothing."""
        return "" if self.isHidden() else self._label.text()

    def disable_action(self) -> None:
        """What the button does is under way; the next sentence enables it again."""
        self._action.setEnabled(False)

    def tell(self, sentence: str, tone: Tone = "error", action: str = "") -> None:
        """Show a sentence, with a button where there is something to do about it."""
        mark = "⚠  " if tone == "error" else ""
        self._label.setText(mark + sentence)
        self._action.setText(action)
        self._action.setAccessibleName(action or self.tr("No action"))
        self._action.setVisible(bool(action))
        self._action.setEnabled(True)
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setAccessibleName(sentence)
        self.show()
        if tone == "info":
            self._timer.start(_INFO_MS)
        else:
            self._timer.stop()
