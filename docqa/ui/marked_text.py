"""Draws a few lines of text with some of its words marked, in whatever direction it is written."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from docqa.model import Marked

_ELLIPSIS = "… "
_SLACK = 0.95
"""Share of a line that is filled when it is cut: marked words take more room than others."""
_LEAD = 16
"""Characters in front of the first marked word, where the text's beginning has no room."""


def draw_marked(
    painter: QPainter, box: QRect, marked: Marked, look: QTextCharFormat, *, lines: int = 1
) -> None:
    """Draw as much as fits into ``lines`` of the box, in the painter's font and colour.

    ``look`` is that of the marked words. Several lines begin later if else no mark were seen.
    """
    marked = Marked(_one_line(marked.text), marked.marks)
    layout, last, end = _lay_out(marked, painter.font(), box.width(), look, lines)
    if lines > 1 and marked.marks and marked.marks[0][1] > end:
        marked = _from_first_mark(marked)
        layout, last, end = _lay_out(marked, painter.font(), box.width(), look, lines)
    if end < len(marked.text):
        rest = painter.fontMetrics().elidedText(
            marked.text[last:], Qt.TextElideMode.ElideRight, round(_SLACK * box.width())
        )
        shown = marked.text[:last] + rest
        marks = tuple((start, min(stop, len(shown) - 1)) for start, stop in marked.marks)
        layout, _, _ = _lay_out(Marked(shown, marks), painter.font(), box.width(), look, lines)
    layout.draw(painter, QPointF(box.topLeft()))


def mark_look(ground: QColor, text: QColor) -> QTextCharFormat:
    """How marked words look: on a coloured ground and, for who does not see that, heavier."""
    look = QTextCharFormat()
    look.setBackground(ground)
    look.setForeground(text)
    look.setFontWeight(QFont.Weight.DemiBold)
    return look


def _lay_out(
    marked: Marked, font: QFont, width: int, look: QTextCharFormat, lines: int
) -> tuple[QTextLayout, int, int]:
    """The layout, where its last line begins, and how much of the text (code points) it has."""
    layout = QTextLayout(marked.text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    if _is_right_to_left(marked.text):
        option.setTextDirection(Qt.LayoutDirection.RightToLeft)
        option.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
    layout.setTextOption(option)
    layout.setFormats(_formats(marked, look))
    layout.beginLayout()
    height, last, end = 0.0, 0, 0
    for _ in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, height))
        height += line.height()
        last, end = line.textStart(), line.textStart() + line.textLength()
    layout.endLayout()
    return layout, _code_points(marked.text, last), _code_points(marked.text, end)


def _formats(marked: Marked, look: QTextCharFormat) -> list[QTextLayout.FormatRange]:
    ranges = []
    for start, end in marked.marks:
        if start < end:
            one = QTextLayout.FormatRange()
            # Qt counts in UTF-16, where some characters take two places.
            one.start = _utf16(marked.text[:start])
            one.length = _utf16(marked.text[start:end])
            one.format = look
            ranges.append(one)
    return ranges


def _from_first_mark(marked: Marked) -> Marked:
    """The text from a few words before its first mark."""
    first = marked.marks[0][0]
    begin = marked.text.find(" ", max(0, first - _LEAD), first) + 1 or first
    shift = len(_ELLIPSIS) - begin
    marks = tuple((start + shift, end + shift) for start, end in marked.marks)
    return Marked(_ELLIPSIS + marked.text[begin:], marks)


def _is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is written from right to left."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _code_points(text: str, place: int) -> int:
    """A place that Qt counted, as Python counts."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * place].decode("utf-16-le", "ignore"))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _one_line(text: str) -> str:
    """The text with blanks for everything that would begin a line, so that places stay."""
    return "".join(
        " " if character in "\n\r\t\v\f\u2028\u2029" else character for character in text
    )
