"""Waits until files that change are no longer being written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class _Change:
    """Of one file: in which folder, since when it changes, and how it looks since ``quiet_since``.

    ``looks`` are its size and time, None for a file that is gone.
    """

    folder: Path
    first: float
    quiet_since: float
    looks: tuple[int, int] | None


class Settling:
    """Which folders have changes that are over. Times are seconds of any one clock."""

    def __init__(self, quiet: float, patience: float) -> None:
        """A change is over after ``quiet`` seconds in which its file stayed the same.

        Files that keep changing for ``patience`` seconds no longer hold up the others.
        """
        self._quiet = quiet
        self._patience = patience
        self._changes: dict[Path, _Change] = {}

    def note(self, folder: Path, file: Path, now: float) -> None:
        """Something happened to a file of a folder."""
        change = self._changes.get(file)
        if change is None:
            self._changes[file] = _Change(folder, now, now, _looks(file))
        else:
            change.quiet_since = now

    def settled(self, now: float) -> set[Path]:
        """The folders of which all changes are over, or have lasted long; each is told once."""
        for file, change in self._changes.items():
            looks = _looks(file)
            if looks != change.looks:
                change.looks, change.quiet_since = looks, now
        folders = {change.folder for change in self._changes.values()}
        return {folder for folder in folders if self._tell(folder, now)}

    def _tell(self, folder: Path, now: float) -> bool:
        changes = {
            file: change for file, change in self._changes.items() if change.folder == folder
        }
        over = [file for file, one in changes.items() if now - one.quiet_since >= self._quiet]
        lasting = [one for one in changes.values() if now - one.first >= self._patience]
        if len(over) < len(changes) and not lasting:
            return False
        for file in over:
            del self._changes[file]
        for change in lasting:
            change.first = now  # They are told again, when they are over.
        return True


def _looks(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
