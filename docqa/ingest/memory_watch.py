"""Ends a process that takes more memory than it may, from outside."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType
from typing import Self

import psutil

_SECONDS = 0.1
"""Between two looks: at a gigabyte a second, as fast as memory is filled here, 0.1 GB more."""


class MemoryWatch:
    """While entered, kills the process as soon as ``most`` bytes are resident.

    The limit on address space that a reader sets for itself comes first where there is one;
    Windows has none, and macOS does not keep to it.
    """

    def __init__(self, pid: int | None, most: int) -> None:
        """``pid`` None: there is nothing to watch."""
        self._pid = pid
        self._most = most
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)
        self.exceeded = False

    def __enter__(self) -> Self:
        if self._pid is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._pid is not None:
            self._thread.join()

    def _watch(self) -> None:
        with contextlib.suppress(psutil.Error):  # It has ended.
            process = psutil.Process(self._pid)
            while not self._over.wait(_SECONDS):
                if process.memory_info().rss > self._most:
                    self.exceeded = True
                    process.kill()
                    return
