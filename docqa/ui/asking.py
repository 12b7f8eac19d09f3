"""Asking: one question at a time, streamed into its turn, stopped at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from docqa.model import Answer, Delta
from docqa.ui.chat_panel import ChatPanel
from docqa.ui.desk import Desk
from docqa.ui.turn_view import TurnView
from docqa.ui.workers import Job


class Asking(QObject):
    """The answer on its way, if there is one."""

    answering = Signal(bool)

    def __init__(self, desk: Desk, chat: ChatPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._chat = chat
        self._job: Job | None = None
        self._turn: TurnView | None = None
        chat.asked.connect(self.ask)
        chat.stop_wanted.connect(self.stop)

    @property
    def is_answering(self) -> bool:
        """Whether an answer is on its way."""
        return self._job is not None

    def ask(self, question: str) -> None:
        """Ask about the documents in scope; nothing happens while another answer is coming."""
        question = question.strip()
        if self._job is not None or not question or not self._desk.is_open:
            return
        self._turn = self._chat.begin(question)
        job = self._job = self._desk.ask(question, self._chat.composer.document_ids())
        job.yielded.connect(lambda event: self._on_event(job, event))
        job.failed.connect(lambda sentence: self._on_failed(job, sentence))
        job.crashed.connect(lambda report: self._on_crashed(job, report))
        job.cancelled.connect(lambda: self._on_cancelled(job))
        job.ended.connect(lambda: self._end(job))
        self._chat.composer.clear()
        self._show(True)

    def stop(self) -> None:
        """Stop at once: the order goes out directly, and nothing that comes later is shown."""
        if self._job is None or self._turn is None:
            return
        self._job.stop()
        self._turn.show_stopped()
        self._end(self._job)

    def copy_last(self) -> None:
        """Copy the last answer with its sources."""
        for turn in reversed(self._chat.turns):
            if turn.answer is not None:
                turn.copy()
                return

    def _on_event(self, job: Job, event: object) -> None:
        if job is not self._job or self._turn is None:
            return
        if isinstance(event, Delta):
            self._turn.append(event.text)
        elif isinstance(event, Answer):
            self._turn.show_answer(event)

    def _on_failed(self, job: Job, sentence: str) -> None:
        if job is self._job and self._turn is not None:
            self._turn.show_failed(sentence)

    def _on_crashed(self, job: Job, report: str) -> None:
        self._on_failed(job, self.tr("A mistake in docqa prevented the answer."))
        self._desk.crashed.emit(report)

    def _on_cancelled(self, job: Job) -> None:
        if job is self._job and self._turn is not None:
            self._turn.show_stopped()

    def _end(self, job: Job) -> None:
        if job is self._job:
            self._job = self._turn = None
            self._show(False)

    def _show(self, answering: bool) -> None:
        self._chat.composer.set_answering(answering)
        self.answering.emit(answering)
