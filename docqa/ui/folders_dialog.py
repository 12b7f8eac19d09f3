"""The watched folders as a list: what lies in them, add one, stop watching one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from docqa.model import WatchedFolder
from docqa.ui.tooltips import as_tooltip
from docqa.ui.words import counted

_PATH = int(Qt.ItemDataRole.UserRole)


class FoldersDialog(QDialog):
    """Changes nothing itself: it tells what is wanted, and is shown what became of it."""

    watch_wanted = Signal()
    unwatch_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("foldersDialog")
        self.setWindowTitle(self.tr("Watched folders"))
        explanation = _label(
            self.tr(
                "PDFs that come into these folders are added by themselves while docqa is open, "
                "and once when it starts."
            )
        )
        explanation.setProperty("role", "muted")
        self.list = QListWidget()
        self.list.setObjectName("folders")
        self.list.setAccessibleName(self.tr("Watched folders"))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._show_state)
        empty = _label(self.tr("No folder is watched."))
        empty.setProperty("role", "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._stack.addWidget(self.list)
        self.watch = self._button(self.tr("Watch a folder …"))
        self.watch.clicked.connect(self.watch_wanted)
        self.unwatch = self._button(self.tr("Stop watching"))
        self.unwatch.clicked.connect(self._unwatch_current)
        close = self._button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.watch)
        buttons.addWidget(self.unwatch)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addWidget(explanation)
        layout.addWidget(self._stack, 1)
        layout.addLayout(buttons)
        self.resize(520, 320)
        self._show_state()

    def show_folders(self, folders: Sequence[WatchedFolder]) -> None:
        """Show the folders; the one that was chosen stays so."""
        chosen = self._chosen()
        self.list.clear()
        for folder in folders:
            item = QListWidgetItem(f"{folder.path}\n{self._holds(folder)}")
            item.setData(_PATH, folder.path)
            item.setToolTip(as_tooltip(folder.path))
            self.list.addItem(item)
            if folder.path == chosen:
                self.list.setCurrentItem(item)
        self._show_state()

    def _holds(self, folder: WatchedFolder) -> str:
        held = counted(folder.documents, self.tr("1 document"), self.tr("{0} documents"))
        if not folder.missing:
            return held
        missing = counted(
            folder.missing, self.tr("1 file is not there"), self.tr("{0} files are not there")
        )
        return f"{held} · {missing}"

    def _chosen(self) -> str | None:
        item = self.list.currentItem()
        return None if item is None else str(item.data(_PATH))

    def _unwatch_current(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.unwatch_wanted.emit(Path(chosen))

    def _show_state(self) -> None:
        self._stack.setCurrentIndex(int(self.list.count() > 0))
        self.unwatch.setEnabled(self._chosen() is not None)

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        return button


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
