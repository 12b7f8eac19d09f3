"""One helper process as its callers see it: started at first use, restarted after a death."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docqa.errors import Cancelled, ChildDied, ChildNotStarted, ChildTimeout, DocqaError
from docqa.process.cancel import Cancel, Flag
from docqa.process.link import Link
from docqa.process.protocol import Done, End, Failed, Ready, Stopped
from docqa.process.serve import Service, Start
from docqa.process.turn import Turn, Urgency

_OBEY_SECONDS = 1.5
"""How long a child may take to obey the flag before it is killed."""
_POLL_SECONDS = 0.05
_MOST_STARTS = 8
"""Starts of one call. What is written about attempts ends them sooner: a graphics card has four."""


class Child:
    """One helper process, shared by all threads; the most urgent caller goes first."""

    def __init__(
        self,
        name: str,
        factory: Callable[..., Service],
        arguments: tuple[Any, ...],
        log: Path,
        *,
        attempts: Path | None = None,
    ) -> None:
        """``factory(flag, *arguments)`` is called in the child; it is a module-level function.

        What the child prints goes to the file ``log``. ``attempts`` is a file in which the factory
        writes what it is about to try: what dies of that is started again, for it avoids what it
        finds there. What dies without a word there would only die again.
        """
        self.name = name
        self._attempts = attempts
        self._known_attempts: bytes | None = None
        self._flag = Flag()
        self._start = Start(self._flag, log, factory, arguments)
        self._turn = Turn(self._flag)
        self._link: Link | None = None
        self._disobeys_since: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id, or None while no child runs."""
        link = self._link
        return link.pid if link is not None else None

    @property
    def is_ready(self) -> bool:
        """Whether the child runs and has loaded what it needs."""
        link = self._link
        return link is not None and link.ready is not None and link.is_alive

    @property
    def greeting(self) -> Any:
        """What the child that runs said about itself when it was ready; None while none is."""
        link = self._link
        return link.ready.greeting if link is not None and link.ready is not None else None

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Start the child if it does not run; return the seconds that took (0.0 if it runs).

        Raises Cancelled, DocqaError (the child says why), and ChildNotStarted.
        """
        if self.is_ready:
            return 0.0
        started = time.perf_counter()
        with self._taking_turn(urgency, cancel):
            self._ready_link()
        return time.perf_counter() - started

    def restart(self, urgency: Urgency, cancel: Cancel | None = None) -> None:
        """Replace the child by a fresh one, when it is this caller's turn; raises as :meth:`load`.

        One that is just being started is fresh already. Whoever asks meanwhile goes first.
        """
        with self._taking_turn(urgency, cancel):
            if self.is_ready:
                self._dismiss()
            self._ready_link()

    def call(
        self,
        request: Any,
        urgency: Urgency,
        cancel: Cancel | None = None,
        patience: float | None = None,
    ) -> Iterator[Any]:
        """Yield the child's events for ``request``, one caller at a time.

        Raises Cancelled (by ``cancel``, or by somebody who asks while this one prepares),
        DocqaError (the child says why), ChildNotStarted (it never got the request), ChildDied, and
        ChildTimeout after ``patience`` seconds of silence. Closing the iterator early stops it.
        """
        with self._taking_turn(urgency, cancel):
            link = self._ready_link()
            self._disobeys_since = None
            try:
                link.send(request)
                yield from self._events(link, patience)
            finally:
                self._make_idle(link)

    def close(self) -> None:
        """End the child; the next call would start a fresh one.

        A call that another thread is in the middle of, or waits for the start with, raises
        Cancelled. A child that has a rest to complete gets some seconds for that.
        """
        if self._turn.seize(_OBEY_SECONDS + 0.5):
            try:
                self._dismiss()
            finally:
                self._turn.release()
        elif (link := self._link) is not None:
            link.kill()

    @contextlib.contextmanager
    def _taking_turn(self, urgency: Urgency, cancel: Cancel | None) -> Iterator[None]:
        """Hold the turn; ``cancel`` sets the flag meanwhile."""
        cancel = cancel or Cancel()
        self._turn.acquire(urgency, cancel)
        try:
            with cancel.linked(self._flag.set), self._told_as_stop():
                yield
        finally:
            self._turn.release()

    # -- with the turn -------------------------------------------------------------------------

    @contextlib.contextmanager
    def _told_as_stop(self) -> Iterator[None]:
        """A death after the stop order is no failure: who closes may have to kill.

        And what ends docqa often ends its children, too.
        """
        try:
            yield
        except ChildDied:
            self._flag.raise_if_set()
            raise

    def _ready_link(self) -> Link:
        """The running child; started, and waited for, if need be."""
        self._flag.raise_if_set()
        link = self._link
        if link is None or not link.is_alive or link.is_busy:
            link = self._fresh_link()
        starts = 1
        while link.ready is None:
            # Set by whoever cancels or closes, and by a question while this one prepares. The start
            # goes on for whoever is next.
            self._flag.raise_if_set()
            try:
                event = link.receive(_POLL_SECONDS)
            except ChildNotStarted:
                if self._flag.is_set or starts == _MOST_STARTS or not self._has_left_word():
                    raise
                link = self._fresh_link()
                starts += 1
                continue
            match event:
                case Ready():
                    link.ready = event
                case Failed(message):
                    self._drop()
                    raise DocqaError(message)
        return link

    def _fresh_link(self) -> Link:
        self._drop()
        self._known_attempts = self._read_attempts()
        self._link = Link(self.name, self._start)
        return self._link

    def _has_left_word(self) -> bool:
        """Whether the child that died wrote down what it tried."""
        return self._read_attempts() != self._known_attempts

    def _read_attempts(self) -> bytes | None:
        if self._attempts is not None:
            with contextlib.suppress(OSError):
                return self._attempts.read_bytes()
        return None

    def _events(self, link: Link, patience: float | None) -> Iterator[Any]:
        while True:
            match self._next_event(link, patience):
                case Done():
                    return
                case Stopped():
                    raise Cancelled
                case Failed(message):
                    raise DocqaError(message)
                case event:
                    yield event

    def _next_event(self, link: Link, patience: float | None) -> Any:
        """Wait for an event; kill a child that is silent too long, or disobeys the flag."""
        silent_since = time.monotonic()
        while True:
            event = link.receive(_POLL_SECONDS)
            if isinstance(event, End):
                link.is_busy = False
                return event
            now = time.monotonic()
            if self._is_disobeyed(now):
                self._drop()
                return Stopped()
            if event is not None:
                return event
            if patience is not None and now - silent_since > patience:
                self._drop()
                raise ChildTimeout(f"The {self.name} took too long and was stopped.")

    def _is_disobeyed(self, now: float) -> bool:
        if not self._flag.is_set:
            return False
        if self._disobeys_since is None:
            self._disobeys_since = now
        return now - self._disobeys_since > _OBEY_SECONDS

    def _make_idle(self, link: Link) -> None:
        """If the caller walked away in the middle, let the child stop before the next call."""
        if not link.is_busy or link is not self._link:
            return
        if not link.is_alive:
            self._drop()
            return
        self._flag.set()
        with contextlib.suppress(ChildDied):
            while not isinstance(self._next_event(link, None), End):
                pass

    def _dismiss(self) -> None:
        """End the child once it has completed its rest."""
        try:
            if self._link is not None:
                self._link.finish()
        finally:
            self._drop()

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
