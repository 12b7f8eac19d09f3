"""How busy the computer is with other things than docqa."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import psutil

_SHORTEST = 0.2
"""Seconds between two looks, at least: systems count processor time in steps of 10 to 16 ms."""
_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
"""What a core was busy with, of the fields that systems have.

Linux counts guests as user time and Windows counts interrupts as system time, so both are in.
Stolen time is no program's of this computer, but what it took cannot be used by us either.
"""
_IDLE = ("idle", "iowait")
"""What it was not busy with: a core that waits for a disk can compute."""


class OthersLoad:
    """Watches what other programs take; one thread at a time may ask."""

    def __init__(self, ours: Iterable[int] | None = None) -> None:
        """``ours`` are process ids that do not count, with all they start (default: this one)."""
        self._ours = tuple(ours) if ours is not None else (os.getpid(),)
        self._busy, self._total, self._cores = _machine_seconds()
        self._seconds = self._our_seconds()
        self._last = 0.0

    def busy_cores(self) -> float:
        """Logical cores that others kept busy since the last look.

        0 at first, and the last value again when the last look was less than 0.2 seconds ago.
        """
        busy, total, cores = _machine_seconds()
        elapsed = (total - self._total) / cores
        if cores != self._cores:  # Cores came or went: their counts did, too.
            self._busy, self._total, self._cores = busy, total, cores
            self._seconds = self._our_seconds()
        elif elapsed >= _SHORTEST:
            seconds = self._our_seconds()
            others = busy - self._busy - _spent(self._seconds, seconds)
            self._last = min(float(cores), max(0.0, others / elapsed))
            self._busy, self._total, self._seconds = busy, total, seconds
        return self._last

    def _our_seconds(self) -> dict[tuple[int, float], float]:
        """Processor seconds of each of our processes that lives, by id and time of birth."""
        seconds: dict[tuple[int, float], float] = {}
        for pid in self._ours:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                for one in (process, *process.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        spent = one.cpu_times()
                        seconds[one.pid, one.create_time()] = spent.user + spent.system
        return seconds


def _spent(before: dict[tuple[int, float], float], after: dict[tuple[int, float], float]) -> float:
    """Seconds between two looks. Of a process that died, what it took since the first is lost."""
    return sum(seconds - before.get(process, 0.0) for process, seconds in after.items())


def _machine_seconds() -> tuple[float, float, int]:
    """Seconds that our cores together were busy, that passed on them, and how many there are."""
    per_core = [core._asdict() for core in psutil.cpu_times(percpu=True)]
    if allowed := _allowed_cores(len(per_core)):
        per_core = [per_core[core] for core in allowed]
    busy = sum(core.get(field, 0.0) for core in per_core for field in _BUSY)
    idle = sum(core.get(field, 0.0) for core in per_core for field in _IDLE)
    return busy, busy + idle, max(1, len(per_core))


def _allowed_cores(cores: int) -> list[int]:
    """The cores that this process may run on, as a container may restrict; empty: all of them."""
    process = psutil.Process()
    if not hasattr(process, "cpu_affinity"):
        return []
    allowed = process.cpu_affinity() or []
    # Cores that are switched off are not listed, so that numbers may be beyond the list.
    return allowed if max(allowed, default=0) < cores else []
