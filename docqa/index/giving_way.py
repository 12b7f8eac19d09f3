"""Lets a question go before long calls, which stop for it and go on afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from docqa.process import Cancel

_LOOK_SECONDS = 0.05


class GivingWay:
    """Who asks and who can wait; any thread may use it."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._asking = 0
        self._long: set[Cancel] = set()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While somebody asks: long calls stop, and none begins."""
        with self._change:
            self._asking += 1
            stopped = list(self._long)
        for stop in stopped:
            stop.set()
        try:
            yield
        finally:
            with self._change:
                self._asking -= 1
                self._change.notify_all()

    @contextmanager
    def can_wait(self, cancel: Cancel) -> Iterator[Cancel]:
        """Begin a long call when nobody asks; what is yielded stops it when somebody does.

        ``cancel`` does, too. Raises Cancelled if that comes first.
        """
        stop = Cancel()
        with self._change:
            while self._asking:
                cancel.raise_if_set()
                self._change.wait(_LOOK_SECONDS)
            self._long.add(stop)
        try:
            with cancel.linked(stop.set):
                yield stop
        finally:
            with self._change:
                self._long.discard(stop)
