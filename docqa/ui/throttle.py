"""Calls a function at once and then at most once per interval, always with the latest arguments."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

_STRETCH = 3
"""A slow function is called so seldom that it takes at most a quarter of the time."""


class Throttle(QObject):
    """A callable in front of ``function``; the last call is never lost, only delayed."""

    def __init__(
        self, function: Callable[..., object], milliseconds: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._function = function
        self._interval = milliseconds
        self._waiting: tuple[object, ...] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)

    def __call__(self, *arguments: object) -> None:
        """Call now, or as soon as the interval since the last call is over."""
        self._waiting = arguments
        if not self._timer.isActive():
            self.flush()

    def flush(self) -> None:
        """Do now what waits, if anything does."""
        if self._waiting is None:
            return
        arguments, self._waiting = self._waiting, None
        started = time.perf_counter()
        self._function(*arguments)
        took = (time.perf_counter() - started) * 1000
        self._timer.start(max(self._interval, round(_STRETCH * took)))

    def cancel(self) -> None:
        """Forget what waits."""
        self._waiting = None
        self._timer.stop()
