"""One reply of a server: what is asked for, and what of the answer the caller gets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.remote.answers import Chunk
from docqa.llm.remote.chat import Chat, Continuation
from docqa.llm.remote.counting import estimated
from docqa.llm.remote.thought import Thought
from docqa.llm.reply import ReplyText
from docqa.model import Usage

_MOST_STOPS = 4
"""OpenAI's limit; all of them are looked for here as well."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one reply is to be; see LanguageModel.generate."""

    prompt: Prompt
    max_tokens: int
    grammar: str | None
    stop: tuple[str, ...]
    temperature: float
    seed: int

    @property
    def tokens(self) -> int:
        """The budget for the server, which may have to repeat the beginning of the reply first."""
        return self.max_tokens + estimated(self.prompt.reply)

    def body(self, shown: Chat, model: str, *, grammar: bool) -> dict[str, Any]:
        """The request, with the grammar if the server understands ``grammar``."""
        body: dict[str, Any] = {
            "model": model,
            "messages": shown.messages,
            "max_tokens": self.tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stops := self._stops():
            body["stop"] = stops
        if grammar and self.grammar is not None:
            body["grammar"] = self.grammar
        return body

    def _stops(self) -> list[str]:
        """What the server may stop at.

        Not at blanks, which many replies begin with, nor at what the repeated beginning contains.
        """
        wanted = (stop for stop in self.stop if stop.strip() and stop not in self.prompt.reply)
        return list(wanted)[:_MOST_STOPS]


class Reply:
    """A reply as it comes: cuts off what the caller should not see, and knows how it ended."""

    def __init__(self, wish: Wish, prompt_tokens: int, started: float) -> None:
        """``started`` by time.perf_counter; ``prompt_tokens`` for a server that does not count."""
        self._budget = wish.tokens
        self._prompt_tokens = prompt_tokens
        self._started = started
        self._thought = Thought()
        self._continuation = Continuation(wish.prompt.reply)
        self._text = ReplyText(wish.stop)
        self._first: float | None = None
        self._written = 0
        self._usage: Usage | None = None
        self._reason: Literal["stop", "length"] | None = None
        self._was_thought = False
        self.is_complete = False
        """Whether enough has come: the rest does not matter."""

    @property
    def has_ended(self) -> bool:
        """Whether the server, or this class, has ended the reply: otherwise it was broken off."""
        return self._reason is not None

    @property
    def told_tokens(self) -> int:
        """Tokens of the prompt that the server has told; 0 if it has not."""
        return self._usage.prompt_tokens if self._usage is not None else 0

    @property
    def is_thinking(self) -> bool:
        """Whether the last that came is a thought and no reply."""
        return self._was_thought or self._thought.is_inside

    def add(self, chunk: Chunk) -> Iterator[Piece]:
        """Take what came; yield what the caller gets of it."""
        self._usage = chunk.usage or self._usage
        if chunk.finish is not None:
            self._reason = "length" if chunk.finish == "length" else "stop"
        if not chunk.is_written:
            return
        if self._written == self._budget:  # A server that does not keep to it.
            self._end("length")
            return
        self._written += 1
        self._was_thought = not chunk.text
        if text := self._thought.add(chunk.text):
            if self._first is None:
                self._first = time.perf_counter() - self._started
            yield from self._pieces(self._continuation.add(text))

    def finish(self) -> Iterator[Piece | Finished]:
        """The rest of the text and the end."""
        if not self.is_complete:
            rest = self._continuation.add(self._thought.finish()) + self._continuation.finish()
            yield from self._pieces(rest)
        if rest := self._text.finish():
            yield Piece(rest)
        seconds = time.perf_counter() - self._started
        # A chunk is a token, nearly always.
        usage = self._usage or Usage(self._prompt_tokens, 0, self._written)
        yield Finished(self._reason or "length", usage, self._first or seconds, seconds)

    def _pieces(self, text: str) -> Iterator[Piece]:
        if piece := self._text.add(text.encode("utf-8", "replace")):
            yield Piece(piece)
        if self._text.stopped:
            self._end("stop")

    def _end(self, reason: Literal["stop", "length"]) -> None:
        self._reason = reason
        self.is_complete = True
