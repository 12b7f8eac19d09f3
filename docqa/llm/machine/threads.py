"""How many threads llama.cpp uses: awake what was found fastest, asleep what others leave free.

Its threads wait for each other by spinning, many times a token. Where one has to wait for a core,
all spin until it comes, so that a thread too many costs far more than one too few: beside one busy
program on two busy cores, one thread wrote 46 tokens a second and two wrote 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docqa.host.cores import physical_cores

_WORTH = 1.1
"""How many times faster more threads must be than fewer to be chosen.

The probe sees a quiet computer; the more threads there are, the worse is what happens on a busy
one (see above), so a few per cent are no reason.
"""
NEARLY_FREE = 0.25
"""A core of which others use no more than this share counts as free: no desktop is ever silent."""


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """Threads for writing (one token at a time) and for reading (many tokens at once)."""

    decoding: int
    prefill: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model writes (decoding) and reads (prefill), in tokens a second."""

    decoding: float
    prefill: float


def candidates(cores: int) -> tuple[int, ...]:
    """Numbers of threads that are worth measuring on so many physical cores, ascending.

    Half of the cores stands for the fast ones of a processor that has slow ones too: each step is
    as slow as its slowest thread, so that there less can be more.
    """
    return tuple(sorted({max(1, cores // 2), max(1, cores - 1), max(1, cores)}))


def default_plan() -> ThreadPlan:
    """What is used before anything was measured: all physical cores but one, of two both.

    The one is for the window, the embedder and everything else. Of two cores it would be half of
    the speed: with both the starter wrote 151 tokens a second on a quiet computer, with one 98. On
    a busy one threads are taken back in any case (see :mod:`docqa.llm.engine.pace`).
    """
    cores = physical_cores()
    threads = cores if cores <= 2 else cores - 1
    return ThreadPlan(threads, threads)


def choose(measured: Mapping[int, Speed]) -> ThreadPlan:
    """The plan that follows from the speeds by number of threads (at least one is measured)."""
    return ThreadPlan(
        _fewest_fast({threads: speed.decoding for threads, speed in measured.items()}),
        _fewest_fast({threads: speed.prefill for threads, speed in measured.items()}),
    )


def while_preparing(plan: ThreadPlan, cores: int, others: float) -> ThreadPlan:
    """The plan for work that nobody waits for, when ``others`` keep so many ``cores`` busy.

    One core is left for the person where there is more than one, and what others use as well; at
    least one thread remains.
    """
    free = int(cores - others + NEARLY_FREE)
    most = max(1, min(free, cores - 1))
    return ThreadPlan(min(plan.decoding, most), min(plan.prefill, most))


def beside(plan: ThreadPlan, cores: int, others: float) -> ThreadPlan:
    """The plan for a person who waits, when ``others`` keep so many ``cores`` busy.

    A share of every core is left for the person's work, but where others want all of it, half of
    the cores are claimed: the system shares them fairly.
    """
    free = max(int(cores - others + NEARLY_FREE), cores // 2, 1)
    return ThreadPlan(min(plan.decoding, free), min(plan.prefill, free))


def _fewest_fast(speeds: Mapping[int, float]) -> int:
    chosen, *more = sorted(speeds)
    for threads in more:
        if speeds[threads] >= _WORTH * speeds[chosen]:
            chosen = threads
    return chosen
