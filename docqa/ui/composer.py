"""Where a question is put together: the field, its scope, suggestions, Ask and Stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from docqa.model import Document, Note
from docqa.ui.question_field import QuestionField
from docqa.ui.tooltips import as_tooltip

_ALL, _THIS, _SELECTED = range(3)
_TITLE_SHOWN = 28
_WIDTH_WITH_HINT = 480
_QUESTION = int(Qt.ItemDataRole.UserRole)


class Composer(QFrame):
    """Tells what is asked and typed; holds no answers and knows no workspace."""

    asked = Signal(str)
    stop_wanted = Signal()
    typed = Signal(str)
    scope_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._this: Document | None = None
        self._selected: list[Document] = []
        self._told: list[int] | None = None
        self.field = QuestionField()
        self.field.asked.connect(self._ask)
        self.field.textChanged.connect(self._on_typed)
        self.field.focus_changed.connect(self._show_focus)
        self.suggestions = _Suggestions()
        self.suggestions.chosen.connect(self._choose)
        self.suggestions.left.connect(self.field.setFocus)
        self.field.down_wanted.connect(self.suggestions.enter)
        self.scope = self._make_scope()
        self.button = QPushButton()
        self.button.clicked.connect(self._on_button)
        self._hint = QLabel(self.tr("Enter asks · Shift+Enter: new line"))
        self._hint.setProperty("role", "small")
        row = QHBoxLayout()
        row.addWidget(self.scope)
        row.addWidget(self._hint)
        row.addStretch(1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.suggestions)
        layout.addLayout(row)
        self._ready = False
        self._answering = False
        self._show_state()

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.field.toPlainText()

    def document_ids(self) -> list[int] | None:
        """The documents a question is about; None means all."""
        choice = self.scope.currentIndex()
        if choice == _THIS and self._this is not None:
            return [self._this.id]
        if choice == _SELECTED and self._selected:
            return [document.id for document in self._selected]
        return None

    @property
    def follows_page(self) -> bool:
        """Whether a question is about whatever document is open."""
        return self.scope.currentIndex() == _THIS

    def set_this(self, document: Document | None) -> None:
        """The document whose pages are shown."""
        self._this = document
        self._show_scope()

    def set_selected(self, documents: Sequence[Document]) -> None:
        """The documents selected in the library."""
        self._selected = list(documents)
        self._show_scope()

    def set_ready(self, ready: bool) -> None:
        """Whether questions can be asked at all."""
        self._ready = ready
        self._show_state()

    def set_answering(self, answering: bool) -> None:
        """Whether an answer is on its way: Ask becomes Stop."""
        self._answering = answering
        self._show_state()

    def suggest(self, notes: Sequence[Note]) -> None:
        """Show prepared questions that fit what is typed."""
        self.suggestions.show_notes(notes if self.text.strip() else ())

    def clear(self) -> None:
        """Empty the field."""
        self.field.clear()
        self.suggestions.show_notes(())

    # -- parts and state -----------------------------------------------------------------------

    def _make_scope(self) -> QComboBox:
        scope = QComboBox()
        scope.setAccessibleName(self.tr("Documents to ask"))
        scope.setToolTip(self.tr("Which documents the question is about"))
        scope.setMinimumHeight(28)
        scope.addItems([self.tr("All documents"), "", ""])
        scope.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        scope.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        scope.currentIndexChanged.connect(self._on_scope)
        return scope

    def _show_scope(self) -> None:
        this = self.tr("Open document")
        if self._this is not None:
            title = self._this.title
            short = title if len(title) <= _TITLE_SHOWN else title[:_TITLE_SHOWN] + " …"
            this = self.tr("This document: {0}").format(short)
        selected = self.tr("Selected documents")
        if self._selected:
            selected = self.tr("Selected documents ({0})").format(len(self._selected))
        for index, text, possible in (
            (_THIS, this, self._this is not None),
            (_SELECTED, selected, bool(self._selected)),
        ):
            self.scope.setItemText(index, text)
            # A disabled entry: the standard model of a combo box takes flags by this role.
            self.scope.setItemData(
                index, None if possible else 0, int(Qt.ItemDataRole.UserRole) - 1
            )
            if not possible and self.scope.currentIndex() == index:
                self.scope.setCurrentIndex(_ALL)
        if self.document_ids() != self._told:
            self._on_scope()

    def _on_scope(self) -> None:
        self._told = self.document_ids()
        self.scope_changed.emit()

    def _show_state(self) -> None:
        if self._answering:
            text, role, name = self.tr("Stop"), "", self.tr("Stop answering")
        else:
            text, role, name = self.tr("Ask"), "primary", self.tr("Ask the question")
        self.button.setText(text)
        self.button.setAccessibleName(name)
        self.button.setToolTip(self.tr("Esc") if self._answering else self.tr("Enter"))
        self.button.setEnabled(self._answering or (self._ready and bool(self.text.strip())))
        if self.button.property("role") != role:
            self.button.setProperty("role", role)
            self.button.style().unpolish(self.button)
            self.button.style().polish(self.button)

    def _show_focus(self, focused: bool) -> None:
        self.setProperty("focused", "true" if focused else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Leave the hint out where there is no room for it."""
        super().resizeEvent(event)
        self._hint.setVisible(self.width() > _WIDTH_WITH_HINT)

    # -- what a person does --------------------------------------------------------------------

    def _on_typed(self) -> None:
        self._show_state()
        if not self.text.strip():
            self.suggestions.show_notes(())
        self.typed.emit(self.text)

    def _ask(self) -> None:
        if self._ready and not self._answering and self.text.strip():
            self.asked.emit(self.text)

    def _on_button(self) -> None:
        if self._answering:
            self.stop_wanted.emit()
        else:
            self._ask()

    def _choose(self, question: str) -> None:
        self.field.setPlainText(question)
        self.suggestions.show_notes(())
        self.field.setFocus()
        self._ask()


class _Suggestions(QListWidget):
    """Prepared questions under the field; gone when there are none."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("suggestions")
        self.setAccessibleName(self.tr("Prepared questions"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(_QUESTION)))
        self.hide()

    def show_notes(self, notes: Sequence[Note]) -> None:
        """Show the questions of these notes."""
        questions = [note.question for note in notes if note.question]
        if questions == self.questions():
            return
        self.clear()
        for question in questions:
            item = QListWidgetItem(f"✓ {question}")
            item.setToolTip(as_tooltip(question))
            item.setData(_QUESTION, question)
            item.setData(
                int(Qt.ItemDataRole.AccessibleTextRole), self.tr("Prepared: {0}").format(question)
            )
            self.addItem(item)
        height = sum(self.sizeHintForRow(row) for row in range(self.count()))
        self.setFixedHeight(height + 4)
        self.setVisible(self.count() > 0)

    def questions(self) -> list[str]:
        """The questions shown."""
        return [self.item(row).data(_QUESTION) for row in range(self.count())]

    def enter(self) -> None:
        """Take the focus, if there is anything to choose."""
        if self.count():
            self.setCurrentRow(0)
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter chooses, Up on the first goes back to the field."""
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(item.data(_QUESTION))
        elif event.key() == Qt.Key.Key_Up and self.currentRow() <= 0:
            self.left.emit()
        else:
            super().keyPressEvent(event)
