"""How many threads, from what was measured and from what others need."""

from __future__ import annotations

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.host.cores import physical_cores
from docqa.llm.machine.threads import (
    Speed,
    ThreadPlan,
    candidates,
    choose,
    default_plan,
    while_preparing,
)

threads = st.integers(1, 64)


def test_two_threads_of_a_core_are_one_physical_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 16 if logical else 8)
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda _: range(16), raising=False)
    assert physical_cores() == 8
    assert default_plan() == ThreadPlan(7, 7)


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (2, 2), (3, 2), (4, 3), (8, 7)])
def test_before_anything_is_measured_a_core_is_left_where_there_are_enough(
    cores: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: cores)
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda _: range(cores), raising=False)
    assert default_plan() == ThreadPlan(expected, expected)


def test_a_container_may_allow_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 64 if logical else 32)
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda _: [3, 4], raising=False)
    assert physical_cores() == 2


def test_a_system_that_tells_nothing_has_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: None)
    monkeypatch.delattr(psutil.Process, "cpu_affinity", raising=False)
    assert physical_cores() == 1
    assert default_plan() == ThreadPlan(1, 1)


@pytest.mark.parametrize(
    ("cores", "expected"),
    [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (4, (2, 3, 4)), (16, (8, 15, 16)), (0, (1,))],
)
def test_candidates_are_half_all_but_one_and_all(cores: int, expected: tuple[int, ...]) -> None:
    assert candidates(cores) == expected


def test_writing_and_reading_have_their_own_best() -> None:
    measured = {4: Speed(20, 100), 7: Speed(20.5, 160), 8: Speed(18, 180)}
    assert choose(measured) == ThreadPlan(decoding=4, prefill=8)


def test_a_few_per_cent_are_no_reason_for_another_thread() -> None:
    assert choose({1: Speed(10, 10), 2: Speed(10.9, 11)}) == ThreadPlan(1, 2)


def test_small_gains_may_add_up_to_a_reason() -> None:
    assert choose({2: Speed(10, 1), 3: Speed(10.9, 1), 4: Speed(11.5, 1)}) == ThreadPlan(4, 2)


@given(st.dictionaries(threads, st.floats(0.1, 1000), min_size=1))
def test_more_threads_than_the_choice_are_never_ten_per_cent_faster(
    speeds: dict[int, float],
) -> None:
    chosen = choose({count: Speed(speed, 1) for count, speed in speeds.items()}).decoding
    more = [speed for count, speed in speeds.items() if count > chosen]
    assert all(speed < 1.1 * speeds[chosen] for speed in more)


@pytest.mark.parametrize(
    ("cores", "others", "expected"),
    [
        (8, 0.0, 7),  # One is the person's.
        (8, 0.9, 7),  # And that is where the person's program runs.
        (8, 2.0, 6),
        (8, 2.2, 6),  # Two programs, and what every desktop does.
        (8, 2.5, 5),
        (8, 7.0, 1),
        (8, 9.0, 1),
        (2, 0.0, 1),
        (1, 0.0, 1),
        (1, 1.0, 1),
    ],
)
def test_preparing_takes_what_is_left(cores: int, others: float, expected: int) -> None:
    plan = ThreadPlan(decoding=cores, prefill=cores)
    assert while_preparing(plan, cores, others) == ThreadPlan(expected, expected)


@given(threads, threads, threads, st.floats(0, 100))
def test_preparing_never_takes_more_than_asking_nor_less_than_one(
    decoding: int, prefill: int, cores: int, others: float
) -> None:
    plan = ThreadPlan(decoding, prefill)
    reduced = while_preparing(plan, cores, others)
    assert 1 <= reduced.decoding <= decoding
    assert 1 <= reduced.prefill <= prefill
    assert max(reduced.decoding, reduced.prefill) <= max(1, cores - 1)
