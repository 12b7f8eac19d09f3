"""Requests to an OpenAI-compatible server and its answers, read with suspicion."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from docqa.llm.remote.connection import Connection
from docqa.llm.remote.trouble import NoAnswer, Refused, Unavailable, in_words, no_answer, refusal
from docqa.model import Usage
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


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of a reply: new text, why it ended (last), what it cost (where the server tells)."""

    text: str
    finish: str | None
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Echo:
    """The server's tokens of a text, each with its log-probability (None: there is none)."""

    tokens: tuple[str, ...]
    logs: tuple[float | None, ...]


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
        answer = self._ask(f"{self._base}/models", None, urgency, stop)
        names = [_get(entry, "id") for entry in _list(_get(answer, "data"))]
        return [name for name in names if isinstance(name, str) and name]

    def chat(
        self, body: Mapping[str, Any], urgency: Urgency, stop: Cancel
    ) -> Generator[Chunk, None, None]:
        """Stream a reply. It is tried again until something comes, and never after that."""
        path = f"{self._base}/chat/completions"
        events = self._tried(lambda: self._stream(path, body, stop), urgency, stop)
        with contextlib.closing(events):
            for event in events:
                yield _chunk(event)

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
        answer = self._offered(f"{self._root}/tokenize", body, urgency, stop)
        tokens = _get(answer, "tokens")
        return len(tokens) if isinstance(tokens, list) else _whole(_get(answer, "count"))

    def counted(self, text: str, model: str, urgency: Urgency, stop: Cancel) -> int | None:
        """The same by llama_cpp.server's ``/extras``, which may count a token for the beginning."""
        body = {"model": model, "input": text}
        answer = self._offered(f"{self._root}/extras/tokenize/count", body, urgency, stop)
        return _whole(_get(answer, "count"))

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
        answer = self._offered(f"{self._base}/completions", body, urgency, stop)
        choice = next(iter(_list(_get(answer, "choices"))), None)
        told = _get(choice, "logprobs")
        tokens, logs = _list(_get(told, "tokens")), _list(_get(told, "token_logprobs"))
        if len(tokens) != len(logs):
            return None
        written = _whole(_get(_get(answer, "usage"), "completion_tokens"))
        end = len(tokens) - (1 if written is None else written)
        return _echo(tokens[:end], logs[:end]) if end > 0 else None

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
    ) -> Generator[Any, None, None]:
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
                # A comment is no sign of work; each piece of the reply is.
                connection.heard()
                if value.strip() == _DONE:
                    return
                event = json.loads(value)
                if (error := _get(event, "error")) is not None:
                    status = _whole(_get(error, "code")) or 500
                    raise refusal(self._server, status, value)
                yield event

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
        """The events of ``attempt``, begun again after a pause while the server is unavailable."""
        for pause in (*self._pauses[urgency], None):
            try:
                events = attempt()
                first = next(events, None)
            except Unavailable:
                if pause is None:
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


def _chunk(event: Any) -> Chunk:
    choice = next(iter(_list(_get(event, "choices"))), None)
    text, finish = _get(_get(choice, "delta"), "content"), _get(choice, "finish_reason")
    usage = _get(event, "usage")
    return Chunk(
        text if isinstance(text, str) else "",
        finish if isinstance(finish, str) else None,
        None if usage is None else _usage(usage),
    )


def _usage(told: Any) -> Usage | None:
    prompt, written = _whole(_get(told, "prompt_tokens")), _whole(_get(told, "completion_tokens"))
    if prompt is None or written is None:
        return None
    cached = _whole(_get(_get(told, "prompt_tokens_details"), "cached_tokens")) or 0
    return Usage(prompt, min(cached, prompt), written)


def _echo(tokens: list[Any], logs: list[Any]) -> Echo:
    return Echo(
        tuple(map(str, tokens)),
        tuple(float(log) if isinstance(log, int | float) and log <= 0 else None for log in logs),
    )


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_whole else None
