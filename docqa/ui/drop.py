"""Files dropped on the window: which of them can be added, and a hint while they hover."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget


def dropped_paths(data: QMimeData) -> list[Path]:
    """Local files and folders in a drop, resolved."""
    return [Path(url.toLocalFile()).resolve() for url in data.urls() if url.isLocalFile()]


class DropHint(QLabel):
    """Covers a widget while files hover over it."""

    def __init__(self, covered: QWidget) -> None:
        super().__init__(covered)
        self._covered = covered
        self.setObjectName("dropHint")
        self.setText(self.tr("Drop to add to the library"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        covered.installEventFilter(self)
        self.hide()

    def appear(self) -> None:
        """Cover the widget."""
        self.setGeometry(self._covered.rect().adjusted(10, 10, -10, -10))
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the covered widget's size."""
        if watched is self._covered and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._covered.rect().adjusted(10, 10, -10, -10))
        return False
