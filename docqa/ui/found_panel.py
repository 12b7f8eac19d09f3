"""What was found, in the place of the conversation: where was looked, and the list."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from docqa.model import Found
from docqa.ui.found_list import FoundList
from docqa.ui.found_rows import rows
from docqa.ui.labels import ElidedLabel, WrappedLabel
from docqa.ui.theme import Theme


class FoundPanel(QFrame):
    """Only tells and shows; the looking is somebody else's."""

    ask_wanted = Signal()
    everywhere_wanted = Signal()
    changed = Signal(object)
    """What is shown now: a Found."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("foundPanel")
        self.found = Found("")
        self._has_documents = True
        self.list = FoundList(theme)
        self._scope = ElidedLabel()
        self._scope.setProperty("role", "small")
        self.everywhere = self._make_button(self.tr("Search all documents"))
        self.everywhere.clicked.connect(self.everywhere_wanted)
        self._nothing = QLabel()
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setProperty("role", "muted")
        self._nothing.setWordWrap(True)
        self.ask = self._make_button(self.tr("Ask instead"))
        self.ask.setProperty("role", "")
        self.ask.clicked.connect(self.ask_wanted)
        self._hint = WrappedLabel()
        self._hint.setProperty("role", "small")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._make_empty())
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 12, 0)
        head.addWidget(self._scope, 1)
        head.addWidget(self.everywhere)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 4, 12, 0)
        foot.addWidget(self._hint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)
        self.show_hint("")
        self._show_nothing()

    def show_scope(self, scope: str, *, limited: bool) -> None:
        """Say where is looked; ``limited``: not in all documents."""
        self._scope.setText(self.tr("Looking in: {0}").format(scope))
        self.everywhere.setVisible(limited)

    def show_found(self, found: Found) -> None:
        """Show what was found, or that nothing was."""
        self.found = found
        self.list.show_rows(rows(found))
        if not found.is_empty:
            self._stack.setCurrentIndex(0)
        elif found.text.strip():
            self._stack.setCurrentIndex(1)
        self.changed.emit(found)

    def show_library(self, *, has_documents: bool) -> None:
        """Whether there is anything to look in, or to ask about."""
        self._has_documents = has_documents
        self._show_nothing()

    def show_hint(self, hint: str) -> None:
        """Say why this may not be all."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._hint.wrap()

    @property
    def text(self) -> str:
        """What stands there besides the list, for tests."""
        labels = (self._scope, self._hint) + ((self._nothing,) if self.is_empty else ())
        return "\n".join(label.text() for label in labels if label.text())

    @property
    def is_empty(self) -> bool:
        """Whether it says that nothing was found."""
        return self._stack.currentIndex() == 1

    @property
    def can_ask(self) -> bool:
        """Whether it says that nothing was found, and offers to ask instead."""
        return self.is_empty and self._has_documents

    def _show_nothing(self) -> None:
        self.ask.setVisible(self._has_documents)
        if self._has_documents:
            lines = (
                self.tr("Nothing has these words."),
                self.tr("Press Enter to ask a question instead."),
            )
        else:
            lines = (
                self.tr("There are no documents yet."),
                self.tr("Drop PDFs anywhere in this window, then find words in them."),
            )
        self._nothing.setText("\n".join(lines))

    def _make_button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setProperty("role", "quiet")
        return button

    def _make_empty(self) -> QWidget:
        empty = QWidget()
        layout = QVBoxLayout(empty)
        layout.setSpacing(10)
        layout.addStretch(1)
        layout.addWidget(self._nothing)
        layout.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(2)
        return empty
