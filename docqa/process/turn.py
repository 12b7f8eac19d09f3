"""Who goes first at a child: a lock with an order."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from enum import IntEnum

from docqa.process.cancel import Cancel, Flag

_POLL_SECONDS = 0.02


class Urgency(IntEnum):
    """The person who waits goes first, then reading, then preparing."""

    ASKING = 0
    READING = 1
    PREPARING = 2


class Turn:
    """Of all who wait, the most urgent and then the first gets it; a question may interrupt.

    The flag belongs to the turn: it is cleared for each new holder, and it is set while the holder
    prepares and somebody asks. Threads may hand a turn on; a thread that holds it cannot wait.
    """

    def __init__(self, flag: Flag) -> None:
        self._flag = flag
        # Re-entrant: a forgotten generator may be collected, and release, inside any allocation.
        self._condition = threading.Condition(threading.RLock())
        self._waiting: list[tuple[int, int]] = []
        self._tickets = itertools.count()
        self._holder: Urgency | None = None
        self._thread: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether this thread holds the turn."""
        return self._thread == threading.get_ident()

    def acquire(self, urgency: Urgency, cancel: Cancel) -> None:
        """Wait for the turn; raises Cancelled when ``cancel`` comes first."""
        with self._condition:
            if self.is_mine:
                raise RuntimeError("a call to a child was made inside another call to it")
            if urgency is Urgency.ASKING and self._holder is Urgency.PREPARING:
                self._flag.set()
            self._wait(urgency, None, cancel)
            self._take(urgency)

    def seize(self, seconds: float) -> bool:
        """Interrupt the holder and go before all who wait; False after ``seconds`` in vain."""
        with self._condition:
            if self._holder is not None:
                self._flag.set()
            if self.is_mine or not self._wait(-1, seconds, Cancel()):
                return False
            self._take(Urgency.ASKING)
            return True

    def release(self) -> None:
        """Let the next one have it."""
        with self._condition:
            self._holder = self._thread = None
            self._condition.notify_all()

    def _take(self, urgency: Urgency) -> None:
        # Cleared under the lock: a question that comes later sets it again.
        self._flag.clear()
        self._holder, self._thread = urgency, threading.get_ident()

    def _wait(self, rank: int, seconds: float | None, cancel: Cancel) -> bool:
        """Wait until it is ``rank``'s turn; False after ``seconds``; raises Cancelled."""
        until = None if seconds is None else time.monotonic() + seconds
        ticket = (rank, next(self._tickets))
        heapq.heappush(self._waiting, ticket)
        try:
            while self._holder is not None or self._waiting[0] != ticket:
                cancel.raise_if_set()
                if until is not None and time.monotonic() > until:
                    return False
                # Looking at `cancel` now and then needs no order among its lock and this one.
                self._condition.wait(_POLL_SECONDS)
            cancel.raise_if_set()
            return True
        finally:
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)
            self._condition.notify_all()
