"""Passwords of protected documents: known in this process, kept elsewhere only on request."""

from __future__ import annotations

import contextlib
import threading

from docqa.library.system_keyring import KeyringTrouble, SystemKeyring


class Passwords:
    """Passwords by the SHA-256 of what they open. Any thread may use it."""

    def __init__(self, keyring: SystemKeyring | None = None) -> None:
        self._keyring = keyring or SystemKeyring()
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def given(self, sha256: str) -> str | None:
        """The password of a file, if it was given in this process; at once."""
        with self._lock:
            return self._known.get(sha256)

    def of(self, sha256: str) -> str | None:
        """The password of a file, from this process or the keyring, which may take its time."""
        given = self.given(sha256)
        if given is not None:
            return given
        try:
            kept = self._keyring.get(sha256)
        except KeyringTrouble:
            return None
        if kept is not None:
            self.know(sha256, kept)
        return kept

    def know(self, sha256: str, password: str) -> None:
        """Keep the password that opened a file in mind, as long as docqa runs."""
        with self._lock:
            self._known[sha256] = password

    def can_keep(self) -> bool:
        """Whether there is a keyring to keep passwords in; may take its time."""
        return self._keyring.is_there()

    def keep(self, sha256: str, password: str) -> str | None:
        """Put a password into the keyring; if that fails, return a sentence for the person."""
        try:
            self._keyring.set(sha256, password)
        except KeyringTrouble as trouble:
            return (
                f"The password was not kept: the system's keyring {trouble}; "
                "docqa will ask for it again."
            )
        return None

    def forget(self, sha256: str, *, kept: bool) -> None:
        """Forget a password; with ``kept`` also in the keyring, as far as that lets us."""
        with self._lock:
            self._known.pop(sha256, None)
        if kept:
            with contextlib.suppress(KeyringTrouble):
                self._keyring.delete(sha256)
