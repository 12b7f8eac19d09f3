"""What the chat shows before the first question: what docqa is, or questions already answered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from docqa.model import Note
from docqa.ui.labels import ElidedButton
from docqa.ui.tooltips import as_tooltip

_WIDTH = 560


class Welcome(QWidget):
    """A friendly empty state with prepared questions as buttons."""

    chosen = Signal(str)
    sample_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        for label in (self._heading, self._text):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sample = QPushButton(self.tr("Try the sample document"))
        self._sample.setAccessibleName(self._sample.text())
        self._sample.setProperty("role", "primary")
        self._sample.clicked.connect(self.sample_wanted)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(middle)
        column.setSpacing(14)
        column.addWidget(self._heading)
        column.addWidget(self._text)
        column.addWidget(self._sample, 0, Qt.AlignmentFlag.AlignCenter)
        column.addLayout(self._list)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 0)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(1)
        self.buttons: list[QPushButton] = []
        self._can_write = True
        self._stays = False
        self._is_empty = True
        self.show_state(documents=0, notes=(), busy=False)

    def set_writable(self, can_write: bool) -> None:
        """Whether documents can be added."""
        self._can_write = can_write
        if self._is_empty:
            self.show_state(documents=0, notes=(), busy=False)

    def set_staying(self, stays: bool) -> None:
        """Whether it is known that nothing leaves this computer: until then nobody promises it."""
        self._stays = stays
        if self._is_empty:
            self.show_state(documents=0, notes=(), busy=False)

    def show_state(self, documents: int, notes: Sequence[Note], *, busy: bool) -> None:
        """Fit what there is: nothing, documents, or documents with prepared questions."""
        self._is_empty = documents == 0 and not busy
        self._sample.setVisible(self._is_empty and self._can_write)
        if documents == 0 and busy:
            self._heading.setText(self.tr("Reading …"))
            self._text.setText(
                self.tr(
                    "You can ask as soon as a document is read; the library shows how far it is."
                )
            )
        elif documents == 0:
            self._heading.setText(self.tr("Ask your PDFs"))
            promise = (
                self.tr(
                    "Every answer shows the page it comes from, and nothing leaves this computer."
                )
                if self._stays
                else self.tr("Every answer shows the page it comes from.")
            )
            invitation = self.tr("Drop PDFs anywhere in this window, then ask.")
            self._text.setText(f"{invitation} {promise}" if self._can_write else promise)
        elif notes:
            self._heading.setText(self.tr("Ready to answer"))
            self._text.setText(
                self.tr("These questions are prepared: the answer is there at once.")
            )
        else:
            self._heading.setText(self.tr("What would you like to know?"))
            self._text.setText(
                self.tr(
                    "Type a question below. Prepare overnight, and answers to the likely ones "
                    "will be waiting here."
                )
                if self._can_write
                else self.tr("Type a question below.")
            )
        self._show_questions([note.question for note in notes if note.question])

    def _show_questions(self, questions: list[str]) -> None:
        if questions == [button.accessibleName() for button in self.buttons]:
            return
        for button in self.buttons:
            self._list.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._make_button(question) for question in questions]

    def _make_button(self, question: str) -> QPushButton:
        button = ElidedButton(question.replace("&", "&&"))
        button.setAccessibleName(question)
        button.setToolTip(as_tooltip(question))
        button.setProperty("role", "suggestion")
        button.clicked.connect(lambda: self.chosen.emit(question))
        self._list.addWidget(button)
        return button
