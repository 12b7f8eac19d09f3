"""One HTTP request to the person's server, which a stop order ends at any moment.

It is ``http.client`` on a socket of our own that never blocks: so an order to stop is obeyed while
connecting, before the first byte and in the middle of a reply, in the same way on every system.
Nothing in the environment (proxies) is looked at, and redirects are not followed.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import queue
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from docqa.host.network import Endpoint, allow
from docqa.process import Cancel

T = TypeVar("T")

_POLL_SECONDS = 0.05
"""How late a stop order may be seen."""
_CONNECT_SECONDS = 10.0
"""For finding the server and shaking hands, address by address."""
_LONGEST_LINE = 1 << 20
_MOST_BYTES = 16 << 20
"""A reply to us has a few kilobytes; more than this is no reply."""


class TooLong(Exception):
    """What the server sends is longer than anything that it could be."""


class Silent(OSError):
    """The server said nothing for longer than we have patience; the system has its own limits."""


class Unreachable(OSError):
    """No connection came about; the cause says why."""


class Connection:
    """A request and its response; to be used in a ``with`` block, by one thread.

    All methods raise Cancelled when ``stop`` is set, Unreachable, Silent after ``patience`` seconds
    in which nothing was heard (see :meth:`heard`), OSError, and http.client.HTTPException.
    """

    def __init__(self, url: str, stop: Cancel, patience: float) -> None:
        self._parts = urlsplit(url)
        self._wire = _Wire(stop)
        self._patience = patience
        self._response: http.client.HTTPResponse | None = None

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        """Connect and send; return the response as soon as its status and headers are there."""
        host = self._parts.hostname or ""
        tls = ssl.create_default_context() if self._parts.scheme == "https" else None
        port = self._parts.port or (443 if tls else 80)
        self._wire.connect(host, port, tls)
        talk = http.client.HTTPConnection(host, port)
        talk.sock = self._wire
        self.heard()
        talk.request(method, path, body, {**headers, "Connection": "close"})
        self._response = talk.getresponse()
        return self._response

    def heard(self) -> None:
        """The server said something that counts: its silence begins anew."""
        self._wire.limit(self._patience)

    def lines(self) -> Iterator[bytes]:
        """The lines of the response as they come; raises TooLong."""
        assert self._response is not None
        while line := self._response.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise TooLong
            yield line

    def read(self) -> bytes:
        """The whole response; raises TooLong."""
        assert self._response is not None
        content = self._response.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise TooLong
        return content

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._response is not None:
            self._response.close()
        self._wire.hang_up()


class _Wire:
    """A socket for http.client: it waits in small steps, and gives up when it should."""

    def __init__(self, stop: Cancel) -> None:
        self._stop = stop
        self._socket: socket.socket | None = None
        self._until = 0.0

    def limit(self, seconds: float) -> None:
        """From now on, wait no longer than this in all."""
        self._until = time.monotonic() + seconds

    def connect(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Try the host's addresses in turn; raises Unreachable when none answers."""
        failure: OSError | None = None
        try:
            self.limit(_CONNECT_SECONDS)
            endpoints = self._look_up(host, port)
        except OSError as error:
            raise Unreachable from error
        for endpoint in endpoints:
            self.limit(_CONNECT_SECONDS)
            try:
                self._reach(endpoint)
                if tls is not None:
                    self._encrypt(tls, host)
                return
            except OSError as error:
                self.hang_up()
                failure = failure or error
        raise Unreachable from failure

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._patiently(partial(self._open.send, rest), selectors.EVENT_WRITE) :]

    def receive_into(self, buffer: memoryview) -> int:
        """Wait for bytes; 0 means that the server has hung up."""
        return self._patiently(partial(self._open.recv_into, buffer), selectors.EVENT_READ)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads the response from."""
        return io.BufferedReader(_Stream(self))

    def close(self) -> None:
        """For http.client, which is done with us before the response is read: not yet."""

    def hang_up(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def _open(self) -> socket.socket:
        assert self._socket is not None
        return self._socket

    def _look_up(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Look the host up on a thread of its own: where the network is down that takes long."""
        answer: queue.SimpleQueue[tuple[Endpoint, ...] | OSError] = queue.SimpleQueue()

        def look() -> None:
            try:
                answer.put(allow(host, port))
            except OSError as error:
                answer.put(error)
            except UnicodeError:
                answer.put(OSError("that is no name of a computer"))

        thread = threading.Thread(target=look, name="docqa-look-up", daemon=True)
        thread.start()
        while True:
            self._raise_if_over()
            with contextlib.suppress(queue.Empty):
                found = answer.get(timeout=_POLL_SECONDS)
                thread.join()
                if isinstance(found, OSError):
                    raise found
                return found

    def _reach(self, endpoint: Endpoint) -> None:
        self._socket = socket.socket(endpoint.family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(BlockingIOError):
            self._socket.connect(endpoint.address)
        while not self._wait(selectors.EVENT_WRITE):
            self._raise_if_over()
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise _os_error(code)

    def _encrypt(self, tls: ssl.SSLContext, host: str) -> None:
        wrapped = tls.wrap_socket(self._open, server_hostname=host, do_handshake_on_connect=False)
        self._socket = wrapped
        self._patiently(wrapped.do_handshake, selectors.EVENT_READ)

    def _patiently(self, operation: Callable[[], T], event: int) -> T:
        """Try until it does not have to wait any more."""
        while True:
            self._raise_if_over()
            try:
                return operation()
            except ssl.SSLWantReadError:
                awaited = selectors.EVENT_READ
            except ssl.SSLWantWriteError:
                awaited = selectors.EVENT_WRITE
            except BlockingIOError:
                awaited = event
            self._wait(awaited)

    def _wait(self, event: int) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._open, event)
            return bool(selector.select(_POLL_SECONDS))

    def _raise_if_over(self) -> None:
        self._stop.raise_if_set()
        if time.monotonic() > self._until:
            raise Silent


class _Stream(io.RawIOBase):
    """The wire as a file that can be read."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Wait for some bytes."""
        return self._wire.receive_into(buffer)


def _os_error(code: int) -> OSError:
    """The error of that number, as ConnectionRefusedError and the like."""
    return OSError(code, os.strerror(code))
