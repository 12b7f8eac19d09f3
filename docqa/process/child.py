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


class Child:
    """One helper process, shared by all threads; the most urgent caller goes first."""

    def __init__(
        self, name: str, factory: Callable[..., Service], arguments: tuple[Any, ...], log: Path
    ) -> None:
        """``factory(flag, *arguments)`` is called in the child; it is a module-level function.

        What the child prints goes to the file ``log``.
        """
        self.name = name
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
        return link is not None and link.is_ready and link.is_alive

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Start the child if it does not run; return the seconds that took (0.0 if it runs).

        Raises Cancelled, DocqaError (the child says why), and ChildNotStarted.
        """
        if self.is_ready:
            return 0.0
        started = time.perf_counter()
        cancel = cancel or Cancel()
        self._turn.acquire(urgency, cancel)
        try:
            with _told_as_stop(cancel):
                self._ready_link(urgency, cancel)
        finally:
            self._turn.release()
        return time.perf_counter() - started

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
        cancel = cancel or Cancel()
        self._turn.acquire(urgency, cancel)
        try:
            with cancel.linked(self._flag.set), _told_as_stop(cancel):
                link = self._ready_link(urgency, cancel)
                self._disobeys_since = None
                try:
                    link.send(request)
                    yield from self._events(link, patience)
                finally:
                    self._make_idle(link)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the child, if need be by force; the next call would start a fresh one.

        A call that another thread is in the middle of raises Cancelled, or ChildDied.
        """
        if self._turn.seize(_OBEY_SECONDS + 0.5):
            try:
                self._drop()
            finally:
                self._turn.release()
        elif (link := self._link) is not None:
            link.kill()

    # -- with the turn -------------------------------------------------------------------------

    def _ready_link(self, urgency: Urgency, cancel: Cancel) -> Link:
        """The running child; started, and waited for, if need be."""
        cancel.raise_if_set()
        link = self._link
        if link is None or not link.is_alive or link.is_busy:
            link = self._fresh_link()
        may_try_again = True
        while not link.is_ready:
            cancel.raise_if_set()
            if urgency is Urgency.PREPARING and self._flag.is_set:
                raise Cancelled
            try:
                event = link.receive(_POLL_SECONDS)
            except ChildNotStarted:
                # What killed it may be remembered and avoided, as with a graphics card.
                if not may_try_again:
                    raise
                may_try_again = False
                link = self._fresh_link()
                continue
            match event:
                case Ready():
                    link.is_ready = True
                case Failed(message):
                    self._drop()
                    raise DocqaError(message)
        return link

    def _fresh_link(self) -> Link:
        self._drop()
        self._link = Link(self.name, self._start)
        return self._link

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

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


@contextlib.contextmanager
def _told_as_stop(cancel: Cancel) -> Iterator[None]:
    """What ends docqa often ends its children too: a death after the stop order is no failure."""
    try:
        yield
    except ChildDied:
        cancel.raise_if_set()
        raise
