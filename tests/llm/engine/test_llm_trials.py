"""What runs fastest is tried once and remembered, whatever comes between; speeds are scripted."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from docqa.errors import Cancelled, DocqaError
from docqa.host.cores import physical_cores
from docqa.host.load import OthersLoad
from docqa.llm.engine import trials
from docqa.llm.engine.batch import Part
from docqa.llm.engine.llama import ASKING, Llama, Setting
from docqa.llm.engine.native import load_library
from docqa.llm.engine.trials import Trials
from docqa.llm.formats.gguf import read_header
from docqa.llm.machine.requantise import copy_path, is_whole, stamp
from docqa.llm.machine.threads import Speed, ThreadPlan, candidates, default_plan
from docqa.llm.machine.tuning import Subject, Tuning, TuningFile
from docqa.llm.order import Order
from docqa.process import Flag
from docqa.settings import EngineSettings

FLAG = Flag()
"""For all tests here: llama.cpp keeps its address."""
FAST, SLOW = Speed(100, 200), Speed(100, 100)
MOSTLY_Q4_1 = 3


class Load(OthersLoad):
    """What others do is scripted, too."""

    def __init__(self) -> None:
        self.busy = 0.0

    def busy_cores(self) -> float:
        return self.busy


class Probe:
    """Stands for measuring; each time the next speed is found, or raised."""

    def __init__(self, *found: Speed | BaseException) -> None:
        self.found = list(found)

    def __call__(self, engine: Any, threads: Iterable[int], _: Any) -> Mapping[int, Speed]:
        engine.step()
        found = self.found.pop(0)
        if isinstance(found, BaseException):
            raise found
        return dict.fromkeys(threads, found)


Measured = Callable[..., Probe]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    def script(*found: Speed | BaseException) -> Probe:
        probe = Probe(*found)
        monkeypatch.setattr(trials, "probe_threads", probe)
        return probe

    return script


@pytest.fixture(scope="module")
def slow_path(tiny_path: Path, llm_folder: Path) -> Path:
    """A tiny model in a format without fast kernels."""
    path, native = llm_folder / "slow.gguf", load_library()
    parameters = native.llama_model_quantize_default_params()
    parameters.ftype, parameters.pure = MOSTLY_Q4_1, True
    names = os.fsencode(tiny_path), os.fsencode(path)
    assert native.llama_model_quantize(*names, ctypes.byref(parameters)) == 0
    return path


@pytest.fixture(scope="module")
def llama(slow_path: Path) -> Iterator[Llama]:
    model = Llama(slow_path, Setting(512))
    yield model
    model.close()


class Night:
    """A model on a computer; each new Trials is another start of docqa."""

    def __init__(self, llama: Llama, path: Path, cache: Path) -> None:
        self.llama = llama
        self.path = path
        self.cache = cache
        self.load = Load()
        self.settings = EngineSettings()
        self.subject = Subject(self.order.identity(), "this computer", "this engine")
        self.copy = copy_path(cache, self.subject.model)

    @property
    def order(self) -> Order:
        return Order(self.path, self.cache, None, self.settings, 1.0)

    @property
    def remembered(self) -> Tuning:
        return TuningFile(self.order.tunings).load(self.subject)

    def start(self) -> Trials:
        return Trials(self.order, read_header(self.path), self.subject, FLAG, self.load)

    def tune(self) -> Tuning:
        return self.start().tune(self.llama, "original")


@pytest.fixture
def night(llama: Llama, slow_path: Path, tmp_path: Path) -> Night:
    return Night(llama, slow_path, tmp_path / "cache")


def test_really_measured_something_is_found_and_remembered(night: Night) -> None:
    found = night.tune()
    assert found.threads is not None
    assert {found.threads.decoding, found.threads.prefill} <= set(candidates(physical_cores()))
    assert found.weights in ("original", "q8_0")
    assert night.remembered == found
    assert is_whole(night.copy) == (found.weights == "q8_0")


def test_a_faster_copy_is_kept_and_nothing_is_measured_twice(
    night: Night, measured: Measured
) -> None:
    measured(SLOW, SLOW, FAST)
    found = night.tune()
    assert found == Tuning(ThreadPlan(1, 1), "q8_0", stamp(night.copy))
    assert found.copy is not None
    measured()
    assert night.tune() == found


def test_a_copy_that_is_no_faster_is_removed(night: Night, measured: Measured) -> None:
    measured(SLOW, SLOW, SLOW)
    assert night.tune().weights == "original"
    assert not night.copy.exists()
    measured()
    assert night.tune() == Tuning(ThreadPlan(1, 1), "original") == night.remembered


def test_a_copy_that_cannot_be_removed_is_no_trouble(
    night: Night, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self == night.copy:
            raise PermissionError("another docqa uses it")
        unlink(self, missing_ok)

    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", refuse)
    measured(SLOW, SLOW, SLOW)
    assert night.tune().weights == "original"
    assert night.remembered.weights == "original"


def test_a_copy_that_was_changed_is_made_and_measured_again(
    night: Night, measured: Measured
) -> None:
    measured(SLOW, SLOW, FAST)
    night.tune()
    before = night.copy.read_bytes()
    damaged = bytearray(before)
    damaged[-1] ^= 1
    night.copy.write_bytes(damaged)
    measured(SLOW, FAST)
    assert night.tune().weights == "q8_0"
    assert night.copy.read_bytes() == before


# -- beside others ---------------------------------------------------------------------------------


def test_threads_measured_beside_others_are_good_for_now_only(
    night: Night, measured: Measured
) -> None:
    night.load.busy = 0.3
    measured(FAST, SLOW, FAST)
    tonight = night.start()
    assert tonight.tune(night.llama, "original").threads == ThreadPlan(1, 1)
    assert night.remembered.threads is None
    measured()
    assert tonight.tune(night.llama, "original").threads == ThreadPlan(1, 1)
    night.load.busy = 0.2
    measured(FAST)
    night.tune()
    assert night.remembered.threads == ThreadPlan(1, 1)


def test_a_copy_that_seems_slow_beside_others_gets_another_chance(
    night: Night, measured: Measured
) -> None:
    measured(FAST, SLOW, SLOW)
    night.load.busy = 1.0
    assert night.tune().weights is None
    assert is_whole(night.copy)
    measured(FAST, SLOW, FAST)  # That it is faster can be told all the same.
    assert night.tune().weights == "q8_0"
    assert night.remembered.weights == "q8_0"


# -- what may come between -------------------------------------------------------------------------


def test_a_question_in_between_costs_nothing_but_time(night: Night, measured: Measured) -> None:
    measured(FAST, SLOW, Cancelled(), SLOW, Cancelled(), SLOW, Cancelled(), SLOW, FAST)
    for _ in range(3):
        with pytest.raises(Cancelled):
            night.tune()
        assert night.remembered == Tuning(ThreadPlan(1, 1))
    assert night.tune().weights == "q8_0"


class Death(BaseException):
    """The end of the process, in the middle of something."""


def test_what_kills_twice_is_left_alone(
    night: Night, measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_at_death = []

    def die(*_: object) -> None:
        known_at_death.append(night.remembered)
        raise Death

    measured(FAST)
    monkeypatch.setattr(trials, "requantise", die)
    for _ in range(2):
        with pytest.raises(Death):
            night.tune()
    plan = ThreadPlan(1, 1)
    assert known_at_death == [Tuning(plan, tries=1), Tuning(plan, tries=2)]
    assert night.tune() == Tuning(plan, "original") == night.remembered
    assert len(known_at_death) == 2


def test_without_memory_no_copy_is_even_made(
    night: Night,
    measured: Measured,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    memory = namedtuple("memory", "available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(2**20))
    measured(FAST)
    assert night.tune().weights is None
    assert not night.copy.parent.exists()
    assert night.remembered.tries == 0
    assert "no memory to try a faster copy of the model slow; it is used" in capsys.readouterr().err


def test_without_room_on_the_disk_it_is_tried_another_time(
    night: Night,
    measured: Measured,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    usage = namedtuple("usage", "free")
    measured(FAST, SLOW, FAST)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: usage(0))
        for _ in range(3):
            assert night.tune().weights is None
    assert "free disk space" in capsys.readouterr().err
    assert night.tune().weights == "q8_0"


# -- what is not tried -----------------------------------------------------------------------------


def test_a_model_in_a_fast_format_needs_no_copy(
    night: Night, tiny_path: Path, measured: Measured
) -> None:
    night.path = tiny_path
    measured(FAST)
    assert night.tune() == Tuning(ThreadPlan(1, 1), "original")
    assert not night.copy.parent.exists()


def test_what_a_person_set_is_not_measured(night: Night, measured: Measured) -> None:
    measured()
    night.settings = EngineSettings(threads=1, requantise=False)
    assert night.tune() == Tuning(None, "original")
    assert night.remembered == Tuning()


def test_a_number_of_threads_that_was_set_is_what_the_copy_is_tried_with(
    night: Night, measured: Measured
) -> None:
    measured(SLOW, FAST)
    night.settings = EngineSettings(threads=1)
    assert night.tune() == Tuning(None, "q8_0", stamp(night.copy))
    assert trials.plan_for(night.settings, ThreadPlan(2, 2)) == ThreadPlan(1, 1)
    assert trials.plan_for(EngineSettings(), None) == default_plan()


# -- stopping --------------------------------------------------------------------------------------


@pytest.fixture
def stopped() -> Iterator[None]:
    FLAG.set()
    yield
    FLAG.clear()


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("lay_out_anew", [True, False])
def test_loading_a_model_can_be_stopped(slow_path: Path, lay_out_anew: bool) -> None:
    with pytest.raises(Cancelled):
        Llama(slow_path, Setting(256, lay_out_anew=lay_out_anew), stop=FLAG.address)


def test_a_model_with_a_flag_stops_at_it(slow_path: Path) -> None:
    llama = Llama(slow_path, Setting(256), stop=FLAG.address)
    try:
        llama.decode([Part(ASKING, [5, 6, 7])])
        FLAG.set()
        with pytest.raises(Cancelled):
            llama.decode([Part(ASKING, [5, 6, 7])])
    finally:
        FLAG.clear()
        llama.close()


def test_a_refusal_is_no_stop(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF")
    with pytest.raises(DocqaError, match=r"bad\.gguf cannot be loaded"):
        Llama(bad, Setting(256), stop=FLAG.address)
