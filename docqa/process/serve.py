"""The child's side: make the service, answer requests, die with the parent."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import multiprocessing
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from docqa.errors import Cancelled, DocqaError
from docqa.host.network import refuse_network, require_refusal
from docqa.process.cancel import Flag
from docqa.process.protocol import Done, End, Failed, Finish, Ready, Stopped

_QUIET_SECONDS = 0.3
"""So long nobody must have asked for the service to rest: the requests of one answer follow each
other in milliseconds, and a rest may hold up the next one until a disk has taken all of it."""


class Service(Protocol):
    """What runs in a child: it turns one request into events, and looks at the flag often."""

    def handle(self, request: Any) -> Iterator[Any]:
        """Yield the events of ``request``; raise Cancelled, DocqaError, or a bug."""


@runtime_checkable
class Greeting(Protocol):
    """A service that tells its parent something as soon as it is ready."""

    def greet(self) -> Any:
        """What :attr:`docqa.process.Child.greeting` is to be."""


@runtime_checkable
class Resting(Protocol):
    """A service that has something to do between requests."""

    def rest(self, raise_if_wanted: Callable[[], None]) -> None:
        """Do what can wait until nobody asks, in a few seconds at most.

        Call ``raise_if_wanted`` often: it raises Cancelled when somebody asks after all. The next
        call may then complete what is left.
        """


@dataclass(frozen=True, slots=True)
class Start:
    """What a child needs to begin."""

    flag: Flag
    log: Path
    factory: Callable[..., Service]
    arguments: tuple[Any, ...]


class _ParentIsGone(BaseException):
    """Nobody listens any more."""


def serve(connection: Connection, start: Start) -> None:
    """Run a service until the parent closes the pipe: the main function of a child."""
    _redirect_output(start.log)
    _quieten()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # For Windows; elsewhere it is blocked (see Link).
    _die_with_parent()
    refuse_network()
    require_refusal()
    try:
        service = _make_service(connection, start)
        if service is not None:
            _work(connection, service)
    except _ParentIsGone:
        pass


def _make_service(connection: Connection, start: Start) -> Service | None:
    try:
        service = start.factory(start.flag, *start.arguments)
        greeting = service.greet() if isinstance(service, Greeting) else None
    except Exception as error:
        _send(connection, _failure(error))
        return None
    _send(connection, Ready(greeting, isinstance(service, Resting)))
    return service


def _work(connection: Connection, service: Service) -> None:
    """Answer requests, and rest when none comes for a while, until the parent says that is all."""
    inbox = _Inbox(connection)
    while not isinstance(request := inbox.take(), Finish):
        _answer(connection, service, request)
        if isinstance(service, Resting) and not inbox.has_request(_QUIET_SECONDS):
            _rest(service, inbox)
    if isinstance(service, Resting):
        _rest(service, inbox)
    _send(connection, Done())


class _Inbox:
    """What the parent sends, in its order; the next message can be looked at before it is taken."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._next: Any = None

    def take(self) -> Any:
        """Wait for the next message. Raises _ParentIsGone."""
        if self._next is None:
            self._look(None)
        message, self._next = self._next, None
        return message

    def has_request(self, seconds: float = 0.0) -> bool:
        """Whether somebody asks within so many seconds; the end of all work is no request."""
        if self._next is None:
            self._look(seconds)
        return self._next is not None and not isinstance(self._next, Finish)

    def raise_if_wanted(self) -> None:
        """Raise Cancelled when somebody asks."""
        if self.has_request():
            raise Cancelled

    def _look(self, seconds: float | None) -> None:
        try:
            if self._connection.poll(seconds):
                self._next = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _ParentIsGone from error


def _answer(connection: Connection, service: Service, request: Any) -> None:
    end: End = Done()
    try:
        for event in service.handle(request):
            _send(connection, event)
    except Cancelled:
        end = Stopped()
    except Exception as error:
        end = _failure(error)
    _send(connection, end)


def _rest(service: Resting, inbox: _Inbox) -> None:
    try:
        service.rest(inbox.raise_if_wanted)
    except Cancelled:
        pass
    except Exception as error:  # The answer was given; what comes after it must not end the child.
        _report(error)


def _send(connection: Connection, message: Any) -> None:
    try:
        connection.send(message)
    except OSError as error:
        raise _ParentIsGone from error


def _failure(error: Exception) -> Failed:
    if isinstance(error, DocqaError):
        return Failed(str(error))
    _report(error)
    kind = type(error).__name__
    return Failed(f"An internal error ({kind}) stopped this step; the details are in the log file.")


def _report(error: BaseException) -> None:
    """Log where a bug struck, but never its message: it may quote a document."""
    places = "".join(
        f"  {frame.filename}:{frame.lineno} in {frame.name}\n"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    sys.stderr.write(f"{type(error).__name__} in a child process:\n{places}")
    sys.stderr.flush()


def _redirect_output(log: Path) -> None:
    """Send everything that anybody prints to the log, never to the pipe or the terminal."""
    descriptor = _open_log(log)
    for target in (1, 2):
        os.dup2(descriptor, target)
    os.close(descriptor)
    sys.stdout = open(1, "w", buffering=1, closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False, encoding="utf-8")  # noqa: SIM115
    faulthandler.enable()


def _open_log(log: Path) -> int:
    """Open the log, or nothing where no log can be kept: that must not keep the child from work."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def _quieten() -> None:
    """Keep messages of libraries out of the log, because they may quote a document."""
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = lambda thrown: _report(thrown.exc_value or SystemExit())


def _die_with_parent() -> None:
    """End this process as soon as the parent is gone, also in the middle of native code."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    if sys.platform == "linux":
        _let_kernel_watch(sentinel)


def _let_kernel_watch(sentinel: int) -> None:
    """Have SIGIO end this process when the parent's end of the sentinel pipe closes.

    The thread above needs Python's lock, which a regular expression or a C extension may hold for
    minutes.
    """
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # Where the kernel cannot do it, the thread is enough.
        fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
