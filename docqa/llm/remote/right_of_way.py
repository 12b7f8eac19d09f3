"""Who may talk to a server that serves several at a time: nobody prepares while somebody asks."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from docqa.process import Cancel, Urgency

_POLL_SECONDS = 0.02


class RightOfWay:
    """Asking goes at once, beside whatever runs; preparing waits until nobody asks.

    ``alone``: the server serves one at a time, so that what is being prepared has to stop, too.
    """

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        # Re-entrant: a forgotten generator may be collected, and leave, inside any allocation.
        self._condition = threading.Condition(threading.RLock())
        self._asking = 0
        self._preparing: list[Cancel] = []

    @contextlib.contextmanager
    def passing(self, urgency: Urgency, stop: Cancel) -> Iterator[None]:
        """Hold the right of way inside the block; raises Cancelled when ``stop`` comes first."""
        if urgency is Urgency.ASKING:
            with self._while_asking():
                yield
        elif urgency is Urgency.PREPARING:
            with self._while_preparing(stop):
                yield
        else:
            yield

    @contextlib.contextmanager
    def _while_asking(self) -> Iterator[None]:
        with self._condition:
            self._asking += 1
            for stop in self._preparing if self._alone else ():
                stop.set()
        try:
            yield
        finally:
            with self._condition:
                self._asking -= 1
                self._condition.notify_all()

    @contextlib.contextmanager
    def _while_preparing(self, stop: Cancel) -> Iterator[None]:
        with self._condition:
            while self._asking:
                stop.raise_if_set()
                self._condition.wait(_POLL_SECONDS)
            self._preparing.append(stop)
        try:
            yield
        finally:
            with self._condition:
                self._preparing.remove(stop)
