"""Threads follow what else the computer does; the clock and the others' load are scripted."""

from __future__ import annotations

import ctypes
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from docqa.errors import Cancelled
from docqa.host.load import OthersLoad
from docqa.host.priority import Priority
from docqa.llm.engine.pace import Pace
from docqa.llm.machine.requantise import conversions, copy_path, requantise
from docqa.llm.machine.threads import ThreadPlan
from docqa.process import Urgency

ASKING, PREPARING = Urgency.ASKING, Urgency.PREPARING


class Load(OthersLoad):
    def __init__(self) -> None:
        self.busy = 0.0

    def busy_cores(self) -> float:
        return self.busy


class Calm(Priority):
    def __init__(self) -> None:
        self.is_low = False

    def lower(self) -> bool:
        self.is_low = True
        return True

    def restore(self) -> None:
        self.is_low = False


@dataclass
class Computer:
    """Four cores, and a model whose steps take 10 ms, or 500 ms while threads are held up."""

    now: float = 0.0
    held_up: bool = False
    plans: list[ThreadPlan] = field(default_factory=list)
    load: Load = field(default_factory=Load)
    calm: Calm = field(default_factory=Calm)

    def __post_init__(self) -> None:
        plan = ThreadPlan(4, 4)
        self.pace = Pace(self, plan, 4, self.load, self.calm, clock=lambda: self.now)

    def set_threads(self, plan: ThreadPlan) -> None:
        self.plans.append(plan)

    @property
    def threads(self) -> int:
        return self.plans[-1].decoding

    def step(self, tokens: int = 1) -> None:
        self.pace.begin(tokens)
        self.now += 0.5 if self.held_up and self.threads > 1 else 0.01
        self.pace.end(tokens)

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.step()


def test_on_a_quiet_computer_a_person_gets_all_threads_that_pay() -> None:
    computer = Computer()
    computer.pace.suit(ASKING)
    computer.steps(20)
    assert computer.plans == [ThreadPlan(4, 4)]
    assert not computer.calm.is_low


def test_threads_are_taken_back_as_soon_as_they_are_held_up() -> None:
    computer = Computer()
    computer.pace.suit(ASKING)
    computer.steps(5)
    computer.held_up = True
    computer.step()
    computer.step()
    assert computer.threads == 1


def test_more_threads_are_tried_again_after_a_while_and_less_often_in_vain() -> None:
    computer = Computer()
    computer.pace.suit(ASKING)
    computer.steps(5)
    computer.held_up = True
    computer.steps(1500)
    trials = sum(plan.decoding == 4 for plan in computer.plans[1:])
    assert 2 <= trials <= 5, "after 1, 2, 4 and 8 seconds"
    computer.held_up = False
    computer.steps(3000)
    assert computer.threads == 4


def test_steps_that_grow_with_the_context_are_no_reason() -> None:
    computer = Computer()
    computer.pace.suit(ASKING)
    for number in range(400):
        computer.pace.begin(1)
        computer.now += 0.01 * 1.004**number
        computer.pace.end(1)
    assert computer.threads == 4


def test_where_others_work_a_person_does_not_wait_for_a_collapse() -> None:
    computer = Computer()
    computer.load.busy = 4.0
    computer.pace.suit(ASKING)
    computer.step()
    assert computer.threads == 2
    computer.step(tokens=512)
    assert computer.plans[-1].prefill == 2


def test_preparing_leaves_a_core_and_what_others_use() -> None:
    computer = Computer()
    computer.pace.suit(PREPARING)
    computer.step()
    assert computer.threads == 3
    assert computer.calm.is_low
    computer.load.busy = 3.0
    computer.pace.suit(PREPARING)
    computer.step()
    assert computer.threads == 1
    computer.load.busy = 0.0
    computer.pace.suit(ASKING)
    assert not computer.calm.is_low


class Parameters(ctypes.Structure):
    _fields_: ClassVar = [
        ("ftype", ctypes.c_int),
        ("allow_requantize", ctypes.c_bool),
        ("nthread", ctypes.c_int),
        ("max_buf_size", ctypes.c_size_t),
    ]


class Converter:
    """Stands for llama.cpp while it makes a copy of a model, until it may end."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.llama_model_quantize_default_params = Parameters

    def llama_model_quantize(self, *_: object) -> int:
        return int(self.may_end.wait(60))


def test_a_copy_that_is_still_being_made_takes_a_core(tiny_path: Path, tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    computer, converter = Computer(), Converter()
    with pytest.raises(Cancelled):
        requantise(converter, tiny_path, copy_path(tmp_path, "1"), stop)
    try:
        computer.pace.suit(ASKING)
        computer.step()
        assert computer.threads == 3
        computer.step(tokens=512)
        assert computer.plans[-1].prefill == 3
    finally:
        converter.may_end.set()
    while conversions():
        time.sleep(0.01)
    computer.pace.suit(ASKING)
    computer.step()
    assert computer.threads == 4


def test_a_better_plan_is_adopted() -> None:
    computer = Computer()
    computer.pace.suit(ASKING)
    computer.step()
    computer.pace.adopt(ThreadPlan(2, 3))
    computer.step()
    assert computer.threads == 2
