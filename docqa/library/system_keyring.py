"""The system's keyring, where a password stays if the person wants that; it may not be there."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

_SERVICE = "docqa"
_PATIENCE_SECONDS = 60.0
"""A keyring may first ask the person to unlock it. Nobody waits longer for one that hangs."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class KeyringTrouble(Exception):
    """The keyring is missing, locked or failing: what it does, in a few words."""


class SystemKeyring:
    """Keeps secrets by name. May wait for the person: do not call it on a window's main thread."""

    def __init__(self, patience: float = _PATIENCE_SECONDS) -> None:
        """``patience`` in seconds; a keyring that did not answer in time is not asked again."""
        self._patience = patience
        self._hangs = False

    def is_there(self) -> bool:
        """Whether there is a keyring on this computer at all; it may be locked."""

        def ask() -> bool:
            import keyring

            return float(getattr(keyring.get_keyring(), "priority", 0)) > 0

        try:
            return self._ask(ask)
        except KeyringTrouble:
            return False

    def get(self, name: str) -> str | None:
        """The secret of that name, None if there is none; raises KeyringTrouble."""

        def ask() -> str | None:
            import keyring

            secret: str | None = keyring.get_password(_SERVICE, name)
            return secret

        return self._ask(ask)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret; raises KeyringTrouble."""

        def ask() -> None:
            import keyring

            keyring.set_password(_SERVICE, name, secret)

        self._ask(ask)

    def delete(self, name: str) -> None:
        """Forget a secret, if there is one of that name; raises KeyringTrouble."""

        def ask() -> None:
            import keyring

            if keyring.get_password(_SERVICE, name) is not None:
                keyring.delete_password(_SERVICE, name)

        self._ask(ask)

    def _ask(self, question: Callable[[], _Result]) -> _Result:
        """Ask on a thread of its own, which is left behind if it hangs."""
        if self._hangs:
            raise KeyringTrouble("does not answer")
        answers: queue.SimpleQueue[tuple[_Result | None, Exception | None]] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put((question(), None))
            except Exception as error:  # Each of the many backends has errors of its own.
                answers.put((None, error))

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        try:
            answer, error = answers.get(timeout=self._patience)
        except queue.Empty:
            self._hangs = True
            raise KeyringTrouble("does not answer") from None
        if error is not None:
            _log.info("no keyring: %s", type(error).__name__)
            raise KeyringTrouble(_words(error)) from error
        return answer  # type: ignore[return-value]


def _words(error: Exception) -> str:
    """Why it failed; what the error says may be anything, so only its kind counts."""
    kind = type(error).__name__
    if isinstance(error, ImportError):
        return "is not installed"
    return {
        "NoKeyringError": "is missing on this computer",
        "KeyringLocked": "is locked",
        "InitError": "cannot be opened",
    }.get(kind, "refuses")
