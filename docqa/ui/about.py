"""Help and About: two short texts, shown without blocking the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from docqa import __version__
from docqa.settings import ServerSettings
from docqa.ui.actions import Actions


def _tr(text: str) -> str:
    return QCoreApplication.translate("About", text)


def help_text(actions: Actions) -> tuple[str, str]:
    """Title and text: how it works, and the shortcuts."""
    lines = [
        _tr("Drop PDFs anywhere in the window, then ask in the field below the chat."),
        "",
        _tr("A number in an answer is a source: click it, and the page opens with the quote."),
        _tr("A sentence marked “no source” is not supported by any passage found."),
        "",
        _tr("Prepare overnight: docqa writes likely questions with checked answers in advance."),
        "",
        *(f"{keys}:  {what}" for keys, what in actions.shortcuts()),
    ]
    return _tr("How docqa works"), "\n".join(lines)


def about_text(*, is_open: bool, server: ServerSettings | None) -> tuple[str, str]:
    """Title and text: what it is, where answers are written (once open), under which licence."""
    paragraphs = (
        _tr("Ask your PDFs, on your own computer, with answers prepared while you sleep."),
        *((_where(server),) if is_open else ()),
        _tr("Apache License 2.0. Made with Qt (LGPL), llama.cpp, FAISS and SQLite."),
    )
    return f"docqa {__version__}", "\n\n".join(paragraphs)


def _where(server: ServerSettings | None) -> str:
    if server is None:
        return _tr("No document, question or answer leaves this computer.")
    return _tr("Questions, and the text they are about, go to your server at {0}.").format(
        server.host
    )


def show_text(parent: QWidget, text: tuple[str, str]) -> None:
    """Show a title and a text in a box of its own."""
    title, body = text
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setText(title)
    box.setInformativeText(body)
    button = box.addButton(QMessageBox.StandardButton.Close)
    button.setAccessibleName(button.text())
    box.open()
