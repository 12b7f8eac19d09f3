"""The field a question is typed into: as high as its text, Enter asks, Shift+Enter is a newline."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

_MOST_LINES = 6


class QuestionField(QPlainTextEdit):
    """Files dropped on it go to the window; Down leads into the suggestions below."""

    asked = Signal()
    down_wanted = Signal()
    focus_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        self.setAccessibleName(self.tr("Question"))
        self.setPlaceholderText(self.tr("Ask a question about your documents"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)
        self._fit_height()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802
        """Take text, not files."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter asks; Down on the last line goes to the suggestions."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.asked.emit()
            return
        if event.key() == Qt.Key.Key_Down and self._on_last_line():
            self.down_wanted.emit()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Tell that the field has the focus."""
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Tell that the field lost the focus."""
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A narrower field may need more lines."""
        super().resizeEvent(event)
        self._fit_height()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as the text."""
        return QSize(200, self.height())

    def _on_last_line(self) -> bool:
        return self.textCursor().blockNumber() == self.blockCount() - 1

    def _fit_height(self) -> None:
        # A QPlainTextEdit's document measures its height in lines.
        lines = min(_MOST_LINES, max(1, round(self.document().size().height())))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)
