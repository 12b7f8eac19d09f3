"""Suits threads and priority to who waits, and to what else the computer does. In the child only.

llama.cpp's threads wait for one another by spinning. When another program takes a core away, a step
takes ten to a hundred times longer; with fewer threads it runs on as if nothing were. So threads
are taken back as soon as a step is slow, and tried again after a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from docqa.host.load import OthersLoad
from docqa.host.priority import Priority
from docqa.llm.machine.requantise import conversions
from docqa.llm.machine.threads import ThreadPlan, beside, while_preparing
from docqa.process import Urgency

_SLOW = 3.0
"""A step that takes so many times the usual one was held up: steps differ by a tenth otherwise."""
_DRIFT = 1.01
"""What a step may take longer than the one before without being held up: contexts grow."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before more threads are tried again; doubled each time that they are held up."""
_WRITING = 32
"""Tokens of a batch up to which it counts as a step of writing."""


class Threads(Protocol):
    """What takes a number of threads."""

    def set_threads(self, plan: ThreadPlan) -> None:
        """Use so many threads from now on."""


class Pace:
    """As fast as possible for a person; beside what others do while preparing."""

    def __init__(
        self,
        llama: Threads,
        plan: ThreadPlan,
        cores: int,
        others: OthersLoad,
        priority: Priority,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """``plan`` is what is fastest on the ``cores`` of a quiet computer."""
        self.plan = plan
        self._llama = llama
        self._cores = cores
        self._others = others
        self._priority = priority
        self._clock = clock
        self._wanted = plan
        self._used: ThreadPlan | None = None
        self._usual: dict[tuple[int, int], float] = {}
        self._most_writing = plan.decoding
        self._pause = _SHORTEST_PAUSE
        self._paused_until = 0.0
        self._began = 0.0

    def adopt(self, plan: ThreadPlan) -> None:
        """Another plan turned out to be the fastest."""
        self.plan = self._wanted = plan
        self._used = None
        self._most_writing = plan.decoding

    def suit(self, urgency: Urgency) -> None:
        """Set threads and priority for work of this urgency."""
        busy = self._busy()
        if urgency is Urgency.PREPARING:
            self._priority.lower()
            self._wanted = while_preparing(self.plan, self._cores, busy)
        else:
            self._priority.restore()
            self._wanted = beside(self.plan, self._cores, busy)

    def begin(self, tokens: int) -> None:
        """A batch of so many tokens is about to be computed."""
        if tokens > _WRITING:
            free = beside(self._wanted, self._cores, self._busy())
            self._use(ThreadPlan(free.decoding, free.prefill))
        else:
            if self._most_writing < self._wanted.decoding and self._clock() > self._paused_until:
                self._most_writing = self._wanted.decoding
            writing = min(self._wanted.decoding, self._most_writing)
            # llama.cpp takes a batch of several sequences for reading.
            self._use(ThreadPlan(writing, writing))
        self._began = self._clock()

    def end(self, tokens: int) -> None:
        """It was computed."""
        if tokens > _WRITING or self._used is None:
            return
        now = self._clock()
        seconds = now - self._began
        kind = (tokens, self._used.decoding)
        usual = self._usual.get(kind, seconds)
        self._usual[kind] = min(usual * _DRIFT, seconds)
        if self._used.decoding > 1 and seconds > _SLOW * usual:
            self._most_writing = 1
            self._paused_until = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif now > self._paused_until + self._pause:
            self._pause = _SHORTEST_PAUSE

    def _busy(self) -> float:
        """Cores that are not free: a copy that is being made takes one as another program would."""
        return self._others.busy_cores() + conversions()

    def _use(self, plan: ThreadPlan) -> None:
        if plan != self._used:
            self._llama.set_threads(plan)
            self._used = plan
