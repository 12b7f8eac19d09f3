"""What other programs take, while ours takes something too."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from docqa.host.load import OthersLoad

_BUSY = "while True: pass"
_BUSY_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"


@contextmanager
def running(code: str) -> Iterator[int]:
    """A program beside this one, killed at the end with what it started."""
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield process.pid
    finally:
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            one.kill()
        process.wait()


def used_by(pid: int) -> float:
    """Processor seconds of a program and what it started."""
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(spent.user + spent.system for spent in times)


def wait_until_used(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + 60
    while used_by(pid) < seconds:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_busy_stranger_counts() -> None:
    load = OthersLoad(ours=())
    with running(_BUSY) as pid:
        wait_until_used(pid, 1.0)
        assert load.busy_cores() > 0.1


@pytest.mark.parametrize("code", [_BUSY, _BUSY_CHILD])
def test_ours_do_not_count_and_neither_does_what_they_start(code: str) -> None:
    with running(code) as pid:
        everything, others = OthersLoad(ours=()), OthersLoad(ours=[pid])
        before, started = used_by(pid), time.monotonic()
        wait_until_used(pid, before + 1.0)
        ours = (used_by(pid) - before) / (time.monotonic() - started)
        difference = everything.busy_cores() - others.busy_cores()
    assert difference == pytest.approx(ours, rel=0.35, abs=0.1)


def test_by_default_this_process_is_ours() -> None:
    with running(_BUSY) as pid:  # A child of this one.
        everything, others = OthersLoad(ours=()), OthersLoad()
        wait_until_used(pid, 1.0)
        assert others.busy_cores() < everything.busy_cores()


def test_a_process_of_ours_may_die_or_never_have_been() -> None:
    with running("input()") as pid:
        load = OthersLoad(ours=[pid, 2**22 + 1])
    time.sleep(0.3)
    assert 0 <= load.busy_cores() <= (psutil.cpu_count() or 1)


Linux = namedtuple("Linux", "user nice system idle iowait irq softirq steal guest guest_nice")
Mac = namedtuple("Mac", "user nice system idle")
Windows = namedtuple("Windows", "user system idle interrupt dpc")


@pytest.mark.parametrize(
    ("first", "second", "busy"),
    [
        (Linux(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Linux(1, 1, 1, 6, 1, 0, 0, 0, 0, 0), 0.3),
        (Linux(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Linux(0, 0, 0, 2, 8, 0, 0, 0, 0, 0), 0.0),
        (Linux(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Linux(4, 0, 0, 6, 0, 0, 0, 0, 4, 0), 0.4),
        (Linux(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Linux(0, 0, 0, 5, 0, 1, 1, 3, 0, 0), 0.5),
        (Mac(5, 0, 5, 5), Mac(7, 1, 5, 12), 0.3),
        (Windows(0, 0, 0, 0, 0), Windows(2, 3, 5, 2, 1), 0.5),
        (Linux(5, 0, 0, 5, 5, 0, 0, 0, 0, 0), Linux(5, 0, 0, 6, 4.9, 0, 0, 0, 0, 0), 0.0),
    ],
    ids=["all", "disk", "guest", "stolen", "mac", "windows", "backwards"],
)
def test_each_system_counts_in_its_own_fields(
    core_times: Callable[..., None], first: object, second: object, busy: float
) -> None:
    core_times(first, first)
    load = OthersLoad(ours=())
    core_times(second, second)
    assert load.busy_cores() == pytest.approx(2 * busy)  # Two cores were like that.


def test_too_short_a_time_repeats_the_last_value(core_times: Callable[..., None]) -> None:
    core_times(Mac(0, 0, 0, 0))
    load = OthersLoad(ours=())
    assert load.busy_cores() == 0.0
    core_times(Mac(1, 0, 0, 1))
    assert load.busy_cores() == 0.5
    core_times(Mac(1.1, 0, 0, 1))
    assert load.busy_cores() == 0.5
    core_times(Mac(1.5, 0, 0, 1))  # Nothing of the short time is forgotten.
    assert load.busy_cores() == 1.0


def test_a_core_that_is_switched_off_is_no_news(core_times: Callable[..., None]) -> None:
    core_times(Mac(1000, 0, 0, 0), Mac(1000, 0, 0, 0))
    load = OthersLoad(ours=())
    core_times(Mac(1001, 0, 0, 0))
    assert load.busy_cores() == 0.0
    core_times(Mac(1002, 0, 0, 0))
    assert load.busy_cores() == 1.0


def test_only_cores_that_a_container_allows_count(
    core_times: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda _: [1, 2], raising=False)
    core_times(Mac(0, 0, 0, 0), Mac(0, 0, 0, 0), Mac(0, 0, 0, 0))
    load = OthersLoad(ours=())
    core_times(Mac(1, 0, 0, 0), Mac(0, 0, 0, 1), Mac(0.5, 0, 0, 0.5))
    assert load.busy_cores() == 0.5


@pytest.fixture
def core_times(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the system says that each core has done so far."""
    monkeypatch.delattr(psutil.Process, "cpu_affinity", raising=False)

    def say(*cores: object) -> None:
        monkeypatch.setattr(psutil, "cpu_times", lambda percpu: list(cores))

    return say
