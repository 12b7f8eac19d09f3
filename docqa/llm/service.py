"""What runs in the language model's child: prompts in, pieces of text out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from docqa.errors import Cancelled, DocqaError
from docqa.llm.base import Finished, Piece, Prompt, Scores
from docqa.llm.gguf import read_header
from docqa.llm.grammar import Grammar, Logits
from docqa.llm.llama import MOST_OUTPUTS, Llama
from docqa.llm.memory import require_memory
from docqa.llm.messages import Count, Counts, Generate, Request, Score
from docqa.llm.reply import ReplyText
from docqa.llm.sampling import Sampler
from docqa.llm.templates import Marker, choose_template
from docqa.model import Usage
from docqa.process import Flag


@dataclass(frozen=True, slots=True)
class _Read:
    """A prompt that the context holds, its last token with logits."""

    tokens: int
    cached: int


class LlamaService:
    """Answers the requests of :mod:`docqa.llm.messages`, one at a time."""

    def __init__(self, flag: Flag, path: Path, context: int, threads: int) -> None:
        self._flag = flag
        header = read_header(path)
        choose_template(header.metadata, path.stem)  # Refuse before the weights are loaded.
        require_memory(header, context)
        self._llama = Llama(path, context, threads)
        self._template = choose_template(header.metadata, path.stem, self._is_control)
        self._silent = self._llama.silent_tokens()
        self._warm_up()
        self._llama.stop_at(flag.address)

    def _is_control(self, marker: str) -> bool:
        return self._llama.marker(marker) is not None

    def _warm_up(self) -> None:
        """Touch all weights once, so that the first call costs what every call costs."""
        self._llama.decode(self._llama.tokenize("Warm up."))
        self._llama.keep(0)

    def handle(self, request: Request) -> Iterator[Any]:
        """Yield the events of a request."""
        match request:
            case Generate():
                yield from self._generate(request)
            case Score():
                yield self._score(request)
            case Count():
                yield Counts(tuple(len(self._llama.tokenize(text)) for text in request.texts))
            case _:
                assert_never(request)

    # -- generating ----------------------------------------------------------------------------

    def _generate(self, request: Generate) -> Iterator[Piece | Finished]:
        started = time.perf_counter()
        if request.grammar is None:
            yield from self._reply(request, None, started)
        else:
            with self._llama.grammar(request.grammar) as grammar:
                yield from self._reply(request, grammar, started)

    def _reply(
        self, request: Generate, grammar: Grammar | None, started: float
    ) -> Iterator[Piece | Finished]:
        read = self._read(self._tokens(request.prompt), request.max_tokens)
        sampler = Sampler(request.temperature, request.seed, self._silent, grammar)
        text = ReplyText(request.stop)
        written, first_token, ended = 0, 0.0, False
        while written < request.max_tokens:
            self._raise_if_stopped()
            token = sampler.next(self._llama.logits())
            first_token = first_token or time.perf_counter() - started
            if self._llama.is_end(token):
                ended = True
                break
            written += 1
            if piece := text.add(self._llama.piece(token)):
                yield Piece(piece)
            if text.stopped:
                ended = True
                break
            if written < request.max_tokens:
                sampler.accept(token)
                self._llama.decode([token])
        if rest := text.finish():
            yield Piece(rest)
        usage = Usage(read.tokens, read.cached, written)
        seconds = time.perf_counter() - started
        yield Finished("stop" if ended else "length", usage, first_token, seconds)

    # -- scoring -------------------------------------------------------------------------------

    def _score(self, request: Score) -> Scores:
        prompt = self._tokens(request.prompt)
        all_tokens = [self._llama.tokenize(text) for text in request.continuations]
        longest = max(map(len, all_tokens), default=0)
        read = self._read(prompt, longest)
        first = _log_probabilities(self._llama.logits())
        totals = [
            float(first[tokens[0]]) + self._score_rest(tokens, read.tokens) if tokens else 0.0
            for tokens in all_tokens
        ]
        means = [
            total / max(1, len(tokens)) for total, tokens in zip(totals, all_tokens, strict=True)
        ]
        shown = read.tokens + sum(map(len, all_tokens))
        return Scores(tuple(totals), tuple(means), Usage(shown, read.cached, 0))

    def _score_rest(self, tokens: list[int], prompt_length: int) -> float:
        """Log-probability of all tokens but the first, after the prompt and those before them."""
        total = 0.0
        shown, expected = tokens[:-1], tokens[1:]
        try:
            for start in range(0, len(shown), MOST_OUTPUTS):
                chunk = shown[start : start + MOST_OUTPUTS]
                self._llama.decode(chunk, all_logits=True)
                for index, token in enumerate(expected[start : start + len(chunk)]):
                    total += float(_log_probabilities(self._llama.logits(index))[token])
        finally:
            self._llama.keep(prompt_length)
        return total

    # -- prompts -------------------------------------------------------------------------------

    def _tokens(self, prompt: Prompt) -> list[int]:
        tokens = [self._llama.bos] if self._template.begins_with_bos else []
        for segment in self._template.segments(prompt):
            if isinstance(segment, Marker) and segment.control:
                marker = self._llama.marker(segment.text)
                assert marker is not None  # The template was chosen for it.
                tokens.append(marker)
            else:
                fresh = isinstance(segment, Marker) or segment.fresh
                tokens += self._llama.tokenize(segment.text, fresh=fresh)
        return tokens

    def _read(self, tokens: list[int], room: int) -> _Read:
        """Bring the prompt into the context, reusing the beginning that is there already."""
        if len(tokens) + room > self._llama.context:
            raise DocqaError(
                f"The prompt of {len(tokens)} tokens and a reply of up to {room} do not fit the "
                f"model's context of {self._llama.context} tokens; ask for less at once."
            )
        self._raise_if_stopped()
        # The last token is always computed: its logits say how the reply begins.
        cached = min(_common_prefix(self._llama.held, tokens), len(tokens) - 1)
        self._llama.keep(cached)
        self._llama.decode(tokens[cached:])
        return _Read(len(tokens), cached)

    def _raise_if_stopped(self) -> None:
        if self._flag.is_set:
            raise Cancelled


def _log_probabilities(logits: Logits) -> npt.NDArray[np.float64]:
    shifted = logits.astype(np.float64) - float(logits.max())
    result: npt.NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result


def _common_prefix(one: list[int], other: list[int]) -> int:
    length = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        length += 1
    return length
