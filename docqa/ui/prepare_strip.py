"""The strip under the library: the Prepare overnight button and what preparation is doing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from docqa.model import Prepared, PrepareProgress
from docqa.ui.labels import ElidedLabel
from docqa.ui.tooltips import as_tooltip


class PrepareStrip(QFrame):
    """Idle, working or stopping; it only tells, the work is somebody else's."""

    start_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("prepareStrip")
        self.is_working = False
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
        self._what.setText(
            outcome or self.tr("docqa reads your documents and checks answers to what you may ask.")
        )
        self._latest.setText("")
        self._bar.hide()
        self._latest.hide()
        self._set_button(self.tr("Prepare overnight"), primary=True)

    def show_starting(self) -> None:
        """The button was pressed; the first step is not done yet."""
        self.is_working = True
        self._title.setText(self.tr("Preparing"))
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
        words.append(self.tr("{0} notes kept").format(event.verified))
        if event.rejected:
            words.append(self.tr("{0} rejected").format(event.rejected))
        if event.seconds_left is not None:
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
        kept = self.tr("{0} notes kept, {1} rejected.").format(event.verified, event.rejected)
        if event.stopped == "complete":
            return self.tr("Everything is prepared.") + " " + kept
        return kept + " " + self.tr("{0} steps are left for next time.").format(event.steps.pending)

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
