"""Shows one answer: Markdown as high as its text, links of our own only, nothing ever loaded."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QToolTip, QWidget

from docqa.model import Answer
from docqa.ui import answer_text
from docqa.ui.answer_text import BARE, CITE
from docqa.ui.sight import Place
from docqa.ui.theme import Theme
from docqa.ui.throttle import Throttle
from docqa.ui.tooltips import as_tooltip

_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectCommonMark
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)
_RENDER_MS = 100
_LINE_HEIGHT = 118
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value


class AnswerView(QTextBrowser):
    """Streams text, then shows the answer with its citations."""

    place_wanted = Signal(object)
    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answer")
        self.setAccessibleName(self.tr("Answer"))
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().setIndentWidth(20)
        self.viewport().setAutoFillBackground(False)
        self.anchorClicked.connect(self._on_link)
        self._theme = theme
        self._markdown = ""
        self._streamed = ""
        self._answer: Answer | None = None
        self._render = Throttle(self._show, _RENDER_MS, self)
        theme.changed.connect(self._show)

    @property
    def answer(self) -> Answer | None:
        """The whole answer, once it is there."""
        return self._answer

    def append(self, text: str) -> None:
        """Some more text of an answer that is being written."""
        self._streamed += text
        self._markdown = answer_text.streaming(self._streamed)
        self._render()

    def show_answer(self, answer: Answer) -> None:
        """The whole answer replaces what was streamed."""
        self._answer = answer
        self._markdown = answer_text.markdown(answer)
        self._render.cancel()
        self._show()

    def show_stopped(self) -> None:
        """Nothing more will come."""
        self._markdown = answer_text.stopped(self._streamed)
        self._render.cancel()
        self._show()

    def show_sentence(self, sentence: str) -> None:
        """A sentence of ours in place of an answer."""
        self._markdown = answer_text.plain(sentence)
        self._render.cancel()
        self._show()

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:  # noqa: N802
        """Load nothing: neither files nor anything from a network."""
        return None

    def setSource(  # noqa: N802
        self,
        name: QUrl | str,
        kind: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource,
    ) -> None:
        """Go nowhere."""

    # -- rendering -----------------------------------------------------------------------------

    def _show(self) -> None:
        self.document().setMarkdown(self._markdown, _FEATURES)
        self._dress()
        self._fit_height()

    def _dress(self) -> None:
        """Give links their looks and blocks their distance: Markdown brings none."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        block = self.document().begin()
        while block.isValid():
            self._dress_block(cursor, block)
            block = block.next()
        cursor.endEditBlock()

    def _dress_block(self, cursor: QTextCursor, block: QTextBlock) -> None:
        spans = _spans(block)
        is_source = bool(spans) and spans[0][2].anchorHref().startswith(CITE)
        for position, length, look in spans:
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._look(look, small=is_source))
        cursor.setPosition(block.position())
        shape = block.blockFormat()
        shape.setLineHeight(_LINE_HEIGHT, _PROPORTIONAL)
        shape.setTopMargin(0)
        shape.setBottomMargin(4 if is_source else 8)
        cursor.setBlockFormat(shape)

    def _look(self, plain: QTextCharFormat, *, small: bool) -> QTextCharFormat:
        tokens = self._theme.tokens
        look = QTextCharFormat(plain)
        if small:
            look.setFontPointSize(max(8.0, self.font().pointSizeF() - 1))
            look.setForeground(QColor(tokens.muted))
        if not plain.isAnchor():
            return look
        link = plain.anchorHref()
        look.setFontUnderline(not link.startswith((CITE, BARE)))
        look.setForeground(QColor(tokens.accent))
        if link.startswith(CITE):
            look.setBackground(QColor(tokens.accent_soft))
            look.setFontWeight(QFont.Weight.DemiBold)
        elif link.startswith(BARE):
            look.setForeground(QColor(tokens.warning))
            look.setBackground(QColor(tokens.warning_soft))
            look.setFontItalic(True)
        return look

    def _fit_height(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        height = round(self.document().size().height()) + 2
        if height != self.height():
            self.setFixedHeight(height)
            self.resized.emit()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as the text."""
        return QSize(300, self.height())

    # -- events --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Wrap the text anew."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit_height()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave scrolling to the chat."""
        event.ignore()

    def event(self, event: QEvent) -> bool:
        """Show the quote when the mouse rests on a citation."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            link = self.anchorAt(self.viewport().mapFromGlobal(event.globalPos()))
            text = answer_text.tooltip(self._answer, link) if link and self._answer else ""
            if text:
                QToolTip.showText(event.globalPos(), as_tooltip(text), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _on_link(self, url: QUrl) -> None:
        if self._answer is None:
            return
        place: Place | None = answer_text.places(self._answer).get(url.toString())
        if place is not None:
            self.place_wanted.emit(place)


def _spans(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """The pieces of a block that look alike: position, length, look."""
    spans = []
    pieces = block.begin()
    while not pieces.atEnd():
        piece = pieces.fragment()
        spans.append((piece.position(), piece.length(), piece.charFormat()))
        pieces += 1
    return spans
