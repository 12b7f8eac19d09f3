"""Measuring, with an engine whose speed and whose clock are made up."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from docqa.errors import Cancelled
from docqa.llm.machine.probe import probe_threads
from docqa.llm.machine.threads import Speed, ThreadPlan, choose


class FakeEngine:
    """Takes the time that is said for each number of threads: seconds a token and a prompt token.

    ``busy``: calls during which another program makes everything so many times slower.
    """

    def __init__(
        self, seconds: Mapping[int, tuple[float, float]], busy: range = range(0), factor: float = 50
    ) -> None:
        self._seconds = seconds
        self._busy = busy
        self._factor = factor
        self._threads = 0
        self.now = 1000.0
        self.calls: list[tuple[int, str]] = []

    def clock(self) -> float:
        return self.now

    def set_threads(self, plan: ThreadPlan) -> None:
        assert plan.decoding == plan.prefill
        self._threads = plan.decoding

    def prefill(self, tokens: int) -> None:
        self._pass("prefill", tokens * self._seconds[self._threads][1])

    def step(self) -> None:
        self._pass("step", self._seconds[self._threads][0])

    def _pass(self, what: str, seconds: float) -> None:
        slow = self._factor if len(self.calls) in self._busy else 1
        self.now += seconds * slow
        self.calls.append((self._threads, what))

    def rounds(self) -> list[int]:
        """Whose prompts were measured, in order."""
        return [threads for threads, what in self.calls if what == "prefill"]


def never() -> None:
    pass


def probe(engine: FakeEngine, *candidates: int) -> Mapping[int, Speed]:
    return probe_threads(engine, candidates, never, clock=engine.clock)


def test_it_measures_what_there_is() -> None:
    measured = probe(FakeEngine({1: (0.01, 0.004), 2: (0.008, 0.002)}), 1, 2)
    assert measured[1].decoding == pytest.approx(100)
    assert measured[1].prefill == pytest.approx(250)
    assert measured[2].decoding == pytest.approx(125)
    assert measured[2].prefill == pytest.approx(500)
    assert choose(measured) == ThreadPlan(2, 2)


def test_candidates_take_turns() -> None:
    engine = FakeEngine({1: (0.01, 0.004), 2: (0.008, 0.002)})
    probe(engine, 1, 2)
    assert engine.rounds() == [1, 2] * 5


def test_a_busy_moment_hits_nobody_for_good() -> None:
    speeds = {1: (0.01, 0.004), 2: (0.008, 0.002)}
    quiet = probe(FakeEngine(speeds), 1, 2)
    assert probe(FakeEngine(speeds, busy=range(8, 30), factor=2), 1, 2) == pytest.approx(quiet)


def test_a_slow_model_gets_a_single_round() -> None:
    engine = FakeEngine({2: (0.3, 0.08), 3: (0.3, 0.08), 4: (0.3, 0.08)})
    assert set(probe(engine, 2, 3, 4)) == {2, 3, 4}
    assert engine.rounds() == [2, 3, 4]
    assert engine.now - 1000 < 25


def test_no_round_begins_that_would_end_too_late() -> None:
    engine = FakeEngine({1: (0.05, 0.1), 2: (0.05, 0.1)})  # 14 seconds a round.
    probe(engine, 1, 2)
    assert engine.rounds() == [1, 2]


def test_threads_that_spin_for_one_another_do_not_hold_up_the_rest() -> None:
    engine = FakeEngine({1: (0.1, 0.05), 2: (5.0, 2.0)})  # A prompt would take two minutes.
    measured = probe(engine, 1, 2)
    assert set(measured) == {1}
    assert engine.now - 1000 < 60
    assert choose(measured) == ThreadPlan(1, 1)


def test_who_was_hopeless_once_has_another_chance() -> None:
    speeds = {1: (0.01, 0.004), 2: (0.008, 0.002)}
    engine = FakeEngine(speeds, busy=range(10, 11))  # The first token of two threads.
    measured = probe(engine, 1, 2)
    assert engine.rounds() == [1, 1, 2, 1, 2, 1, 2, 1, 2]
    assert measured[2].decoding == pytest.approx(125)


def test_it_can_be_stopped_before_each_measurement() -> None:
    engine = FakeEngine({1: (0.01, 0.004), 2: (0.008, 0.002)})

    def stop_after_three() -> None:
        if len(engine.calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        probe_threads(engine, (1, 2), stop_after_three, clock=engine.clock)
    assert len(engine.calls) == 3


def test_a_clock_without_ticks_is_no_division_by_zero() -> None:
    assert probe(FakeEngine({1: (0.0, 0.0)}), 1)[1].decoding > 0
