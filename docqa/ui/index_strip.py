"""The strip that says that passages are being indexed anew, while all is found by its words."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from docqa.model import Embedding, Rebuilding
from docqa.ui.labels import ElidedLabel, WrappedLabel
from docqa.ui.tooltips import as_tooltip


class IndexStrip(QFrame):
    """Only there while there is something to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("indexStrip")
        self._title = ElidedLabel()
        self._title.setProperty("role", "title")
        self._what = WrappedLabel()
        self._what.setProperty("role", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(6)
        for widget in (self._title, self._what, self._bar):
            layout.addWidget(widget)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; nothing while it is hidden."""
        return "" if self.isHidden() else f"{self._title.text()}\n{self._what.text()}"

    def show_progress(self, event: Rebuilding | Embedding) -> None:
        """Say how far it is, and what can be found meanwhile."""
        if isinstance(event, Rebuilding):
            title = self.tr("Making the index anew")
            what = self.tr("{0} of {1} passages and notes. Meanwhile words find everything.")
        else:
            title = self.tr("Indexing by {0}").format(event.model)
            what = self.tr("{0} of {1} passages. Meanwhile everything is found as before.")
        self._title.setText(title)
        self._title.setToolTip(as_tooltip(title))
        self._what.setText(what.format(f"{event.done:,}", f"{event.total:,}"))
        self._bar.setRange(0, max(1, event.total))
        self._bar.setValue(event.done)
        self.show()
        self._what.wrap()
