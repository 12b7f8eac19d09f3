"""A page as its stored text, with a passage marked: where the page itself cannot be drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from docqa.ui.page_view import MARK

_MARGIN = 22
_INK = QColor(28, 32, 40)
_SMALLEST, _LARGEST = 6.0, 40.0


class PageAsText(QPlainTextEdit):
    """Plain text that can be selected and copied; nothing in it is interpreted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageAsText")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(self.tr("Text of the page"))
        self.setPlaceholderText(self.tr("No text is known of this page."))
        self.document().setDocumentMargin(_MARGIN)
        self._usual_size = self.font().pointSizeF()

    def show_text(self, text: str, start: int = 0, end: int = 0) -> None:
        """Show a page's text with the span from ``start`` to ``end`` (code points) marked."""
        self.setPlainText(text)
        cursor = QTextCursor(self.document())
        cursor.setPosition(_position(text, start))
        if end <= start:
            self.setExtraSelections([])
            self.setTextCursor(cursor)
            return
        first_line = QTextCursor(cursor)
        cursor.setPosition(_position(text, end), QTextCursor.MoveMode.KeepAnchor)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor
        mark.format.setBackground(MARK)
        mark.format.setForeground(_INK)
        self.setExtraSelections([mark])
        self.setTextCursor(first_line)
        self.centerCursor()

    def marked_text(self) -> str:
        """The marked passage, with line feeds between its lines; empty if none is marked."""
        marks = self.extraSelections()
        if not marks:
            return ""
        cursor: QTextCursor = marks[0].cursor
        return cursor.selectedText().replace("\N{PARAGRAPH SEPARATOR}", "\n")

    def zoom_in(self) -> None:
        """Make the letters larger."""
        self._set_size(self.font().pointSizeF() + 1)

    def zoom_out(self) -> None:
        """Make the letters smaller."""
        self._set_size(self.font().pointSizeF() - 1)

    def reset_zoom(self) -> None:
        """Make the letters as large as elsewhere in the window."""
        self._set_size(self._usual_size)

    def _set_size(self, points: float) -> None:
        font = self.font()
        font.setPointSizeF(min(_LARGEST, max(_SMALLEST, points)))
        self.setFont(font)


def _position(text: str, offset: int) -> int:
    """Where a code point stands in Qt's document: UTF-16 units, and one for each end of a line."""
    before = text[:offset].replace("\r\n", "\n")
    return len(before.encode("utf-16-le", "surrogatepass")) // 2
