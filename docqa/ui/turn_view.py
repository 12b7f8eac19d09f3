"""One turn of the chat: the question, the answer, and how it came about."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from docqa.model import Answer
from docqa.ui import answer_text
from docqa.ui.answer_view import AnswerView
from docqa.ui.labels import ElidedLabel, WrappedLabel
from docqa.ui.theme import Theme

_QUESTION_SHOWN = 1000


class TurnView(QWidget):
    """Waiting, streaming, and then answered, stopped or failed."""

    place_wanted = Signal(object)

    def __init__(self, question: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        short = question if len(question) <= _QUESTION_SHOWN else question[:_QUESTION_SHOWN] + " …"
        self._question = WrappedLabel(short)
        self._question.setProperty("role", "question")
        self._question.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.answer_view = AnswerView(theme)
        self.answer_view.setMinimumWidth(1)
        self.answer_view.place_wanted.connect(self.place_wanted)
        self._badge = QLabel()
        self._badge.setProperty("role", "badge")
        self._badge.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self._costs = ElidedLabel()
        self._costs.setProperty("role", "small")
        self._copy = QToolButton()
        self._copy.setText(self.tr("Copy"))
        self._copy.setAccessibleName(self.tr("Copy the answer with its sources"))
        self._copy.setToolTip(self._copy.accessibleName())
        self._copy.setProperty("role", "quiet")
        self._copy.clicked.connect(self.copy)
        foot = self._foot = QGridLayout()
        foot.setHorizontalSpacing(10)
        foot.setVerticalSpacing(6)
        foot.setColumnStretch(1, 1)
        foot.addWidget(self._badge, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self._costs, 0, 1)
        foot.addWidget(self._copy, 0, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 14)
        layout.setSpacing(9)
        layout.addWidget(self._question)
        layout.addWidget(self.answer_view)
        layout.addLayout(foot)
        self._show_foot("", "", copy=False)

    @property
    def answer(self) -> Answer | None:
        """The whole answer, once it is there."""
        return self.answer_view.answer

    def show_waiting(self) -> None:
        """The question was asked; nothing came yet."""
        self.answer_view.show_sentence(self.tr("Looking through your documents …"))

    def append(self, text: str) -> None:
        """Some more text of the answer."""
        self.answer_view.append(text)

    def show_answer(self, answer: Answer) -> None:
        """The whole answer."""
        self.answer_view.show_answer(answer)
        self._show_foot(answer_text.badge(answer), answer_text.costs(answer), copy=True)
        if not answer.found:
            self._badge.setProperty("tone", "warning")
            self._badge.style().polish(self._badge)

    def show_stopped(self) -> None:
        """A person stopped it."""
        self.answer_view.show_stopped()
        self._show_foot(self.tr("stopped"), "", copy=False)

    def show_failed(self, sentence: str) -> None:
        """It could not be answered."""
        self.answer_view.show_sentence(sentence)
        self._show_foot(self.tr("not answered"), "", copy=False)

    def copy(self) -> None:
        """Put the answer with its sources on the clipboard."""
        if self.answer is not None:
            QGuiApplication.clipboard().setText(answer_text.to_copy(self.answer))

    def _show_foot(self, badge: str, costs: str, *, copy: bool) -> None:
        self._badge.setText(badge)
        self._badge.setVisible(bool(badge))
        self._costs.setText(costs)
        self._copy.setVisible(copy)
        self._place_costs()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the costs a line of their own where there is no room beside the badge."""
        super().resizeEvent(event)
        self._place_costs()

    def _place_costs(self) -> None:
        beside = self.width() - self._badge.sizeHint().width() - self._copy.sizeHint().width()
        beside -= 2 * self._foot.horizontalSpacing()
        needed = self._costs.fontMetrics().horizontalAdvance(self._costs.text())
        self._foot.removeWidget(self._costs)
        if needed <= beside:
            self._foot.addWidget(self._costs, 0, 1)
        else:
            self._foot.addWidget(self._costs, 1, 0, 1, 3)
