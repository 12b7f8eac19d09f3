"""Several requests at the same time: one stream or list of results, and no thread left behind."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Generic, TypeVar

from docqa.process import Cancel

S = TypeVar("S")
T = TypeVar("T")

_POLL_SECONDS = 0.2
"""A wait without an end could not be interrupted by Ctrl-C everywhere."""


def merged(
    make: Callable[[int], Generator[T, None, None]],
    number: int,
    at_a_time: int,
    stop: Cancel,
    name: str = "docqa-reply",
) -> Iterator[tuple[int, T]]:
    """Run ``make(0)`` to ``make(number - 1)``; yield (index, event) as events come.

    At most ``at_a_time`` run at the same time, in the order of their numbers. The first error ends
    all and is raised. ``stop`` is what those iterators obey; it is set at the end, also when the
    caller walks away, and then every thread has ended. The threads have ``name`` and a number.
    """
    crew = _Crew(make, number, stop)
    threads = [
        threading.Thread(target=crew.work, name=f"{name}-{index}", daemon=True)
        for index in range(min(number, at_a_time))
    ]
    try:
        for thread in threads:
            thread.start()
        yield from crew.events(len(threads))
    finally:
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


def each(
    work: Callable[[S, Cancel], T], items: Sequence[S], at_a_time: int, stop: Cancel
) -> list[T]:
    """What ``work`` returns for each item, in their order; ``at_a_time`` as for :func:`merged`.

    ``work`` gets the item and what it has to obey: ``stop``, and the first error of another item.
    """
    own = Cancel()

    def one(index: int) -> Generator[T, None, None]:
        own.raise_if_set()
        yield work(items[index], own)

    with stop.linked(own.set):
        results = dict(merged(one, len(items), at_a_time, own, "docqa-request"))
    return [results[index] for index in range(len(items))]


class _Crew(Generic[T]):
    """What the threads share."""

    def __init__(
        self, make: Callable[[int], Generator[T, None, None]], number: int, stop: Cancel
    ) -> None:
        self._make = make
        self._number = number
        self._stop = stop
        self._next = itertools.count()  # One call of next() is never torn apart.
        self._out: queue.SimpleQueue[tuple[int, T] | BaseException | None] = queue.SimpleQueue()

    def work(self) -> None:
        """Take one number after the other (on a thread)."""
        try:
            while (index := next(self._next)) < self._number:
                with contextlib.closing(self._make(index)) as events:
                    for event in events:
                        self._out.put((index, event))
        except BaseException as error:
            self._out.put(error)
            self._stop.set()
        finally:
            self._out.put(None)

    def events(self, threads: int) -> Iterator[tuple[int, T]]:
        """What the threads bring, until all have ended."""
        while threads:
            try:
                item = self._out.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if item is None:
                threads -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item
