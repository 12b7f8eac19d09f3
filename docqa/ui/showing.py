"""Showing pages: what is known of a place is read on a thread, then the panel shows it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from docqa.model import Document, DocumentSummary
from docqa.ui.desk import Desk
from docqa.ui.passwords import Passwords
from docqa.ui.pdf_panel import PdfPanel
from docqa.ui.sight import Place, Sight
from docqa.ui.throttle import Throttle
from docqa.ui.workers import Job

_UNREAD = ("queued", "reading")
_READABLE = ("ready", "partial", "indexing")
_TURNING_MS = 150
"""Of many pages that are turned fast, not every one is looked up."""


class Showing(QObject):
    """The place on the page panel, or on its way there; only the latest wish counts."""

    changed = Signal(object)
    """The document that is open now, or None."""
    told = Signal(str, str)

    def __init__(
        self, desk: Desk, panel: PdfPanel, passwords: Passwords, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._passwords = passwords
        self._documents: dict[int, Document] = {}
        self._sight: Sight | None = None
        self._job: Job | None = None
        self._opened_one = False
        self._typed: dict[int, str] = {}
        self._looked_for: set[int] = set()
        self._turn = Throttle(self._look_again, _TURNING_MS, self)
        panel.page_wanted.connect(self._turn_to)
        panel.page_looked_at.connect(self._turn)
        panel.password_wanted.connect(self._ask_for_password)
        passwords.unlocked.connect(self._on_password)

    def show_documents(self, summaries: Sequence[DocumentSummary]) -> None:
        """What the library has now: the first is opened by itself, one that is gone is closed."""
        before = self._panel.document
        self._documents = {one.document.id: one.document for one in summaries}
        if before is not None:
            after = self._documents.get(before.id)
            if after is None:
                self.close()
            elif after != before:
                self._look_again(self._panel.page)
        elif not self._opened_one:
            self._open_first()

    def open(self, document: Document) -> None:
        """Open a document at its first page (or leave it where it is open already)."""
        if self._panel.document is None or self._panel.document.id != document.id:
            self.go_to(Place(document.id, 1))

    def go_to(self, place: Place) -> None:
        """Open the page that a citation names, with its words marked."""
        document = self._documents.get(place.document_id)
        if document is None:
            self.told.emit(self.tr("That document is not in the library any more."), "info")
        elif not document.pages or (document.status in _UNREAD and not document.passages):
            why = document.problem or self.tr("it is not read yet.")
            sentence = self.tr("{0} cannot be shown: {1}").format(document.title, why)
            self.told.emit(sentence, "info")
        else:
            self._opened_one = True
            self._look(place)

    def close(self) -> None:
        """Show nothing."""
        self._turn.cancel()
        self._job = self._sight = None
        self._panel.close_document()
        self.changed.emit(None)

    def _open_first(self) -> None:
        for document in self._documents.values():
            if document.status in _READABLE:
                self.go_to(Place(document.id, 1))
                return

    # -- looking up ----------------------------------------------------------------------------

    def _look(self, place: Place) -> None:
        job = self._job = self._desk.look(place)
        job.finished.connect(lambda sight: self._on_sight(job, sight))

    def _on_sight(self, job: Job, sight: Sight) -> None:
        if job is self._job:
            self._job = None
            self._show(sight)

    def _show(self, sight: Sight) -> None:
        document = self._documents.get(sight.place.document_id)
        if document is None:
            return
        self._sight = sight
        self._panel.show_sight(document, sight, self._typed.get(document.id))
        self.changed.emit(document)
        if self._panel.is_locked and document.id not in self._looked_for:
            self._looked_for.add(document.id)
            job = self._desk.password_of(document.id)
            job.finished.connect(lambda kept: self._on_kept(document.id, kept))

    def _turn_to(self, page: int) -> None:
        if self._panel.document is not None:
            self._look(Place(self._panel.document.id, page))

    def _look_again(self, page: int) -> None:
        """Look up the page that is on the screen: another one, or the document has changed."""
        document = self._panel.document
        if document is None or self._job is not None:
            return  # Another page is on its way.
        document = self._documents.get(document.id, document)
        page = min(page, document.pages)  # Of a file that is shorter now.
        place = Place(document.id, page)
        if self._sight is not None and self._sight.place.page == page:
            place = self._sight.place
        self._desk.look(place).finished.connect(self._on_looked_again)

    def _on_looked_again(self, sight: Sight) -> None:
        shown = self._panel.document
        document = self._documents.get(sight.place.document_id)
        if shown is None or document is None or self._job is not None or shown.id != document.id:
            return
        if self._panel.draws(document) and sight.why_not is None:
            self._panel.tell_about(document, sight.page)
            self.changed.emit(document)
        else:
            self._show(sight)

    # -- passwords -----------------------------------------------------------------------------

    def _on_kept(self, document_id: int, password: str | None) -> None:
        if password is not None:
            self._typed[document_id] = password
            self._show_again(document_id)

    def _ask_for_password(self) -> None:
        if self._panel.document is not None:
            self._passwords.want_to_show(self._panel.document)

    def _on_password(self, document: Document, password: str, keep: bool) -> None:
        self._typed[document.id] = password
        if not self._show_again(document.id):
            return
        if self._panel.is_locked:
            del self._typed[document.id]
            self._passwords.want_to_show(document, again=True)
        elif keep:
            self._desk.keep_password(document.id, password).finished.connect(self._on_not_kept)

    def _on_not_kept(self, sentence: str | None) -> None:
        if sentence is not None:
            self.told.emit(sentence, "error")

    def _show_again(self, document_id: int) -> bool:
        """Show the page that is on the screen once more; False if it is another document's."""
        if self._sight is None or self._sight.place.document_id != document_id:
            return False
        self._show(self._sight)
        return True
