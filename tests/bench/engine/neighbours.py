"""Other programs that want the processor, of the same priority."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

_BUSY = "while True: pass"
_COUNTING = """
import sys, time
for line in sys.stdin:
    until, count = time.perf_counter() + float(line), 0
    while time.perf_counter() < until:
        count += 1
    print(count, flush=True)
"""
_SETTLE = 1.0
"""Seconds until the neighbours run and the program may have noticed."""


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Let ``count`` programs want a core each."""
    programs = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(count)]
    try:
        time.sleep(_SETTLE)
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


class Counters:
    """Programs that count as fast as they can, when asked."""

    def __init__(self, programs: Sequence[subprocess.Popen[str]]) -> None:
        self._programs = programs

    def speed(self, seconds: float) -> float:
        """How far all together count a second, measured for so long."""
        for program in self._programs:
            assert program.stdin is not None
            program.stdin.write(f"{seconds}\n")
            program.stdin.flush()
        return sum(self._answer(program) for program in self._programs) / seconds

    def _answer(self, program: subprocess.Popen[str]) -> int:
        assert program.stdout is not None
        return int(program.stdout.readline())


@contextlib.contextmanager
def counters(count: int) -> Iterator[Counters]:
    """Start ``count`` counting programs; they are idle until asked."""
    pipe = subprocess.PIPE
    programs = [
        subprocess.Popen([sys.executable, "-c", _COUNTING], stdin=pipe, stdout=pipe, text=True)
        for _ in range(count)
    ]
    try:
        yield Counters(programs)
    finally:
        for program in programs:
            program.kill()
            program.communicate()
