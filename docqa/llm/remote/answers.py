"""What a server answers, read with suspicion: only what is sound gets through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docqa.model import Usage

_LARGEST = 1 << 31
"""No count of tokens is larger, and the database could not keep the sum of much larger ones."""
_LEAST_LOG = -1e6
"""No token is less likely; minus infinity would make sums that are no numbers."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of a reply: new text, why it ended (last), what it cost (where the server tells).

    ``is_thought``: it holds some of what the model thinks, which the server keeps apart.
    """

    text: str
    is_thought: bool
    finish: str | None
    usage: Usage | None

    @property
    def is_written(self) -> bool:
        """Whether the model wrote something: that alone is a sign of work."""
        return bool(self.text) or self.is_thought

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all, as the first one of many servers."""
        return not self.is_written and self.finish is None and self.usage is None


@dataclass(frozen=True, slots=True)
class Echo:
    """The server's tokens of a text, each with its log-probability (None: there is none)."""

    tokens: tuple[str, ...]
    logs: tuple[float | None, ...]


def model_names(answer: Any) -> list[str]:
    """The names in a list of models."""
    names = [get(entry, "id") for entry in _list(get(answer, "data"))]
    return [name for name in names if isinstance(name, str) and name and name.isprintable()]


def chunk(event: Any) -> Chunk:
    """One event of a reply that is streamed."""
    choice = next(iter(_list(get(event, "choices"))), None)
    delta, finish = get(choice, "delta"), get(choice, "finish_reason")
    return Chunk(
        _text(get(delta, "content")),
        bool(_text(get(delta, "reasoning_content")) or _text(get(delta, "reasoning"))),
        finish if isinstance(finish, str) else None,
        _usage(get(event, "usage")),
    )


def count(answer: Any) -> int | None:
    """The number of tokens of a text, in the ways in which servers tell it."""
    tokens = get(answer, "tokens")
    return len(tokens) if isinstance(tokens, list) else whole(get(answer, "count"))


def echo(answer: Any) -> Echo | None:
    """The likelihoods of the text that was sent, without what the server wrote behind it."""
    told = get(next(iter(_list(get(answer, "choices"))), None), "logprobs")
    tokens, logs = _list(get(told, "tokens")), _list(get(told, "token_logprobs"))
    if len(tokens) != len(logs):
        return None
    written = whole(get(get(answer, "usage"), "completion_tokens"))
    end = len(tokens) - (1 if written is None else written)
    if end <= 0:
        return None
    return Echo(tuple(map(str, tokens[:end])), tuple(map(_log, logs[:end])))


def get(value: Any, key: str) -> Any:
    """What ``value`` holds under ``key``; None where it is no object, or has no such key."""
    return value.get(key) if isinstance(value, dict) else None


def whole(value: Any) -> int | None:
    """A whole number from 0 to 2^31; None for everything else."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= _LARGEST else None


def _usage(told: Any) -> Usage | None:
    prompt, written = whole(get(told, "prompt_tokens")), whole(get(told, "completion_tokens"))
    if prompt is None or written is None:
        return None
    cached = whole(get(get(told, "prompt_tokens_details"), "cached_tokens")) or 0
    return Usage(prompt, min(cached, prompt), written)


def _log(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and _LEAST_LOG <= value <= 0 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
