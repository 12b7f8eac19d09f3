"""Looking up: what is typed into the search field is found at once, and a moment later better."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from docqa.model import UNFINISHED, DocumentSummary, Found
from docqa.ui.chat_panel import ChatPanel
from docqa.ui.desk import Desk
from docqa.ui.found_rows import FoundRow
from docqa.ui.latest import Latest
from docqa.ui.throttle import Throttle
from docqa.ui.words import counted

_TYPING_MS = 40
"""Of letters that are typed faster than this, not every one is looked up."""
_PAUSE_MS = 350
"""After so long without a new letter, meaning is worth looking for."""


class Looking(QObject):
    """What is looked for now. What was found for an earlier text never replaces it."""

    place_wanted = Signal(object)
    document_wanted = Signal(object)

    def __init__(self, desk: Desk, chat: ChatPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._chat = chat
        self._field = chat.search
        self._panel = chat.found
        self._everywhere = False
        self._followed_page = False
        self._former: QWidget | None = None
        self._state: dict[int, int] = {}
        self._by_words = Latest(self)
        self._by_meaning = Latest(self)
        self._look = Throttle(self._look_up, _TYPING_MS, self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._refine)
        self._field.textChanged.connect(self._on_typed)
        self._field.entered.connect(self._show)
        self._field.left.connect(self._give_back)
        self._field.down_wanted.connect(self._panel.list.enter)
        self._field.open_wanted.connect(self._on_enter)
        self._panel.list.left.connect(self._field.setFocus)
        self._panel.list.escaped.connect(self._escape)
        self._panel.list.typed.connect(self._type_on)
        self._panel.list.chosen.connect(self._open)
        self._panel.ask_wanted.connect(self._ask)
        self._panel.everywhere_wanted.connect(self._look_everywhere)
        chat.composer.scope_changed.connect(self._on_scope)

    def focus(self) -> None:
        """Let somebody type what to find; what stands there is replaced by it."""
        former = QApplication.focusWidget()
        if former is not self._field and former is not self._panel.list:
            self._former = former
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()
        self._show()

    def show_documents(self, summaries: Sequence[DocumentSummary]) -> None:
        """What the library has now: look again, and say if some of it is still being read."""
        self._panel.show_library(has_documents=bool(summaries))
        unread = sum(one.document.status in UNFINISHED for one in summaries)
        hint = counted(
            unread,
            self.tr("1 document is still being read, so this may not be all."),
            self.tr("{0} documents are still being read, so this may not be all."),
        )
        self._panel.show_hint(hint if unread else "")
        state = {one.document.id: one.document.passages for one in summaries}
        if self._text and not self._state.keys() <= state.keys():
            self._look()  # What was removed goes at once.
        elif self._text and state != self._state:
            self._pause.start()
        self._state = state

    def flush(self) -> None:
        """Look up at once what waits to be."""
        self._look.flush()

    def hide(self) -> None:
        """Show the conversation again; the text stays for the next time."""
        self._chat.show_found(False)

    @property
    def _text(self) -> str:
        return self._field.text().strip()

    def _scope(self) -> list[int] | None:
        return None if self._everywhere else self._chat.composer.document_ids()

    # -- looking -------------------------------------------------------------------------------

    def _on_typed(self) -> None:
        self._by_words.drop()
        self._by_meaning.drop()
        self._pause.stop()
        if self._text:
            self._look()
            return
        self._look.cancel()
        self._everywhere = False
        self._panel.show_found(Found(""))
        self.hide()

    def _look_up(self) -> None:
        text = self._field.text()
        if not text.strip() or not self._desk.is_open:
            return
        job = self._desk.look_up(text, self._scope())
        self._by_words.follow(job, self._on_found)
        self._pause.start()

    def _on_found(self, found: object) -> None:
        assert isinstance(found, Found)
        self._panel.show_found(found)
        self._show()

    def _refine(self) -> None:
        text = self._field.text()
        if text.strip() and self._desk.is_open:
            job = self._desk.look_up(text, self._scope(), by_meaning=True)
            self._by_meaning.follow(job, self._on_refined)

    def _on_refined(self, found: object) -> None:
        """Show it, unless somebody is choosing: nothing moves under their hands."""
        if not self._panel.list.hasFocus():
            self._on_found(found)

    def _on_scope(self) -> None:
        if self._everywhere and self._followed_page and self._chat.composer.follows_page:
            return  # What was found everywhere stays while one after the other is opened.
        self._everywhere = False
        self._show_scope()
        if self._text:
            self._look()

    def _look_everywhere(self) -> None:
        self._everywhere = True
        self._followed_page = self._chat.composer.follows_page
        self._show_scope()
        self._field.setFocus()
        self._look()

    # -- showing -------------------------------------------------------------------------------

    def _show(self) -> None:
        if self._text and self._desk.is_open:
            self._show_scope()
            self._chat.show_found(True)

    def _show_scope(self) -> None:
        composer = self._chat.composer
        limited = self._scope() is not None
        scope = composer.scope.currentText() if limited else self.tr("All documents")
        self._panel.show_scope(scope, limited=limited)

    # -- what a person does --------------------------------------------------------------------

    def _on_enter(self) -> None:
        self._look.flush()
        if self._by_words.is_waiting:
            return  # What is on the screen is for an earlier text.
        if not self._panel.list.open_first() and self._panel.can_ask:
            self._ask()

    def _open(self, row: FoundRow) -> None:
        self._pause.stop()
        self._by_meaning.drop()  # What was opened stays where it was opened.
        if row.document is not None:
            self.document_wanted.emit(row.document)
        elif row.place is not None:
            self.place_wanted.emit(row.place)

    def _ask(self) -> None:
        """Put the words into the field for questions and ask."""
        text = self._text
        self._field.clear()
        self._chat.composer.field.setPlainText(text)
        self._chat.composer.field.setFocus()
        self._chat.asked.emit(text)

    def _type_on(self, text: str) -> None:
        """Who types while in the list goes on with what is looked for."""
        self._field.setFocus()
        self._field.end(False)
        self._field.insert(text)

    def _escape(self) -> None:
        self._field.clear()
        self._give_back()

    def _give_back(self) -> None:
        former = self._former
        if former is None or not former.isVisible():
            former = self._chat.composer.field
        former.setFocus()
