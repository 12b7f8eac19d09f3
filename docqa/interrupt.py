"""Ctrl-C and the system's request to end: both give a stop order that work obeys cleanly."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from types import FrameType

from docqa.process import Cancel


@contextlib.contextmanager
def stops(cancel: Cancel) -> Iterator[None]:
    """Inside the block the first signal sets ``cancel``, the second raises KeyboardInterrupt.

    The third ends the process at once. Does nothing off the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _Stopper(cancel):
        yield


class _Stopper:
    """Hands signals to a thread: a handler must not take the locks behind a Cancel itself."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self._count = 0
        self._orders: SimpleQueue[bool] = SimpleQueue()  # its put() is safe inside a handler
        self._thread = threading.Thread(target=self._obey, name="interrupt", daemon=True)
        numbers = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", None))
        self._numbers = tuple(number for number in numbers if number is not None)

    def __enter__(self) -> None:
        self._thread.start()
        self._before = {number: signal.signal(number, self._handle) for number in self._numbers}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._orders.put(False)
        self._thread.join()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 1:
            self._orders.put(True)
        elif self._count == 2:
            raise KeyboardInterrupt
        else:
            os._exit(130)

    def _obey(self) -> None:
        while self._orders.get():
            self._cancel.set()
