"""The strip under the library: the Prepare overnight button and what preparation is doing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from docqa.model import DocumentSummary, Prepared, PrepareProgress
from docqa.ui.labels import ElidedLabel
from docqa.ui.tooltips import as_tooltip
from docqa.ui.words import counted

_STEPS_TO_ESTIMATE = 3
"""Before that many steps the time left would jump."""


class PrepareStrip(QFrame):
    """Idle, working or stopping; it only tells, the work is somebody else's."""

    start_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("prepareStrip")
        self.is_working = False
        self._can_start = False
        self._steps_seen = 0
        self._title = ElidedLabel()
        self._title.setProperty("role", "title")
        self._what = QLabel()
        self._what.setProperty("role", "small")
        self._what.setTextFormat(Qt.TextFormat.PlainText)
        self._what.setWordWrap(True)
        self._latest = ElidedLabel()
        self._latest.setProperty("role", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of preparation"))
        self.button = QPushButton()
        self.button.setToolTip(self.tr("Until 7 in the morning at the latest; stop it at any time"))
        self.button.clicked.connect(self._on_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(7)
        for widget in (self._title, self._what, self._bar, self._latest, self.button):
            layout.addWidget(widget)
        self.show_idle("")

    def text(self) -> str:
        """Everything the strip says, for a screen reader and for tests."""
        return "\n".join(
            label.text() for label in (self._title, self._what, self._latest) if label.text()
        )

    def show_idle(self, outcome: str) -> None:
        """Nothing runs; ``outcome`` says what the last run brought."""
        self.is_working = False
        self._title.setText(self.tr("While you are away"))
        self._title.setToolTip("")
        self.show_outcome(outcome)
        self._latest.setText("")
        self._bar.hide()
        self._latest.hide()
        self._set_button(self.tr("Prepare overnight"), primary=True)
        self.button.setEnabled(self._can_start)

    def set_startable(self, can_start: bool) -> None:
        """Whether there is anything to prepare, and anybody may."""
        self._can_start = can_start
        if not self.is_working:
            self.button.setEnabled(can_start)

    def show_outcome(self, outcome: str) -> None:
        """What there is, or what preparing is good for; only while nothing runs."""
        self._what.setText(
            outcome or self.tr("docqa reads your documents and checks answers to what you may ask.")
        )

    def show_starting(self) -> None:
        """The button was pressed; the first step is not done yet."""
        self.is_working = True
        self._title.setText(self.tr("Preparing"))
        self._steps_seen = 0
        self._what.setText(self.tr("Getting ready …"))
        self._bar.setRange(0, 0)
        self._bar.show()
        self._set_button(self.tr("Stop preparing"), primary=False)

    def show_stopping(self) -> None:
        """Stop was pressed; what is done is kept."""
        self._what.setText(self.tr("Stopping; what is done is kept."))
        self.button.setEnabled(False)

    def show_progress(self, event: PrepareProgress) -> None:
        """One more step is done."""
        steps = event.steps
        total = steps.done + steps.failed + steps.pending
        self._title.setText(self.tr("Preparing: {0}").format(event.document))
        self._title.setToolTip(as_tooltip(event.document))
        words = [self.tr("{0} of {1} steps").format(steps.done + steps.failed, total)]
        words.append(self._kept(event.verified))
        if event.rejected:
            words.append(self.tr("{0} rejected").format(event.rejected))
        self._steps_seen += 1
        if event.seconds_left is not None and self._steps_seen >= _STEPS_TO_ESTIMATE:
            words.append(self._left(event.seconds_left))
        self._what.setText(
            "\N{NO-BREAK SPACE}· ".join(word.replace(" ", "\N{NO-BREAK SPACE}") for word in words)
        )
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(steps.done + steps.failed)
        question = next(
            (note.question for note in event.notes if note.status == "verified" and note.question),
            None,
        )
        if question:
            self._latest.setText(self.tr("Latest: {0}").format(question))
            self._latest.setToolTip(as_tooltip(question))
            self._latest.show()

    def outcome(self, event: Prepared) -> str:
        """What a finished (or stopped) preparation brought, in words."""
        rejected = self.tr("{0} rejected").format(event.rejected)
        kept = f"{self._kept(event.verified)}, {rejected}."
        if event.stopped == "complete":
            return self.tr("Everything is prepared.") + " " + kept
        left = counted(
            event.steps.pending,
            self.tr("1 step is left for next time."),
            self.tr("{0} steps are left for next time."),
        )
        return f"{kept} {left}"

    def standing(self, summaries: Sequence[DocumentSummary]) -> str:
        """What there is of all preparations so far, in words; nothing if there is nothing."""
        kept = sum(sum(summary.notes.values()) for summary in summaries)
        passages = sum(summary.document.passages for summary in summaries)
        prepared = sum(summary.prepared * summary.document.passages for summary in summaries)
        if not passages or not (kept or prepared):
            return ""
        # Rounded down: not everything is prepared as long as anything is missing.
        share = int(100 * prepared / passages)
        state = self.tr("{0} % prepared").format(share)
        if share == 100:
            state = self.tr("everything is prepared")
        return f"{self._kept(kept)} · {state}"

    def _kept(self, number: int) -> str:
        return counted(number, self.tr("1 note kept"), self.tr("{0} notes kept"))

    def _left(self, seconds: float) -> str:
        minutes = seconds / 60
        if minutes < 1:
            return self.tr("less than a minute left")
        if minutes < 90:
            return self.tr("about {0} min left").format(round(minutes))
        return self.tr("about {0} h left").format(round(minutes / 60))

    def _set_button(self, text: str, *, primary: bool) -> None:
        self.button.setEnabled(True)
        self.button.setText(text)
        self.button.setAccessibleName(text)
        self.button.setProperty("role", "primary" if primary else "")
        self.button.style().unpolish(self.button)
        self.button.style().polish(self.button)

    def _on_button(self) -> None:
        if self.is_working:
            self.stop_wanted.emit()
        else:
            self.start_wanted.emit()
