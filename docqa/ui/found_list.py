"""The list of what was found: groups under headings, each row to be opened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from docqa.ui.found_rows import FoundRow
from docqa.ui.marked_text import draw_marked, mark_look
from docqa.ui.theme import Theme
from docqa.ui.tooltips import as_tooltip

_PAD = 8
_GAP = 3
_ROW = int(Qt.ItemDataRole.UserRole)
_Index = QModelIndex | QPersistentModelIndex
_LINES = {"heading": 0, "document": 1, "note": 2, "passage": 2}
"""Lines of text below the title."""


class FoundModel(QAbstractListModel):
    """The rows, as a model for the view and for screen readers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[FoundRow] = []

    def set_rows(self, rows: Sequence[FoundRow]) -> None:
        """Show these; what is there already is not drawn anew."""
        rows = list(rows)
        if rows == self.rows:
            return
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The row itself, or its words."""
        row = self.rows[index.row()]
        if role == _ROW:
            return row
        if role == Qt.ItemDataRole.ToolTipRole and row.kind != "heading":
            return as_tooltip("\n".join(filter(None, (row.title.text, row.where, row.text.text))))
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.spoken
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        if self.rows[index.row()].kind == "heading":
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class FoundList(QListView):
    """Up and Down go over the headings; Up on the first row leads back to the field."""

    chosen = Signal(object)
    """The row to open."""
    left = Signal()
    escaped = Signal()
    typed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("found")
        self.setAccessibleName(self.tr("What was found"))
        self.found = FoundModel(self)
        self.setModel(self.found)
        self.setItemDelegate(_Delegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(24)
        self.clicked.connect(self._open)
        theme.changed.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[FoundRow]) -> None:
        """Show what was found; the row that was chosen stays chosen if it is still there."""
        current = self.currentIndex()
        key = self.found.rows[current.row()].key if current.isValid() else None
        self.found.set_rows(rows)
        if not self.currentIndex().isValid():
            keys = [row.key for row in rows]
            if key is not None and key in keys:
                self.setCurrentIndex(self.found.index(keys.index(key)))
            else:
                self.scrollToTop()

    def enter(self) -> None:
        """Take the focus, if there is anything to choose."""
        if not self.currentIndex().isValid():
            self._move(-1, 1)
        if self.currentIndex().isValid():
            self.setFocus()

    def open_first(self) -> bool:
        """Open the row that is chosen, or the first one; False if there is none."""
        if not self.currentIndex().isValid():
            self._move(-1, 1)
        return self._open(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move, open, and go back."""
        key, row = event.key(), self.currentIndex().row()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif key == Qt.Key.Key_Down:
            self._move(row, 1)
        elif key == Qt.Key.Key_Up:
            if not self._move(row, -1):
                self.left.emit()
        elif key == Qt.Key.Key_Home:
            self._move(-1, 1)
        elif key == Qt.Key.Key_End:
            self._move(len(self.found.rows), -1)
        elif event.text().isprintable() and event.text():
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _move(self, row: int, step: int) -> bool:
        """Choose the next row that can be opened; False if there is none."""
        row += step
        while 0 <= row < len(self.found.rows):
            if self.found.rows[row].kind != "heading":
                self.setCurrentIndex(self.found.index(row))
                if row == 1:
                    self.scrollToTop()  # With the heading above it.
                return True
            row += step
        return False

    def _open(self, index: QModelIndex) -> bool:
        if not index.isValid():
            return False
        self.chosen.emit(self.found.rows[index.row()])
        return True


class _Delegate(QStyledItemDelegate):
    """Rows of one kind have one height, so that nothing moves while somebody types."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        """Room for the title and the lines below it."""
        row: FoundRow = index.data(_ROW)
        small = QFontMetrics(_small(option.font)).lineSpacing()
        if row.kind == "heading":
            return QSize(100, small + 2 * _PAD)
        title = QFontMetrics(_bold(option.font)).lineSpacing()
        return QSize(100, title + _GAP + _LINES[row.kind] * small + 2 * _PAD + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one row."""
        row: FoundRow = index.data(_ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect.adjusted(6, 1, -6, -1)
        if row.kind == "heading":
            painter.setFont(_small(option.font))
            painter.setPen(QColor(self._theme.tokens.muted))
            inner = box.adjusted(_PAD, 0, -_PAD, -3)
            flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeading
            painter.drawText(inner, int(flags), row.title.text)
        else:
            self._paint_ground(painter, option.state, box)
            self._paint_row(painter, option, box.adjusted(_PAD, _PAD - 1, -_PAD, 0), row)
        painter.restore()

    def _paint_row(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, row: FoundRow
    ) -> None:
        tokens = self._theme.tokens
        look = mark_look(QColor(tokens.mark), QColor(tokens.text))
        small = _small(option.font)
        taken = self._paint_where(painter, small, box, row.where)
        painter.setFont(_bold(option.font))
        painter.setPen(QColor(tokens.text))
        draw_marked(painter, box.adjusted(0, 0, -taken, 0), row.title, look)
        below = box.adjusted(0, painter.fontMetrics().lineSpacing() + _GAP, 0, 0)
        painter.setFont(small)
        painter.setPen(QColor(tokens.muted if row.kind == "document" else tokens.text))
        draw_marked(painter, below, row.text, look, lines=_LINES[row.kind])

    def _paint_where(self, painter: QPainter, font: QFont, box: QRect, where: str) -> int:
        """Paint the page, and the document of a note, at the end of the title's line."""
        if not where:
            return 0
        painter.setFont(font)
        painter.setPen(QColor(self._theme.tokens.muted))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(where, Qt.TextElideMode.ElideMiddle, round(0.45 * box.width()))
        flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
        painter.drawText(box.adjusted(0, 1, 0, 0), int(flags), text)
        return metrics.horizontalAdvance(text) + 2 * _PAD

    def _paint_ground(self, painter: QPainter, state: QStyle.StateFlag, box: QRect) -> None:
        tokens = self._theme.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(tokens.selection))
            painter.drawRoundedRect(box, 8, 8)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(box, 8, 8)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 8, 8)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(8.0, small.pointSizeF() - 1))
    return small
