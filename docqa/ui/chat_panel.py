"""The middle: the search field, then the conversation or what was found, and the composer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from docqa.model import Answer, Note
from docqa.settings import ServerSettings
from docqa.ui.composer import Composer
from docqa.ui.found_panel import FoundPanel
from docqa.ui.search_field import SearchField
from docqa.ui.server_sign import ServerSign
from docqa.ui.theme import Theme
from docqa.ui.turn_view import TurnView
from docqa.ui.welcome import Welcome

_WIDTH = 760
_NEAR_END = 60
_FOUND = 2


class ChatPanel(QFrame):
    """Turns of question and answer, newest at the bottom and in sight while it grows."""

    asked = Signal(str)
    stop_wanted = Signal()
    place_wanted = Signal(object)
    sample_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat")
        self._theme = theme
        self.turns: list[TurnView] = []
        self._earlier: list[Answer] = []
        self._shown_earlier = 0
        self._follow = True
        self.composer = Composer()
        self.composer.asked.connect(self.asked)
        self.composer.stop_wanted.connect(self.stop_wanted)
        self.welcome = Welcome()
        self.welcome.chosen.connect(self.asked)
        self.welcome.sample_wanted.connect(self.sample_wanted)
        self.search = SearchField(theme)
        self.search.setMaximumWidth(_WIDTH)
        self.found = FoundPanel(theme)
        self._scroll = self._make_scroll()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._make_found())
        self.sign = ServerSign()
        inputs = QVBoxLayout()
        inputs.setSpacing(6)
        inputs.addWidget(self.sign)
        inputs.addWidget(self.composer)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(20, 8, 20, 16)
        bottom.addStretch(1)
        bottom.addLayout(inputs, 100)
        bottom.addStretch(1)
        self.composer.setMaximumWidth(_WIDTH)
        self.sign.setMaximumWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_top())
        layout.addWidget(self._stack, 1)
        layout.addLayout(bottom)

    def begin(self, question: str) -> TurnView:
        """A question was asked: show it at once."""
        self.show_found(False)
        turn = self._add_turn(question, len(self.turns))
        turn.show_waiting()
        self._follow = True
        return turn

    def show_history(self, answers: Sequence[Answer]) -> None:
        """Show earlier turns, a few at a time so that the window stays quick."""
        self._earlier = list(answers)
        self._show_more_history()

    def show_suggestions(self, documents: int, notes: Sequence[Note], *, busy: bool) -> None:
        """What the empty chat offers; ``busy``: documents are being read."""
        self.welcome.show_state(documents, notes, busy=busy)

    def show_server(self, server: ServerSettings | None) -> None:
        """Say near the question where it goes, if it leaves this computer."""
        self.sign.show_server(server)
        self.welcome.set_staying(server is None)

    def show_found(self, shown: bool) -> None:
        """Show what was found in the place of the conversation, or the conversation again."""
        if shown:
            self._stack.setCurrentIndex(_FOUND)
        elif self._stack.currentIndex() == _FOUND:
            self._stack.setCurrentWidget(self._scroll if self.turns else self.welcome)

    @property
    def shows_found(self) -> bool:
        """Whether what was found is in the place of the conversation."""
        return self._stack.currentIndex() == _FOUND

    # -- parts ---------------------------------------------------------------------------------

    def _make_top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setContentsMargins(20, 12, 20, 6)
        top.addStretch(1)
        top.addWidget(self.search, 100)
        top.addStretch(1)
        return top

    def _make_found(self) -> QWidget:
        middle = QWidget()
        self.found.setMaximumWidth(_WIDTH)
        row = QHBoxLayout(middle)
        row.setContentsMargins(6, 0, 6, 0)
        row.addStretch(1)
        row.addWidget(self.found, 100)
        row.addStretch(1)
        return middle

    def _make_scroll(self) -> QScrollArea:
        self._list = QWidget()
        self._list.setObjectName("turnList")
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        self._column.addStretch(1)
        inner = QWidget()
        inner.setMaximumWidth(_WIDTH)
        inner.setLayout(self._column)
        row = QHBoxLayout(self._list)
        row.setContentsMargins(20, 16, 20, 0)
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("turns")
        scroll.setAccessibleName(self.tr("Conversation"))
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._list)
        bar = scroll.verticalScrollBar()
        bar.setSingleStep(24)
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_scrolled)
        return scroll

    def _add_turn(self, question: str, place: int) -> TurnView:
        turn = TurnView(question, self._theme)
        turn.place_wanted.connect(self.place_wanted)
        self.turns.insert(place, turn)
        self._column.insertWidget(place, turn)
        if not self.shows_found:
            self._stack.setCurrentWidget(self._scroll)
        return turn

    def _show_more_history(self) -> None:
        if not self._earlier:
            return
        answer = self._earlier.pop(0)
        self._add_turn(answer.question, self._shown_earlier).show_answer(answer)
        self._shown_earlier += 1
        QTimer.singleShot(0, self, self._show_more_history)

    def _on_range(self, _least: int, most: int) -> None:
        if self._follow:
            self._scroll.verticalScrollBar().setValue(most)

    def _on_scrolled(self, value: int) -> None:
        self._follow = value >= self._scroll.verticalScrollBar().maximum() - _NEAR_END
