"""Stop orders: between threads (:class:`Cancel`) and between two processes (:class:`Flag`)."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from typing import Any

from docqa.errors import Cancelled


class Cancel:
    """A stop order that any thread may give; whoever works for it is told at once."""

    def __init__(self) -> None:
        # Re-entrant, because a signal handler may give the order in the middle of anything.
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []
        self._is_set = False

    @property
    def is_set(self) -> bool:
        """Whether the order was given."""
        return self._is_set

    def set(self) -> None:
        """Give the order."""
        # Told under the lock: once a block of `linked` is left, its callback never comes late,
        # when it would hit somebody else's work.
        with self._lock:
            self._is_set = True
            for callback in tuple(self._callbacks):
                callback()

    def raise_if_set(self) -> None:
        """Raise :class:`Cancelled` if the order was given."""
        if self._is_set:
            raise Cancelled

    @contextlib.contextmanager
    def linked(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call ``callback`` when the order is given inside the block, or now if it already was.

        The callback must be quick and may come from any thread, also twice.
        """
        with self._lock:
            self._callbacks.append(callback)
            if self._is_set:
                callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


class Flag:
    r"""Two shared bytes that both processes see: a C string, empty ("") or set ("\1").

    As a C string it can be handed to llama.cpp with ``strlen`` as the abort callback, so that a
    prefill stops without any Python (see :mod:`docqa.llm.engine.llama`).
    """

    def __init__(self) -> None:
        self._bytes: Any = multiprocessing.get_context("spawn").RawArray("b", 2)

    @property
    def is_set(self) -> bool:
        """Whether the work should stop."""
        return bool(self._bytes[0])

    def raise_if_set(self) -> None:
        """Raise :class:`Cancelled` if the work should stop."""
        if self.is_set:
            raise Cancelled

    @property
    def address(self) -> int:
        """Address of the two bytes in this process."""
        return ctypes.addressof(self._bytes)

    def set(self) -> None:
        """Ask the child to stop."""
        self._bytes[0] = 1

    def clear(self) -> None:
        """Let the child work."""
        self._bytes[0] = 0
