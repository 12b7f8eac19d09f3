"""Requests to an OpenAI-compatible server, tried again where that may help."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from docqa.llm.remote import answers
from docqa.llm.remote.answers import Chunk, Echo
from docqa.llm.remote.connection import Connection
from docqa.llm.remote.trouble import (
    Away,
    NoAnswer,
    Refused,
    Unavailable,
    in_words,
    no_answer,
    refusal,
)
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings

T = TypeVar("T")
Pauses = Mapping[Urgency, tuple[float, ...]]

PAUSES: Pauses = {
    Urgency.ASKING: (0.5, 1.0, 2.0),
    Urgency.READING: (0.5, 1.0, 2.0),
    Urgency.PREPARING: (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0),
}
"""Seconds to wait before each new try: a person waits for little, a night can wait for a server
that starts again."""
_NOT_OFFERED = frozenset({400, 404, 405, 422, 500, 501})
"""What servers answer to a path or an option that they do not have."""
_DONE = b"[DONE]"


class ServerApi:
    """The few things that docqa asks a server for; all raise Cancelled and DocqaError."""

    def __init__(self, server: ServerSettings, pauses: Pauses = PAUSES) -> None:
        self._server = server
        self._pauses = pauses
        self._base = urlsplit(server.url).path
        self._root = self._base.removesuffix("/v1")
        self._headers = {"Content-Type": "application/json", "Accept": "*/*"}
        if server.api_key is not None:
            self._headers["Authorization"] = f"Bearer {server.api_key}"

    def models(self, urgency: Urgency, stop: Cancel) -> list[str]:
        """The names of the models that the server lists."""
        return answers.model_names(self._ask(f"{self._base}/models", None, urgency, stop))

    def chat(
        self, body: Mapping[str, Any], urgency: Urgency, stop: Cancel
    ) -> Generator[Chunk, None, None]:
        """Stream a reply. It is tried again until something comes, and never after that."""
        path = f"{self._base}/chat/completions"
        return self._tried(lambda: self._stream(path, body, stop), urgency, stop)

    def tokens(self, text: str, model: str, urgency: Urgency, stop: Cancel) -> int | None:
        """The number of tokens by llama-server's or vLLM's ``/tokenize``; None: not offered."""
        # Each of them reads its own keys and leaves the other's.
        body = {
            "model": model,
            "content": text,
            "prompt": text,
            "add_special": False,
            "add_special_tokens": False,
        }
        return answers.count(self._offered(f"{self._root}/tokenize", body, urgency, stop))

    def counted(self, text: str, model: str, urgency: Urgency, stop: Cancel) -> int | None:
        """The same by llama_cpp.server's ``/extras``, which may count a token for the beginning."""
        body = {"model": model, "input": text}
        path = f"{self._root}/extras/tokenize/count"
        return answers.count(self._offered(path, body, urgency, stop))

    def echo(self, text: str, model: str, urgency: Urgency, stop: Cancel) -> Echo | None:
        """How likely the server finds a text, token by token; None: not offered."""
        body = {
            "model": model,
            "prompt": text,
            "echo": True,
            "logprobs": 1,
            "max_tokens": 1,  # To some servers, 0 means without end.
            "temperature": 0,
        }
        return answers.echo(self._offered(f"{self._base}/completions", body, urgency, stop))

    # -- one request -----------------------------------------------------------------------------

    def _offered(self, path: str, body: Mapping[str, Any], urgency: Urgency, stop: Cancel) -> Any:
        """The answer, or None where the server has no such thing."""
        try:
            return self._ask(path, body, urgency, stop)
        except NoAnswer:
            return None
        except Refused as refused:
            if refused.status in _NOT_OFFERED:
                return None
            raise

    def _ask(
        self, path: str, body: Mapping[str, Any] | None, urgency: Urgency, stop: Cancel
    ) -> Any:
        (answer,) = self._tried(lambda: iter([self._answer(path, body, stop)]), urgency, stop)
        return answer

    def _answer(self, path: str, body: Mapping[str, Any] | None, stop: Cancel) -> Any:
        with in_words(self._server), self._connection(stop) as connection:
            self._send(connection, path, body)
            answer = json.loads(connection.read())
        if not isinstance(answer, dict):
            raise no_answer(self._server)
        return answer

    def _stream(
        self, path: str, body: Mapping[str, Any], stop: Cancel
    ) -> Generator[Chunk, None, None]:
        with in_words(self._server), self._connection(stop) as connection:
            kind = self._send(connection, path, body)
            if "event-stream" not in kind:
                raise no_answer(self._server)
            for line in connection.lines():
                name, _, value = line.partition(b":")
                if name == b"error":
                    raise refusal(self._server, 500, value)
                if name != b"data":
                    continue  # A blank line, or a comment that keeps the connection open.
                if value.strip() == _DONE:
                    return
                chunk = self._chunk(value)
                if chunk.is_written:
                    connection.heard()  # Nothing else is a sign of work.
                if not chunk.is_empty:
                    yield chunk

    def _chunk(self, value: bytes) -> Chunk:
        event = json.loads(value)
        if (error := answers.get(event, "error")) is not None:
            status = answers.whole(answers.get(error, "code")) or 500
            raise refusal(self._server, status, value)
        return answers.chunk(event)

    def _connection(self, stop: Cancel) -> Connection:
        return Connection(self._server.url, stop, self._server.timeout)

    def _send(self, connection: Connection, path: str, body: Mapping[str, Any] | None) -> str:
        """Send a request; return the kind of content that comes. Raises for an error status."""
        content = None if body is None else json.dumps(body).encode("ascii")
        method = "GET" if content is None else "POST"
        response = connection.request(method, path, self._headers, content)
        if response.status != 200:
            raise refusal(self._server, response.status, connection.read())
        return response.headers.get("Content-Type", "")

    def _tried(
        self, attempt: Callable[[], Iterator[T]], urgency: Urgency, stop: Cancel
    ) -> Generator[T, None, None]:
        """The events of ``attempt``, begun again after a pause while the server is unavailable.

        Only preparing waits for a server that is away: a person should hear of that at once.
        """
        for pause in (*self._pauses[urgency], None):
            try:
                events = attempt()
                first = next(events, None)
            except Unavailable as unavailable:
                waits = urgency is Urgency.PREPARING or not isinstance(unavailable, Away)
                if pause is None or not waits:
                    raise
                _wait(pause, stop)
                continue
            if first is not None:
                yield first
                yield from events
            return


def _wait(seconds: float, stop: Cancel) -> None:
    over = threading.Event()
    with stop.linked(over.set):
        over.wait(seconds)
    stop.raise_if_set()
