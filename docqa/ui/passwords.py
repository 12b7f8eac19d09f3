"""Passwords of protected PDFs: asked for one file at a time, and handed on.

They are kept only where a person wants that, and then in the system's keyring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from docqa.model import Document
from docqa.ui.password_dialog import PasswordDialog


@dataclass(frozen=True, slots=True)
class _Question:
    """A password to ask for; ``given`` gets it, and whether to keep it."""

    sentence: str
    given: Callable[[str, bool], None]
    refused: Callable[[], None]


class Passwords(QObject):
    """Asks for the passwords of files, in the order in which they turned out to be protected."""

    given = Signal(str, str, bool)
    """The path of a file to add, the password that may open it, and whether to keep that."""
    unlocked = Signal(object, str, bool)
    """The same for a document of the library that is to be shown."""
    keyring_wanted = Signal()
    """Whether there is a keyring has to be found out: :meth:`show_keyring` is told."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[_Question] = []
        self._tried: set[str] = set()
        self._dialog: PasswordDialog | None = None
        self._can_keep: bool | None = None

    def show_keyring(self, is_there: bool) -> None:
        """Whether there is a keyring to keep passwords in."""
        self._can_keep = is_there
        if self._dialog is not None:
            self._dialog.keep.setVisible(is_there)

    def want(self, path: str) -> None:
        """Ask for the password of a file to add, now or after those that came before it."""
        sentence = self._wrong(path) if path in self._tried else self._sentence(path)

        def give(password: str, keep: bool) -> None:
            self._tried.add(path)
            self.given.emit(path, password, keep)

        self._ask(_Question(sentence, give, lambda: self._tried.discard(path)))

    def want_to_show(self, document: Document, *, again: bool = False) -> None:
        """Ask for the password of a document; ``again``: the last one did not open it."""
        sentence = self._wrong(document.path) if again else self._sentence(document.path)

        def give(password: str, keep: bool) -> None:
            self.unlocked.emit(document, password, keep)

        self._ask(_Question(sentence, give, lambda: None))

    def _sentence(self, path: str) -> str:
        return self.tr('"{0}" is protected. What is its password?').format(Path(path).name)

    def _wrong(self, path: str) -> str:
        return self.tr('The password does not open "{0}"; check it and try again.').format(
            Path(path).name
        )

    def _ask(self, question: _Question) -> None:
        self._waiting.append(question)
        self._ask_next()

    def _ask_next(self) -> None:
        if self._dialog is not None or not self._waiting:
            return
        question = self._waiting.pop(0)
        self._dialog = PasswordDialog(question.sentence, self._window)
        self._dialog.keep.setVisible(bool(self._can_keep))
        self._dialog.accepted.connect(lambda: self._give(question))
        self._dialog.rejected.connect(lambda: self._give_up(question))
        self._dialog.open()
        if self._can_keep is None:
            self.keyring_wanted.emit()

    def _give(self, question: _Question) -> None:
        question.given(*self._end_dialog())
        self._ask_next()

    def _give_up(self, question: _Question) -> None:
        question.refused()
        self._end_dialog()
        self._ask_next()

    def _end_dialog(self) -> tuple[str, bool]:
        """What was typed and whether to keep it; the dialog goes, and what was typed with it."""
        dialog, self._dialog = self._dialog, None
        if dialog is None:
            return "", False
        answer = dialog.take()
        dialog.deleteLater()
        return answer
