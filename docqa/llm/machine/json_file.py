"""A small JSON file that several processes read and change; what cannot be kept is forgotten."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock

_PATIENCE = 5.0
"""Seconds to wait for another process that writes, which takes it some milliseconds."""


class JsonFile:
    """One value in a file. Whoever uses it can do without: nothing here raises an error."""

    def __init__(self, path: Path) -> None:
        """Nothing is made before the first change."""
        self._path = path

    def read(self) -> Any:
        """The value, or None where there is none that can be read."""
        with contextlib.suppress(OSError, ValueError, RecursionError):
            return json.loads(self._path.read_text("utf-8"))
        return None

    def change(self, change: Callable[[Any], Any]) -> None:
        """Replace the value by what ``change`` makes of it, while no other process changes it.

        Where the file cannot be locked or written, it stays as it is.
        """
        with contextlib.suppress(OSError):  # A lock that does not come in time is one, too.
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._path.with_name(f"{self._path.name}.lock")
            with filelock.FileLock(lock, timeout=_PATIENCE):
                self._write(change(self.read()))

    def _write(self, value: Any) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            with fresh.open("w", encoding="utf-8") as text:
                json.dump(value, text, indent=1)
                text.flush()
                os.fsync(text.fileno())  # A graphics card may take the whole computer down.
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)
