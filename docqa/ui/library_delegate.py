"""Paints a row of the library: the title, its state in words, and a bar while it is being read."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from docqa.ui.library_model import ROW, LibraryModel, Row
from docqa.ui.theme import Theme

_PAD = 10
_BAR = 4


class LibraryDelegate(QStyledItemDelegate):
    """Two lines a row; the second wraps to two where it tells a problem."""

    def __init__(self, model: LibraryModel, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self.open_document = 0

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Room for the title, the state and the bar."""
        row: Row = index.data(ROW)
        lines = 2 if _is_problem(row) or row.is_missing else 1
        height = QFontMetrics(_title_font(option)).height()
        small = QFontMetrics(_small_font(option)).height()
        return QSize(120, 2 * _PAD + height + 3 + lines * small + _BAR)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one row."""
        row: Row = index.data(ROW)
        tokens = self._theme.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect.adjusted(6, 2, -6, -2)
        self._paint_ground(painter, option, box, row)
        inner = box.adjusted(_PAD, _PAD - 4, -_PAD, -(_PAD - 4))
        painter.setFont(_title_font(option))
        painter.setPen(QColor(tokens.muted if row.is_missing else tokens.text))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(row.title, Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignTop), title)
        below = inner.adjusted(0, metrics.height() + 3, 0, 0)
        self._paint_state(painter, option, below, row)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, row: Row
    ) -> None:
        tokens = self._theme.tokens
        state: QStyle.StateFlag = option.state
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(tokens.selection))
            painter.drawRoundedRect(box, 8, 8)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(box, 8, 8)
        if row.document is not None and row.document.id == self.open_document:
            painter.setBrush(QColor(tokens.accent))
            painter.drawRoundedRect(box.left(), box.top() + 10, 3, box.height() - 20, 1.5, 1.5)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 8, 8)

    def _paint_state(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, row: Row
    ) -> None:
        tokens = self._theme.tokens
        problem = _is_problem(row)
        painter.setFont(_small_font(option))
        painter.setPen(QColor(tokens.error if problem else tokens.muted))
        metrics = painter.fontMetrics()
        text = ("⚠ " if problem else "") + self._model.state(row)
        if problem or row.is_missing:
            flags = int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
            two_lines = QRect(box.left(), box.top(), box.width(), 2 * metrics.height())
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(1.8 * box.width()))
            painter.drawText(two_lines, flags, text)
        else:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignTop), text)
        if row.share is not None:
            self._paint_bar(painter, box, box.top() + metrics.height() + 3, row.share)

    def _paint_bar(self, painter: QPainter, box: QRect, top: int, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.border))
        painter.drawRoundedRect(box.left(), top, box.width(), _BAR, 2, 2)
        painter.setBrush(QColor(self._theme.tokens.accent))
        painter.drawRoundedRect(box.left(), top, round(box.width() * min(1.0, share)), _BAR, 2, 2)


def _is_problem(row: Row) -> bool:
    if row.live is not None:
        return False
    return row.problem is not None or (row.document is not None and row.document.status == "failed")


def _title_font(option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _small_font(option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setPointSizeF(max(8.0, font.pointSizeF() - 1))
    return font
