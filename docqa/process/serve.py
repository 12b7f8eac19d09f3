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
from docqa.process.protocol import Done, End, Failed, Ready, Stopped


class Service(Protocol):
    """What runs in a child: it turns one request into events, and looks at the flag often."""

    def handle(self, request: Any) -> Iterator[Any]:
        """Yield the events of ``request``; raise Cancelled, DocqaError, or a bug."""


@runtime_checkable
class Resting(Protocol):
    """A service that has something to do between requests."""

    def rest(self) -> None:
        """Do, in a second at most, what can wait until a request is answered."""


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
        while service is not None:
            _answer(connection, service)
            if isinstance(service, Resting):
                _rest(service)
    except _ParentIsGone:
        pass


def _make_service(connection: Connection, start: Start) -> Service | None:
    try:
        service = start.factory(start.flag, *start.arguments)
    except Exception as error:
        _send(connection, _failure(error))
        return None
    _send(connection, Ready())
    return service


def _answer(connection: Connection, service: Service) -> None:
    end: End = Done()
    try:
        for event in service.handle(_receive(connection)):
            _send(connection, event)
    except Cancelled:
        end = Stopped()
    except Exception as error:
        end = _failure(error)
    _send(connection, end)


def _rest(service: Resting) -> None:
    try:
        service.rest()
    except Cancelled:
        pass
    except Exception as error:  # The answer was given; what comes after it must not end the child.
        _report(error)


def _receive(connection: Connection) -> Any:
    try:
        return connection.recv()
    except (EOFError, OSError) as error:
        raise _ParentIsGone from error


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
