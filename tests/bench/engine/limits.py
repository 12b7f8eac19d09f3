"""How soon the model stops when it is told to, and how much memory its process takes."""

from __future__ import annotations

import contextlib
import statistics
import sys
import threading
import time
from pathlib import Path

import psutil
from table import Row

from docqa.errors import Cancelled
from docqa.llm.base import Prompt
from docqa.llm.formats.gguf import read_header
from docqa.process import Cancel, Urgency
from docqa.settings import EngineSettings
from engine.rig import Rig, finish

_TRIALS = 40
_LONG = 2000
"""Tokens of a prompt that is interrupted while it is read."""


def cancel(rig: Rig) -> tuple[Row, ...]:
    """Measure the time from the order to stop until the caller is free, while a prompt is read."""
    rig.model.load(Urgency.ASKING)
    longest = 2.0 if rig.big else 0.5
    found = [
        _interrupt(rig, rig.prompt(5000 + trial, _LONG), 0.1 + longest * trial / _TRIALS)
        for trial in range(_TRIALS)
    ]
    waits = [wait for wait in found if wait is not None]
    if len(waits) < _TRIALS / 2:
        reason = "the prompt was read before it could be interrupted"
        return (Row("cancel while reading, 95 %", None, 200.0, detail=reason),)
    worst = 1000 * statistics.quantiles(waits, n=20)[-1]
    detail = f"median {1000 * statistics.median(waits):.0f} ms of {len(waits)}"
    return (
        Row("cancel while reading, 95 %", worst, 200.0, unit=" ms", at_most=True, detail=detail),
    )


def memory(rig: Rig) -> tuple[Row, ...]:
    """Measure the child's peak beyond weights and cache, after all kinds of work."""
    model = rig.open()
    try:
        model.load(Urgency.ASKING)
        finish(model, rig.prompt(1, _LONG), 8)
        prompts = tuple(rig.prompt(seed) for seed in range(16))
        for _ in model.generate_many(prompts, max_tokens=8, urgency=Urgency.PREPARING):
            pass
        assert model.pid is not None
        peak = _peak_bytes(model.pid)
    finally:
        model.close()
    header = read_header(rig.file)
    cells = 2 * header.context(EngineSettings().context)
    cache = header.cache_bytes(cells)
    beyond = (peak - header.weight_bytes - cache) / 2**20
    detail = (
        f"peak {peak / 2**20:,.0f}, weights {header.weight_bytes / 2**20:,.0f}, "
        f"cache of {cells} cells {cache / 2**20:,.0f} MB"
    )
    return (
        Row(
            "memory beyond weights and cache",
            beyond,
            400.0,
            unit=" MB",
            at_most=True,
            detail=detail,
        ),
    )


def _interrupt(rig: Rig, prompt: Prompt, delay: float) -> float | None:
    """Stop a reply after ``delay`` seconds; the seconds until it stopped, None if too late."""
    order = Cancel()
    stopped: list[float] = []

    def ask() -> None:
        with contextlib.suppress(Cancelled):
            for _ in rig.model.generate(prompt, max_tokens=1, urgency=Urgency.ASKING, cancel=order):
                return
            return
        stopped.append(time.perf_counter())

    thread = threading.Thread(target=ask, name="asking")
    thread.start()
    time.sleep(delay)
    ordered = time.perf_counter()
    order.set()
    thread.join()
    return stopped[0] - ordered if stopped else None


def _peak_bytes(pid: int) -> int:
    """The most memory that a process ever had; where the system does not tell, what it has now."""
    if sys.platform == "linux":
        for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    information = psutil.Process(pid).memory_info()
    return int(getattr(information, "peak_wset", information.rss))
