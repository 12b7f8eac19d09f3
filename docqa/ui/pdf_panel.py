"""The page on the right: draws documents of the library, or shows a page's text where it must not.

Qt's PDF reader runs in this process and some files hang it: only what the workspace allows gets
there.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from docqa.model import Box, Document, Page
from docqa.ui.labels import WrappedLabel
from docqa.ui.page_as_text import PageAsText
from docqa.ui.page_controls import PageControls
from docqa.ui.page_view import PageView
from docqa.ui.quote import locate
from docqa.ui.sight import Sight
from docqa.ui.theme import Theme

_EMPTY, _DRAWN, _AS_TEXT = range(3)


class PdfPanel(QFrame):
    """One open document, its page controls, and lines that say what is special about the page."""

    page_wanted = Signal(int)
    """A page (from 1) that has to be read before it can be shown."""
    page_looked_at = Signal(int)
    """A page that is drawn, and of which more may be said: :meth:`tell_about`."""
    password_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.is_locked = False
        """Whether the open document could be drawn if its password were known."""
        self._open: Document | None = None
        self._loaded: tuple[int, str, str] | None = None
        self._number = 0
        self._told = 0
        self._pdf = QPdfDocument(self)
        self.view = PageView(self._pdf, theme)
        self.view.page_changed.connect(self._on_drawn_page)
        self.text = PageAsText()
        self.controls = self._make_controls()
        self.reason = WrappedLabel()
        self._reason_row = self._make_reason_row()
        self.note = _label()
        self.note.setProperty("role", "small")
        self.note.setContentsMargins(14, 6, 14, 8)
        self.note.hide()
        self._stack = QStackedWidget()
        for widget in (self._make_empty(), self.view, self.text):
            self._stack.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.controls)
        layout.addWidget(self._reason_row)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.note)
        self._show_mode(_EMPTY)

    @property
    def document(self) -> Document | None:
        """The document that is open."""
        return self._open

    @property
    def page(self) -> int:
        """The page shown, from 1; 0 when nothing is open."""
        return self._number

    @property
    def shows_text(self) -> bool:
        """Whether the page is shown as text."""
        return self._stack.currentIndex() == _AS_TEXT

    def draws(self, document: Document) -> bool:
        """Whether the pages of this document, as the library knows it, are drawn."""
        return self._stack.currentIndex() == _DRAWN and self._loaded == _identity(document)

    # -- what is shown -------------------------------------------------------------------------

    def show_sight(self, document: Document, sight: Sight, password: str | None = None) -> None:
        """Show a page of ``document`` with the passage marked: drawn if it may be, else as text."""
        self._open = document
        self._told = sight.place.page
        self.controls.show_document(document.title, document.path)
        reason = sight.why_not or self._load(document, password)
        if sight.why_not is not None:
            self._unload()
        if reason is not None:
            self._show_as_text(sight, reason)
            self._say(self._about(sight.page))
            return
        self._show_mode(_DRAWN)
        missing = not self._draw(sight)
        unmarked = self.tr("The quoted words could not be marked on this page.") if missing else ""
        self._say(self._about(sight.page), unmarked)

    def tell_about(self, document: Document, page: Page) -> None:
        """Say what is known of the page that is drawn, without moving it."""
        self._open = document
        self.controls.show_document(document.title, document.path)
        if page.number == self._number:
            self._say(self._about(page))

    def close_document(self) -> None:
        """Show nothing (the document was removed)."""
        self._open = None
        self._number = self._told = 0
        self._unload()
        self.text.show_text("")
        self._say()
        self._show_mode(_EMPTY)

    def go_to(self, page: int) -> None:
        """Show another page of the open document."""
        if self._open is None:
            return
        if self.shows_text:
            self.page_wanted.emit(min(max(page, 1), max(1, self._open.pages)))
        else:
            self.view.go_to(page - 1)

    def previous(self) -> None:
        """Go one page back."""
        self.go_to(self._number - 1)

    def next(self) -> None:
        """Go one page on."""
        self.go_to(self._number + 1)

    def zoom_in(self) -> None:
        """Make the page, or its letters, larger."""
        self.text.zoom_in() if self.shows_text else self.view.zoom_in()

    def zoom_out(self) -> None:
        """Make the page, or its letters, smaller."""
        self.text.zoom_out() if self.shows_text else self.view.zoom_out()

    def fit_width(self) -> None:
        """Let the page fill the width; let letters have their usual size."""
        self.text.reset_zoom() if self.shows_text else self.view.fit_width()

    def _draw(self, sight: Sight) -> bool:
        """Show the page and mark the passage; whether all that was to be marked is."""
        index = min(max(sight.place.page, 1), max(1, self._pdf.pageCount())) - 1
        boxes = [_rectangle(box) for box in sight.boxes]
        if sight.place.quote and not boxes:
            boxes = locate(self._pdf, index, sight.place.quote, sight.place.start)
        self._number = index + 1
        self.view.mark(index, boxes)
        self.view.go_to(index)
        return bool(boxes) or not sight.place.quote

    def _show_as_text(self, sight: Sight, reason: str) -> None:
        assert self._open is not None
        self._show_mode(_AS_TEXT)
        instead = self.tr("This is the text of the page.") if sight.page.text.strip() else ""
        self.reason.setText(f"{reason} {instead}".strip())
        self.reason.wrap()
        self._number = sight.place.page
        marked = (sight.place.start, sight.place.end) if sight.place.quote else (0, 0)
        self.text.show_text(sight.page.text, *marked)
        self._show_number(self._open.pages, sight.page.label)

    # -- the file ------------------------------------------------------------------------------

    def _load(self, document: Document, password: str | None) -> str | None:
        """Open the file unless it is open; a sentence if it cannot be."""
        if self._loaded == _identity(document):
            return None
        self.is_locked = False
        self._pdf.setPassword(password or "")
        error = self._pdf.load(document.path)
        if error != QPdfDocument.Error.None_:
            self._unload()
            self.is_locked = error == QPdfDocument.Error.IncorrectPassword
            return self._why(error, document)
        self._loaded = _identity(document)
        self.view.reset()
        return None

    def _unload(self) -> None:
        self._loaded = None
        self.is_locked = False
        self._pdf.close()
        self.view.reset()

    def _why(self, error: QPdfDocument.Error, document: Document) -> str:
        if error == QPdfDocument.Error.FileNotFound:
            return self.tr("The file is not where it was: {0}.").format(document.path)
        if error == QPdfDocument.Error.IncorrectPassword:
            return self.tr("The file is protected by a password.")
        return self.tr("The page cannot be drawn.")

    # -- parts ---------------------------------------------------------------------------------

    def _make_controls(self) -> PageControls:
        controls = PageControls()
        controls.page_wanted.connect(self.go_to)
        controls.larger_wanted.connect(self.zoom_in)
        controls.smaller_wanted.connect(self.zoom_out)
        controls.fit_wanted.connect(self.fit_width)
        return controls

    def _make_reason_row(self) -> QWidget:
        row = QFrame()
        row.setObjectName("pageReason")
        self.unlock = QPushButton(self.tr("Enter the password …"))
        self.unlock.setAccessibleName(self.tr("Enter the password"))
        self.unlock.clicked.connect(self.password_wanted)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(14, 7, 12, 7)
        layout.setSpacing(10)
        layout.addWidget(self.reason, 1)
        layout.addWidget(self.unlock)
        return row

    def _make_empty(self) -> QWidget:
        empty = QLabel(
            self.tr("Click a citation to see its page here,\nor open a document in the library.")
        )
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setProperty("role", "muted")
        empty.setWordWrap(True)
        return empty

    # -- state ---------------------------------------------------------------------------------

    def _show_mode(self, mode: int) -> None:
        self._stack.setCurrentIndex(mode)
        self.controls.setVisible(mode != _EMPTY)
        self.controls.show_as_text(mode == _AS_TEXT)
        self._reason_row.setVisible(mode == _AS_TEXT)
        self.unlock.setVisible(self.is_locked)

    def _on_drawn_page(self, index: int) -> None:
        if self._open is None or self._stack.currentIndex() != _DRAWN:
            return
        self._number = index + 1
        self._show_number(self._pdf.pageCount(), self._pdf.pageLabel(index))
        if self._number != self._told:
            self._told = self._number
            self._say()
            self.page_looked_at.emit(self._number)

    def _show_number(self, pages: int, label: str) -> None:
        assert self._open is not None
        self.controls.show_page(self._number, pages, label)
        description = self.tr("Page {0} of {1} of {2}").format(
            self._number, pages, self._open.title
        )
        for widget in (self.view, self.text):
            widget.setAccessibleDescription(description)

    def _about(self, page: Page) -> str:
        """What a person should know about the stored text of a page, if anything."""
        if page.scanned:
            return self.tr("This page is a scan; its text has not been read yet.")
        if page.confidence is not None:
            return self.tr("Read by OCR, {0} % sure.").format(round(100 * page.confidence))
        return page.problem or ""

    def _say(self, *sentences: str) -> None:
        text = " ".join(filter(None, sentences))
        self.note.setText(text)
        self.note.setVisible(bool(text))


def _identity(document: Document) -> tuple[int, str, str]:
    """What must stay the same for a file that is open to be the document's."""
    return document.id, document.path, document.sha256


def _rectangle(box: Box) -> QRectF:
    return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)


def _label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
