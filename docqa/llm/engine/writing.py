"""Writes replies token by token, one or several in step. Used in the child only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from docqa.llm.base import Finished, Piece
from docqa.llm.engine.batch import Part
from docqa.llm.engine.grammar import Grammar, Logits
from docqa.llm.engine.llama import Llama
from docqa.llm.engine.sampling import Sampler
from docqa.llm.engine.vocabulary import Vocabulary
from docqa.llm.messages import Generate
from docqa.llm.reply import ReplyText
from docqa.model import Usage

_Reason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Task:
    """A reply to write: the tokens of its prompt that come after what its sequence holds.

    ``prompt_tokens`` counts the whole prompt, ``cached`` what of it was not computed for this one.
    """

    index: int
    tokens: Sequence[int]
    prompt_tokens: int
    cached: int


class Reply:
    """A reply while it is written; holds native memory if there is a grammar: :meth:`close` it."""

    def __init__(
        self,
        task: Task,
        sequence: int,
        request: Generate,
        vocabulary: Vocabulary,
        silent: npt.NDArray[np.int64],
        grammar: Grammar | None,
        started: float,
    ) -> None:
        """``started``: when the person began to wait, by time.perf_counter."""
        self.index = task.index
        self.sequence = sequence
        self.is_over = False
        self._task = task
        self._next: Sequence[int] = task.tokens
        self._most = request.max_tokens
        self._vocabulary = vocabulary
        self._grammar = grammar
        self._sampler = Sampler(request.temperature, request.seed + task.index, silent, grammar)
        self._text = ReplyText(request.stop)
        self._started = started
        self._first_token = 0.0
        self._written = 0

    @property
    def part(self) -> Part:
        """What is to be decoded next."""
        return Part(self.sequence, self._next)

    def take(self, logits: Logits) -> Iterator[Piece | Finished]:
        """Choose the next token by the logits behind :attr:`part`; yield what came of it."""
        if self._most <= 0:
            yield from self._end("length")
            return
        token = self._sampler.next(logits)
        self._first_token = self._first_token or self._elapsed()
        if self._vocabulary.is_end(token):
            yield from self._end("stop")
            return
        self._written += 1
        if piece := self._text.add(self._vocabulary.piece(token)):
            yield Piece(piece)
        if self._text.stopped:
            yield from self._end("stop")
        elif self._written == self._most:
            yield from self._end("length")
        else:
            self._sampler.accept(token)
            self._next = [token]

    def close(self) -> None:
        """Give native memory back."""
        if self._grammar is not None:
            self._grammar.close()
            self._grammar = None

    def _end(self, reason: _Reason) -> Iterator[Piece | Finished]:
        self.is_over = True
        if rest := self._text.finish():
            yield Piece(rest)
        usage = Usage(self._task.prompt_tokens, self._task.cached, self._written)
        yield Finished(reason, usage, self._first_token, self._elapsed())

    def _elapsed(self) -> float:
        return time.perf_counter() - self._started


def write(
    llama: Llama,
    tasks: Sequence[Task],
    sequences: Sequence[int],
    begin: Callable[[Task, int], Reply],
    raise_if_stopped: Callable[[], None],
) -> Iterator[tuple[int, Piece | Finished]]:
    """Write the replies to ``tasks``, one in each of ``sequences`` at a time; yield (index, event).

    ``begin`` makes a reply in a sequence that it has made ready. Raises Cancelled.
    """
    waiting = deque(tasks)
    free = deque(sequences)
    active: list[Reply] = []
    try:
        while waiting or active:
            raise_if_stopped()
            while waiting and free:
                active.append(begin(waiting.popleft(), free.popleft()))
            places = llama.decode([reply.part for reply in active])
            for reply, place in zip(active, places, strict=True):
                for event in reply.take(llama.logits(place)):
                    yield reply.index, event
            for reply in [one for one in active if one.is_over]:
                reply.close()
                active.remove(reply)
                free.append(reply.sequence)
    finally:
        for reply in active:
            reply.close()
