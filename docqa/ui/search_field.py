"""The field in which somebody finds words; the one for questions is below the conversation."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLineEdit, QWidget

from docqa.ui.theme import Theme

_MOST_LETTERS = 400
_LENS = 16


class SearchField(QLineEdit):
    """Enter opens, Down leads into what was found, Esc clears and goes back."""

    open_wanted = Signal()
    down_wanted = Signal()
    left = Signal()
    """Esc: whoever had the focus gets it back."""
    entered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("search")
        self.setAccessibleName(self.tr("Find words in documents and notes"))
        self.setPlaceholderText(self.tr("Find words in documents and prepared answers"))
        self.setToolTip(self.tr("Shows where words stand. To have a question answered, ask below."))
        self.setClearButtonEnabled(True)
        self.setMaxLength(_MOST_LETTERS)
        self._lens = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        for button in self.findChildren(QWidget):
            button.setAccessibleName(self.tr("Clear what is looked for"))
        theme.changed.connect(self._show_lens)
        self._show_lens()

    def event(self, event: QEvent) -> bool:
        """Esc belongs to this field while there is something to clear, whatever else it may do."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self.text()
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Lead to what was found, or back."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_wanted.emit()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self.down_wanted.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Tell that somebody wants to find something."""
        super().focusInEvent(event)
        self.entered.emit()

    def _show_lens(self) -> None:
        self._lens.setIcon(_lens(self._theme.tokens.muted, self.devicePixelRatioF()))


def _lens(colour: str, ratio: float) -> QIcon:
    """A magnifying glass, which everybody knows to mean finding."""
    pixmap = QPixmap(round(_LENS * ratio), round(_LENS * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawEllipse(QRectF(2, 2, 8.5, 8.5))
    painter.drawLine(QPointF(9.7, 9.7), QPointF(14, 14))
    painter.end()
    return QIcon(pixmap)
