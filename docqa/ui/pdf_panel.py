"""The page on the right: opens documents of the library and shows where a quote stands."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from docqa.model import Document
from docqa.ui.labels import ElidedLabel
from docqa.ui.page_view import PageView
from docqa.ui.quote import locate
from docqa.ui.theme import Theme
from docqa.ui.tooltips import as_tooltip


class PdfPanel(QFrame):
    """One open document, its page controls, and a line that says what could not be shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._open: Document | None = None
        self._pdf = QPdfDocument(self)
        self.view = PageView(self._pdf, theme)
        self.view.page_changed.connect(self._on_page)
        self._title = ElidedLabel()
        self._title.setProperty("role", "title")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(14, 6, 14, 8)
        self.note.hide()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_header())
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.note)
        self._show_state()

    @property
    def document(self) -> Document | None:
        """The document that is open."""
        return self._open

    @property
    def page(self) -> int:
        """The page shown, from 1; 0 when nothing is open."""
        return self.view.page + 1 if self._open else 0

    def show_page(self, document: Document, page: int = 1, quote: str = "", near: int = 0) -> None:
        """Open ``page`` (from 1) with ``quote`` marked; ``near`` is its offset in the page text."""
        if not self._load(document):
            return
        index = min(max(page, 1), max(1, self._pdf.pageCount())) - 1
        boxes = locate(self._pdf, index, quote, near) if quote else []
        self.view.mark(index, boxes)
        self.view.go_to(index)
        missing = bool(quote) and not boxes
        self._say(self.tr("The quoted words could not be marked on this page.") if missing else "")

    def close_document(self) -> None:
        """Show nothing (the document was removed)."""
        self._open = None
        self._pdf.close()
        self.view.reset()
        self._say("")
        self._show_state()

    def _load(self, document: Document) -> bool:
        if self._open is not None and self._open.path == document.path:
            self._open = document
            return True
        error = self._pdf.load(document.path)
        if error != QPdfDocument.Error.None_:
            self.close_document()
            self._say(self._why(error, document))
            return False
        self._open = document
        self.view.reset()
        self._show_state()
        return True

    def _why(self, error: QPdfDocument.Error, document: Document) -> str:
        if error == QPdfDocument.Error.FileNotFound:
            return self.tr("{path} is not there any more; add it again from its new place.").format(
                path=document.path
            )
        if error == QPdfDocument.Error.IncorrectPassword:
            return self.tr("{title} is protected by a password; its pages cannot be shown.").format(
                title=document.title
            )
        return self.tr("The pages of {title} cannot be shown.").format(title=document.title)

    # -- parts ---------------------------------------------------------------------------------

    def _make_header(self) -> QWidget:
        header = QWidget()
        self._back = self._button("", self.tr("Previous page"), self.previous)
        self._back.setArrowType(Qt.ArrowType.LeftArrow)
        self._number = QSpinBox()
        self._number.setAccessibleName(self.tr("Page number"))
        self._number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._number.setKeyboardTracking(False)
        self._number.setMinimumSize(46, 28)
        self._number.valueChanged.connect(lambda number: self.view.go_to(number - 1))
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self._forward = self._button("", self.tr("Next page"), self.next)
        self._forward.setArrowType(Qt.ArrowType.RightArrow)
        self._smaller = self._button("\N{MINUS SIGN}", self.tr("Zoom out"), self.view.zoom_out)
        self._larger = self._button("+", self.tr("Zoom in"), self.view.zoom_in)
        self._fit = self._button(self.tr("Fit"), self.tr("Fit the width"), self.view.fit_width)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self._back, self._number, self._count, self._forward):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self._smaller, self._larger, self._fit):
            row.addWidget(widget)
        layout = QVBoxLayout(header)
        layout.setContentsMargins(14, 12, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addLayout(row)
        self._controls = header
        return header

    def _button(self, text: str, name: str, action: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(action)
        return button

    def _make_empty(self) -> QWidget:
        empty = QLabel(
            self.tr("Click a citation to see its page here,\nor open a document in the library.")
        )
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setProperty("role", "muted")
        empty.setWordWrap(True)
        return empty

    # -- state ---------------------------------------------------------------------------------

    def previous(self) -> None:
        """Go one page back."""
        self.view.go_to(self.view.page - 1)

    def next(self) -> None:
        """Go one page on."""
        self.view.go_to(self.view.page + 1)

    def _show_state(self) -> None:
        opened = self._open is not None
        self._stack.setCurrentIndex(int(opened))
        self._controls.setVisible(opened)
        if self._open is None:
            return
        self._title.setText(self._open.title)
        self._title.setToolTip(as_tooltip(self._open.path))
        self._number.setRange(1, self._pdf.pageCount())
        self._on_page(self.view.page)

    def _on_page(self, index: int) -> None:
        if self._open is None:
            return
        self._number.blockSignals(True)
        self._number.setValue(index + 1)
        self._number.blockSignals(False)
        pages = self._pdf.pageCount()
        label = self._pdf.pageLabel(index)
        printed = "" if label in ("", str(index + 1)) else self.tr(" (printed: {0})").format(label)
        self._count.setText(self.tr("of {0}").format(pages) + printed)
        self._back.setEnabled(index > 0)
        self._forward.setEnabled(index < pages - 1)
        self.view.setAccessibleDescription(
            self.tr("Page {0} of {1} of {2}").format(index + 1, pages, self._open.title)
        )

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
