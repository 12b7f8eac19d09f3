"""Notices that something changed in watched folders, and says which want another look."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docqa.ingest.files import is_folder, is_pdf_name
from docqa.library.settling import Settling

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

_log = logging.getLogger(__name__)

_TELLING = frozenset({"created", "modified", "moved", "deleted", "closed"})
"""Kinds of events after which a file may be another; reading a file causes others."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a watcher waits, in seconds.

    ``quiet``: a file whose looks have not changed for so long is no longer being written;
    ``patience``: after so long a folder is told although files in it are still being written.
    ``unwatched``: between two looks at folders of which the system tells nothing, such as those on
    other computers; ``every``: between two looks at all the others, should an event get lost.
    """

    quiet: float = 2.0
    patience: float = 60.0
    unwatched: float = 60.0
    every: float = 900.0


class Watcher:
    """Watches folders, from its making until :meth:`close`."""

    def __init__(
        self,
        folders: Sequence[Path],
        on_change: Callable[[list[Path]], None],
        pace: Pace | None = None,
    ) -> None:
        """``on_change`` gets folders to rescan, on the watcher's own thread; it must not raise.

        It gets all of them at first, as soon as nothing can be missed any more; then some seconds
        after a PDF came, changed, moved or went, when it is no longer being written; and every few
        minutes, because not every disk tells. Nothing is raised: a folder that is away now is
        watched from when it is there.
        """
        self._folders = list(folders)
        self._on_change = on_change
        self._pace = pace or Pace()
        self._changes: queue.SimpleQueue[tuple[Path, Path] | None] = queue.SimpleQueue()
        self._observers: dict[Path, BaseObserver] = {}
        self._numbers: dict[Path, tuple[int, int] | None] = {}
        """What was observed under the name of each folder."""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; returns when ``on_change`` is not and will not be called any more."""
        self._closed.set()
        self._changes.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._watch()
        finally:
            for observer in self._observers.values():
                observer.stop()
            for observer in self._observers.values():
                observer.join()

    def _watch(self) -> None:
        self._observe()
        settling = Settling(self._pace.quiet, self._pace.patience)
        looks = _Looks(self._pace, self._folders)
        while not self._closed.is_set():
            now = time.monotonic()
            changed = {*settling.settled(now), *looks.due(now, self._observers)}
            if changed:
                self._observe()  # One may have gone, come back, or been made anew.
                self._on_change([folder for folder in self._folders if folder in changed])
            self._take_in(settling)

    def _take_in(self, settling: Settling) -> None:
        """Hand on the changes of a moment: the files of all are looked at only after it."""
        until = time.monotonic() + self._pace.quiet / 4
        with contextlib.suppress(queue.Empty):
            while (left := until - time.monotonic()) > 0:
                change = self._changes.get(timeout=left)
                if change is None:
                    return
                settling.note(*change, time.monotonic())

    def _observe(self) -> None:
        """Let the system tell of changes in each folder, where it can."""
        for folder in self._folders:
            observer = self._observers.get(folder)
            now = _number(folder)
            if observer is not None and _is_at_work(observer) and now == self._numbers[folder]:
                continue
            if observer is not None:
                observer.stop()
                observer.join()
                del self._observers[folder]
            if is_folder(folder):
                started = _observer(folder, self._changes)
                if started is not None:
                    self._observers[folder] = started
                    self._numbers[folder] = now


class _Looks:
    """When folders are due for a look without an event."""

    def __init__(self, pace: Pace, folders: Sequence[Path]) -> None:
        self._pace = pace
        self._last = dict.fromkeys(folders, -math.inf)

    def due(self, now: float, observed: Container[Path]) -> list[Path]:
        """The folders to look at now; ``observed`` are those of which the system tells."""
        found = []
        for folder, last in self._last.items():
            wait = self._pace.every if folder in observed else self._pace.unwatched
            if now - last >= wait:
                self._last[folder] = now
                found.append(folder)
        return found


def _observer(
    folder: Path, changes: queue.SimpleQueue[tuple[Path, Path] | None]
) -> BaseObserver | None:
    """Start to observe a folder; None where the system cannot (too many folders, another disk)."""
    try:
        from watchdog.events import FileSystemEventHandler
        from watchdog.observers import Observer
    except ImportError:
        return None

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            for file in _told(event, folder):
                changes.put((folder, file))

    observer = Observer()
    try:
        observer.schedule(Handler(), str(folder), recursive=True)
        observer.start()
    except Exception as error:  # OSError mostly; each system has its own.
        _log.info("a folder is looked at now and then only: %s", type(error).__name__)
        observer.unschedule_all()
        return None
    return observer


def _is_at_work(observer: BaseObserver) -> bool:
    """Whether it still observes; what observes a folder ends with that."""
    return observer.is_alive() and all(emitter.is_alive() for emitter in observer.emitters)


def _number(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one of the same name; None if there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _told(event: FileSystemEvent, folder: Path) -> list[Path]:
    """The PDFs and folders in ``folder`` that an event is about."""
    if event.event_type not in _TELLING:
        return []
    if event.is_directory and event.event_type == "modified":
        return []  # Something in it changed, which is told by itself.
    paths = [Path(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path]
    return [path for path in paths if _counts(path, folder, event.is_directory)]


def _counts(path: Path, folder: Path, is_directory: bool) -> bool:
    try:
        parts = path.relative_to(folder).parts
    except ValueError:
        return False
    if any(part.startswith(".") for part in parts):
        return False
    return is_directory or is_pdf_name(path.name)
