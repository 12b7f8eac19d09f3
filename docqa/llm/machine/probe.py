"""Measures which number of threads is the fastest for a model on this computer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from docqa.llm.machine.threads import Speed, ThreadPlan

_PROMPT = 64
"""Tokens that are read at a time: enough for the kernels of long prompts, and 0.2 s of the starter
with one thread. A 7B model on a slow processor takes 5 s, so that it gets a single round."""
_STEPS = 8
"""Tokens that are written at a time (0.1 s of the starter)."""
_ROUNDS = 5
"""A busy neighbour seldom meets one candidate five times and another never."""
_LIMIT = 20.0
"""Seconds after which no further round begins. The first one is always finished."""
_SLOW_STEP = 0.1
"""Seconds: with a model that needs more for a token, two tokens at a time must do."""
_HOPELESS = 4.0
"""A candidate whose first token takes so many times the best one's leaves out this round.

Threads that spin for one another while something else has their core are 10 to 100 times slower:
a prompt of 5 seconds would take minutes.
"""


class Engine(Protocol):
    """What is measured."""

    def set_threads(self, plan: ThreadPlan) -> None:
        """Use so many threads from now on."""

    def prefill(self, tokens: int) -> None:
        """Read a prompt of so many tokens, from the beginning and without remembered parts."""

    def step(self) -> None:
        """Write one more token; without a prompt yet, the first one."""


@dataclass(slots=True)
class _Best:
    """The shortest times of a candidate so far, in seconds a token."""

    step: float = float("inf")
    prompt: float = float("inf")


def probe_threads(
    engine: Engine,
    candidates: Iterable[int],
    raise_if_stopped: Callable[[], None],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Mapping[int, Speed]:
    """The speed with each number of threads: the best of some rounds, in which all take turns.

    Takes a second or two for a small model and half a minute for a 7B model on a slow processor. A
    candidate that was hopeless in all rounds is left out; at least one is in. Before each
    measurement ``raise_if_stopped`` may raise; the engine may raise too.
    """
    best = {threads: _Best() for threads in candidates}
    started = clock()
    for _ in range(_ROUNDS):
        before = clock()
        for threads, times in best.items():
            raise_if_stopped()
            engine.set_threads(ThreadPlan(threads, threads))
            _measure(engine, times, _shortest_step(best), raise_if_stopped, clock)
        if clock() + (clock() - before) > started + _LIMIT:
            break
    return {
        threads: Speed(1 / times.step, 1 / times.prompt)
        for threads, times in best.items()
        if times.prompt < float("inf")
    }


def _shortest_step(best: Mapping[int, _Best]) -> float:
    return min(times.step for times in best.values())


def _measure(
    engine: Engine,
    times: _Best,
    shortest: float,
    raise_if_stopped: Callable[[], None],
    clock: Callable[[], float],
) -> None:
    """Let one candidate take its turn."""

    def seconds(work: Callable[[], None]) -> float:
        raise_if_stopped()
        started = clock()
        work()
        return max(1e-9, clock() - started)

    # The first token with another number of threads is a warm-up as well.
    first = seconds(engine.step)
    if first > _HOPELESS * shortest:
        return
    times.prompt = min(times.prompt, seconds(lambda: engine.prefill(_PROMPT)) / _PROMPT)
    steps = 2 if first > _SLOW_STEP else _STEPS
    times.step = min(times.step, sum(seconds(engine.step) for _ in range(steps)) / steps)
