"""Bugs: what a crash report says (never document text), and the dialog that shows it."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

import PySide6
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from docqa.crash import report_text


def report(error: BaseException) -> str:
    """Where a bug happened; the messages of exceptions are left out, they may quote a document."""
    return f"PySide6 {PySide6.__version__}\n{report_text(error)}"


class CrashHooks(QObject):
    """Turns uncaught exceptions of any thread into the signal ``crashed`` with a report."""

    crashed = Signal(str)

    def install(self) -> None:
        """Replace Python's hooks until :meth:`remove`."""
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Give Python its hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        self.crashed.emit(report(error.with_traceback(trace)))

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.crashed.emit(report(arguments.exc_value))


class CrashDialog(QDialog):
    """Says that docqa has a bug, shows the report and copies it; the window can go on."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong in docqa"))
        self.resize(620, 380)
        explanation = QLabel(
            self.tr(
                "This is a mistake in docqa, not yours, and your documents are safe. "
                "The report below holds no text of your documents."
            )
        )
        explanation.setWordWrap(True)
        self._text = QPlainTextEdit(text)
        self._text.setReadOnly(True)
        self._text.setAccessibleName(self.tr("Crash report"))
        buttons = QDialogButtonBox()
        copy = buttons.addButton(self.tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        copy.setAccessibleName(self.tr("Copy report"))
        close.setAccessibleName(self.tr("Close"))
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(explanation)
        layout.addWidget(self._text)
        layout.addWidget(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
