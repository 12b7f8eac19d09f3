"""Watched folders: looked through when the window opens and whenever something changes in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from docqa.model import WatchedFolder
from docqa.ui.adding import Adding
from docqa.ui.desk import Desk
from docqa.ui.message_bar import MessageBar
from docqa.ui.workers import Job

if TYPE_CHECKING:
    from docqa.library.watching import Watcher


class Folders(QObject):
    """The watcher of this window, and at most one rescan under way."""

    read = Signal(object)
    """The watched folders, after each change."""
    told = Signal(str, str)
    _changed = Signal(object)
    """Folders to look through; comes from the watcher's own thread."""

    def __init__(
        self, desk: Desk, adding: Adding, bar: MessageBar, parent: QObject | None = None
    ) -> None:
        """``bar`` is where a folder that is added is offered to be watched."""
        super().__init__(parent)
        self.watched: tuple[WatchedFolder, ...] = ()
        self._desk = desk
        self._adding = adding
        self._bar = bar
        self._offered: Path | None = None
        self._watcher: Watcher | None = None
        self._paths: tuple[str, ...] | None = None
        self._rescan: Job | None = None
        self._waiting: list[Path] = []
        self._changed.connect(self._look_through)
        bar.action_wanted.connect(self._take_offer)

    def start(self) -> None:
        """The workspace is open to write: look through the folders once, then watch them."""
        self._read()

    def stop(self) -> None:
        """Watch nothing any more; returns when the watcher's threads have ended."""
        watcher, self._watcher = self._watcher, None
        self._paths = None
        if watcher is not None:
            watcher.close()

    def offer(self, folder: Path) -> None:
        """A folder was added: ask whether to go on watching it, in the way of nothing."""
        if self.is_watched(folder):
            return
        self._offered = folder
        self._bar.tell(
            self.tr("Shall PDFs that come into {0} later be added by themselves?").format(
                folder.name or folder
            ),
            "calm",
            self.tr("Watch this folder"),
        )

    def is_watched(self, folder: Path) -> bool:
        """Whether a folder is watched, by itself or as a part of another."""
        own = {folder, *folder.parents}
        return any(Path(one.path) in own for one in self.watched)

    def watch(self, folder: Path) -> None:
        """Take the PDFs of a folder in, now and whenever there are new ones."""
        job = self._desk.watch(folder)
        job.finished.connect(self._on_new)

    def unwatch(self, folder: Path) -> None:
        """Watch a folder no longer; its documents stay."""
        self._desk.unwatch(folder).finished.connect(lambda _: self._read())

    def _take_offer(self) -> None:
        self._bar.hide()
        if self._offered is not None and self._desk.is_open:
            self.watch(self._offered)

    def _on_new(self, folder: Path) -> None:
        self.told.emit(
            self.tr("{0} is watched: new PDFs in it are added by themselves.").format(folder.name),
            "info",
        )
        self._read()

    def _read(self) -> None:
        self._desk.watched().finished.connect(self._on_read)

    def _on_read(self, watched: list[WatchedFolder]) -> None:
        before, self.watched = self._paths, tuple(watched)
        after = tuple(one.path for one in watched)
        if after != before:
            self._watch(after)
            new = set(after) - set(before or ())
            if new:
                self._look_through([Path(path) for path in after if path in new])
        self.read.emit(self.watched)

    def _watch(self, paths: tuple[str, ...]) -> None:
        self.stop()
        self._paths = paths
        if paths:
            # Imported here: what it needs loads slowly, and most people watch nothing.
            from docqa.library.watching import Watcher

            self._watcher = Watcher([Path(path) for path in paths], self._changed.emit)

    def _look_through(self, folders: list[Path]) -> None:
        """Rescan folders, after the rescan that is under way."""
        self._waiting += [folder for folder in folders if folder not in self._waiting]
        if self._rescan is None and self._waiting and self._desk.is_open:
            folders, self._waiting = self._waiting, []
            self._rescan = self._adding.rescan(folders)
            self._rescan.ended.connect(self._on_rescanned)

    def _on_rescanned(self) -> None:
        self._rescan = None
        if self._waiting:
            self._look_through([])
        else:
            self._read()  # How many documents they hold.
