"""What runs in the language model's child: prompts in, pieces of text out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, assert_never

from docqa.host.cores import physical_cores
from docqa.host.load import OthersLoad
from docqa.host.priority import Priority
from docqa.llm.base import Finished, Piece, Scores
from docqa.llm.engine.batch import Part
from docqa.llm.engine.layout import Laid, Layout, common_prefix
from docqa.llm.engine.llama import ASKING, BRANCHES, PREPARING, Llama, Unwatched
from docqa.llm.engine.pace import Pace
from docqa.llm.engine.reading import PromptReader
from docqa.llm.engine.scoring import score
from docqa.llm.engine.starting import Engine, start
from docqa.llm.engine.writing import Reply, Task, write
from docqa.llm.machine.tuning import Tuning
from docqa.llm.messages import (
    Count,
    Counts,
    Describe,
    Generate,
    Request,
    Running,
    Score,
    Tune,
    Tuned,
)
from docqa.llm.order import Order
from docqa.model import Usage
from docqa.process import Flag, Urgency

_ENOUGH = 4
"""Replies that are written together: for fewer, what was read for a person is forgotten."""


class LlamaService:
    """Answers the requests of :mod:`docqa.llm.messages`, one at a time."""

    def __init__(self, flag: Flag, engine: Engine, worth_saving: float) -> None:
        """``worth_saving``: see :class:`docqa.llm.order.Order`."""
        self._flag = flag
        self._engine = engine
        self._llama: Llama = engine.llama
        self._layout = Layout(engine.llama.vocabulary, engine.template)
        self._reader = PromptReader(engine.llama, engine.states, worth_saving, flag.raise_if_set)
        self._silent = engine.llama.vocabulary.silent_tokens()
        # The program is our parent: what it and its other children do is ours, too.
        others = OthersLoad((os.getppid(),))
        self._pace = Pace(engine.llama, engine.threads, physical_cores(), others, Priority())
        engine.llama.watch(self._pace)

    def handle(self, request: Request) -> Iterator[Any]:
        """Yield the events of a request."""
        match request:
            case Generate():
                self._pace.suit(request.urgency)
                yield from self._generate(request)
            case Score():
                self._pace.suit(request.urgency)
                yield self._score(request)
            case Count():
                tokenize = self._llama.vocabulary.tokenize
                yield Counts(tuple(len(tokenize(text)) for text in request.texts))
            case Tune():
                yield self._tune()
            case Describe():
                yield self.greet()
            case _:
                assert_never(request)

    def rest(self, raise_if_wanted: Callable[[], None]) -> None:
        """Save what was computed at length, now that nobody waits for an answer."""
        self._reader.save(raise_if_wanted)

    # -- generating ----------------------------------------------------------------------------

    def _generate(self, request: Generate) -> Iterator[tuple[int, Piece | Finished]]:
        started = time.perf_counter()
        if request.grammar is not None:
            self._llama.grammar(request.grammar).close()  # Refuse it before anything is computed.
        laid = [self._layout.lay(prompt) for prompt in request.prompts]
        for one in laid:
            self._reader.require_room(one, request.max_tokens)
        self._flag.raise_if_set()
        if len(laid) == 1:
            yield from self._write_one(request, laid[0], started)
        elif laid:
            yield from self._write_many(request, laid, started)

    def _write_one(
        self, request: Generate, laid: Laid, started: float
    ) -> Iterator[tuple[int, Piece | Finished]]:
        """One reply is written behind its prompt, in the sequence that keeps both."""
        sequence = _resident(request.urgency)
        # The last token is always computed: its logits say how the reply begins.
        most = len(laid.tokens) - 1
        known = min(laid.kept, most)
        room = len(laid.tokens) - (known or most) + request.max_tokens
        if known:
            cached = self._reader.read(sequence, laid, known, room)
        else:
            cached = self._reader.recall(sequence, laid, most, room)
        task = Task(0, laid.tokens[max(cached, known) :], len(laid.tokens), cached)
        yield from self._write(request, [task], [sequence], started)

    def _write_many(
        self, request: Generate, laid: Sequence[Laid], started: float
    ) -> Iterator[tuple[int, Piece | Finished]]:
        """Several replies are written in branches behind what their prompts begin with."""
        sequence = _resident(request.urgency)
        shared = min(common_prefix(laid[0].tokens, one.tokens) for one in laid)
        shared = min(shared, min(len(one.tokens) for one in laid) - 1)
        cached = self._reader.read(sequence, laid[0], shared)
        longest = max(len(one.tokens) for one in laid) - shared + request.max_tokens
        together = min(len(BRANCHES), len(laid))
        free = self._reader.free_for(sequence, min(together, _ENOUGH) * longest)
        branches = BRANCHES[: max(1, min(together, free // longest))]
        tasks = [
            Task(index, one.tokens[shared:], len(one.tokens), shared if index else cached)
            for index, one in enumerate(laid)
        ]
        try:
            yield from self._write(request, tasks, branches, started, (sequence, shared))
        finally:
            for branch in branches:
                self._llama.keep(branch, 0)

    def _write(
        self,
        request: Generate,
        tasks: Sequence[Task],
        sequences: Sequence[int],
        started: float,
        prefix: tuple[int, int] | None = None,
    ) -> Iterator[tuple[int, Piece | Finished]]:
        """``prefix``: the sequence, and how much of it, that each reply begins with."""

        def begin(task: Task, sequence: int) -> Reply:
            if prefix is not None:
                self._llama.copy(prefix[0], sequence, prefix[1])
            grammar = None if request.grammar is None else self._llama.grammar(request.grammar)
            vocabulary = self._llama.vocabulary
            return Reply(task, sequence, request, vocabulary, self._silent, grammar, started)

        yield from write(self._llama, tasks, sequences, begin, self._flag.raise_if_set)

    # -- scoring -------------------------------------------------------------------------------

    def _score(self, request: Score) -> Scores:
        laid = self._layout.lay(request.prompt)
        tokenize = self._llama.vocabulary.tokenize
        continuations = [tokenize(text) for text in request.continuations]
        longest = max(map(len, continuations), default=0)
        self._reader.require_room(laid, longest)
        self._flag.raise_if_set()
        sequence = _resident(request.urgency)
        cached = self._reader.recall(sequence, laid, len(laid.tokens) - 1, 1 + longest)
        (place,) = self._llama.decode([Part(sequence, laid.tokens[cached:])])
        first = self._llama.logits(place).copy()  # The next batch will overwrite them.
        totals = score(self._llama, sequence, continuations, first, self._reader.free())
        means = [
            total / max(1, len(tokens)) for total, tokens in zip(totals, continuations, strict=True)
        ]
        read = len(laid.tokens) + sum(map(len, continuations))
        return Scores(tuple(totals), tuple(means), Usage(read, cached, 0))

    # -- about itself --------------------------------------------------------------------------

    def _tune(self) -> Tuned:
        trials = self._engine.trials
        if trials is None:
            return Tuned(restart=False)
        self._reader.forget()  # The trials take cells, and the person's next question is far.
        self._llama.watch(Unwatched())
        found = Tuning()
        try:
            found = trials.tune(self._llama, self._engine.weights)
        finally:
            self._pace.adopt(found.threads or self._pace.plan)
            self._llama.watch(self._pace)
        return Tuned(restart=(found.weights or "original") != self._engine.weights)

    def greet(self) -> Running:
        """How the model is run, for the person and for measurements."""
        device = self._engine.placement.device
        name = "processor" if device is None else device.description
        return Running(name, self._pace.plan.decoding, self._engine.note)


def _resident(urgency: Urgency) -> int:
    """The sequence that keeps what was read: a person's questions have one of their own."""
    return ASKING if urgency is Urgency.ASKING else PREPARING


def serve_model(flag: Flag, order: Order) -> LlamaService:
    """Load a model as ordered; called in the child."""
    return LlamaService(flag, start(order, flag), order.worth_saving)
