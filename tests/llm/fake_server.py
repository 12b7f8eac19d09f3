"""A server that answers as a test wants it to, well or badly; it keeps what it was asked."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[["Exchange"], None]

MODELS = {"data": [{"id": "fake-7b"}]}


@dataclass
class FakeServer:
    """Where it listens and what came."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released once for each request for a reply."""


class Exchange(BaseHTTPRequestHandler):
    """One request; ``number`` counts the requests for a reply from 1."""

    protocol_version = "HTTP/1.0"
    fake: FakeServer
    answer: Answer
    body: dict[str, Any]
    number = 0

    def do_GET(self) -> None:
        self.fake.paths.append(self.path)
        self.fake.headers.append(dict(self.headers))
        self.json(MODELS)

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.fake.paths.append(self.path)
        self.fake.headers.append(dict(self.headers))
        if not self.path.endswith("completions"):
            self.json({"error": "there is no such path"}, 404)
            return
        self.fake.bodies.append(self.body)
        self.number = len(self.fake.bodies)
        self.fake.arrived.release()
        type(self).answer(self)

    def json(self, value: Any, status: int = 200) -> None:
        self.raw(json.dumps(value).encode(), "application/json", status)

    def raw(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content)

    def begin(self) -> None:
        """Begin a stream."""
        self.raw(b"", "text/event-stream; charset=utf-8")

    def say(self, text: str) -> None:
        """Stream a piece of the reply."""
        self.event({"choices": [{"delta": {"content": text}, "finish_reason": None}]})

    def think(self, text: str, field: str = "reasoning_content") -> None:
        """Stream some of a thought that is kept apart from the reply."""
        self.event({"choices": [{"delta": {field: text}, "finish_reason": None}]})

    def end(self, finish: str = "stop", usage: dict[str, Any] | None = None) -> None:
        """Stream the end of the reply."""
        self.event({"choices": [{"delta": {}, "finish_reason": finish}]})
        if usage is not None:
            self.event({"choices": [], "usage": usage})
        self.line(b"data: [DONE]")

    def reply(self, *pieces: str) -> None:
        """A whole reply, as a good server gives it."""
        self.begin()
        for piece in pieces:
            self.say(piece)
        self.end()

    def event(self, value: Any) -> None:
        self.line(b"data: " + json.dumps(value).encode())

    def line(self, content: bytes) -> None:
        self.wfile.write(content + b"\r\n\r\n")

    def hold(self) -> None:
        """Say nothing until the test is over."""
        self.fake.closing.wait()

    def drip(self, content: bytes) -> None:
        """Send something again and again until nobody listens or the test is over."""
        with contextlib.suppress(OSError):
            while not self.fake.closing.wait(0.02):
                self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


class _Listener(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Be quiet about clients that hang up."""


@contextlib.contextmanager
def fake_server(answer: Answer, certificate: Path | None = None) -> Iterator[FakeServer]:
    """Run a server on this computer; all of its threads have ended behind the block.

    With a ``certificate`` (and its key, in one file) it speaks TLS.
    """
    listener = _Listener(("127.0.0.1", 0), Exchange)
    listener.daemon_threads = False
    scheme = "http" if certificate is None else "https"
    fake = FakeServer(f"{scheme}://127.0.0.1:{listener.server_address[1]}/v1")
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    listener.RequestHandlerClass = type(
        "Handler", (Exchange,), {"fake": fake, "answer": staticmethod(answer)}
    )
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield fake
    finally:
        fake.closing.set()
        listener.shutdown()
        listener.server_close()
        thread.join()
