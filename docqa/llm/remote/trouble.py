"""What can go wrong with the person's server, each as one sentence; never with what it sent."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator

from docqa.errors import DocqaError
from docqa.llm.remote.connection import Silent, TooLong, Unreachable
from docqa.settings import ServerSettings

_SETTING = "under [server] in the settings"
_HUNG_UP = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""It is there, and is starting or too busy to talk."""
_WHY = (
    (ConnectionRefusedError, "nobody listens there"),
    (_HUNG_UP, "it hung up"),
    (TimeoutError, "no answer"),
    (socket.gaierror, "its name cannot be looked up"),
)
"""In our words, because Windows has none for most numbers of network errors."""


class Unavailable(DocqaError):
    """The server cannot do it right now; the same request may succeed soon."""


class Away(Unavailable):
    """The computer or the way to it is not there: that may last, or be a mistake in the address."""


class Refused(DocqaError):
    """The server answered with an error; ``status`` is HTTP's."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class NoAnswer(DocqaError):
    """What came is no answer of an OpenAI-compatible server."""


@contextlib.contextmanager
def in_words(server: ServerSettings) -> Iterator[None]:
    """Turn what goes wrong inside the block into one sentence about ``server``."""
    try:
        yield
    except DocqaError:
        raise
    except (OSError, http.client.HTTPException, TooLong, ValueError, RecursionError) as error:
        raise _sentence(error, server) from error


def refusal(server: ServerSettings, status: int, content: bytes) -> DocqaError:
    """The sentence for an answer with an error ``status`` (of HTTP)."""
    who = f"The server at {server.host}"
    if status in (429, 502, 503):
        return Unavailable(f"{who} is too busy, or still starting ({status}); try again later.")
    if 300 <= status < 400:
        advice = f"docqa does not follow: correct url {_SETTING}."
        return Refused(f"{who} sends docqa on to another address; {advice}", status)
    if status in (401, 403):
        advice = f"set api_key, or api_key_env, {_SETTING}."
        return Refused(f"{who} does not accept docqa's key ({status}); {advice}", status)
    problem = _problem(content)
    if status == 404 or "model_not_found" in problem:
        what = "what docqa asks for" if server.model is None else f"the model {server.model}"
        return Refused(f"{who} does not know {what}; correct url or model {_SETTING}.", status)
    if status in (400, 413) and "context" in problem:
        advice = f"ask for less at once, or lower context {_SETTING}."
        return Refused(f"The prompt is too long for the server at {server.host}; {advice}", status)
    advice = "look into its log and try again."
    return Refused(f"{who} could not do what docqa asked for ({status}); {advice}", status)


def no_answer(server: ServerSettings) -> NoAnswer:
    """Something else answers at that address."""
    return NoAnswer(
        f"What answers at {server.host} is no OpenAI-compatible server; correct url {_SETTING}."
    )


def broken_off(server: ServerSettings) -> DocqaError:
    """The reply has no end."""
    return DocqaError(
        f"The server at {server.host} broke its reply off; look into its log and try again. "
        f"If it serves one request at a time only, set parallel = 1 {_SETTING}."
    )


def thinks_aloud(server: ServerSettings) -> DocqaError:
    """The reply ends before the model's thought does."""
    return DocqaError(
        f"The model on the server at {server.host} thinks aloud and did not come to its reply; "
        "switch thinking off at the server, or use another model."
    )


def cut_off(server: ServerSettings) -> DocqaError:
    """The server has read fewer tokens than the prompt can have."""
    return DocqaError(
        f"The server at {server.host} did not read all of the prompt; give it more context "
        f"(num_ctx in Ollama), or lower context {_SETTING}."
    )


def _sentence(error: Exception, server: ServerSettings) -> DocqaError:
    who = f"The server at {server.host}"
    if isinstance(error, Unreachable):
        return _unreachable(error.__cause__, who)
    if isinstance(error, Silent):
        return DocqaError(
            f"{who} was silent for {server.timeout:g} seconds; see whether it works, or raise "
            f"timeout {_SETTING}."
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, _HUNG_UP):
        return _insecure(error, who)
    if isinstance(error, OSError):
        return Unavailable(f"{who} ended the connection; look into its log and try again.")
    if isinstance(error, http.client.IncompleteRead):
        return broken_off(server)
    return no_answer(server)


def _unreachable(cause: BaseException | None, who: str) -> DocqaError:
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, _HUNG_UP):
        return _insecure(cause, who)
    sentence = f"{who} cannot be reached ({_why(cause)}); start it, or correct url {_SETTING}."
    return Unavailable(sentence) if isinstance(cause, _HUNG_UP) else Away(sentence)


def _insecure(error: ssl.SSLError, who: str) -> DocqaError:
    reason = getattr(error, "reason", None) or "TLS failed"
    return DocqaError(
        f"{who} cannot be reached securely ({reason}); correct its certificate, or url {_SETTING}."
    )


def _why(cause: BaseException | None) -> str:
    for kind, words in _WHY:
        if isinstance(cause, kind):
            return words
    return (cause.strerror if isinstance(cause, OSError) else None) or "no answer"


def _problem(content: bytes) -> str:
    """What the server says is wrong, to look for words in; it may quote a document."""
    try:
        said = json.loads(content)
    except ValueError:
        return ""
    error = said.get("error", said) if isinstance(said, dict) else said
    return json.dumps(error).casefold()
