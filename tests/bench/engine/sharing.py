"""How the engine and other programs get along on the same cores."""

from __future__ import annotations

import contextlib
import statistics
import threading
from collections.abc import Iterator

import psutil
from table import Row

from docqa.errors import Cancelled
from docqa.process import Cancel, Urgency
from engine.neighbours import busy, counters
from engine.rig import Rig, finish, seconds_per_token

_WINDOW = 4.0
"""Seconds that a neighbour's speed is measured for: longer than a batch of a slow model."""
_HEAD_START = 3.0
"""Seconds of preparing, and of counting, before it counts: the engine watches others' load."""


def under_load(rig: Rig) -> tuple[Row, ...]:
    """Compare the speed of answering with every core busy and on a quiet computer."""
    cores = psutil.cpu_count() or 1
    quiet, loaded = [], []
    for seed in range(rig.rounds):
        quiet.append(_seconds(rig, seed))
        with busy(cores):
            loaded.append(_seconds(rig, seed))
    ratio = statistics.median(quiet) / statistics.median(loaded)
    detail = f"{1 / statistics.median(quiet):.1f} and {1 / statistics.median(loaded):.1f} tokens/s"
    return (Row("decode beside busy cores / quiet", ratio, 0.4, detail=detail),)


def neighbour(rig: Rig) -> tuple[Row, ...]:
    """Compare the speed of a program on all cores but one while preparing and otherwise."""
    name = "busy neighbour keeps"
    others = (psutil.cpu_count() or 1) - 1
    if others == 0:
        return (Row(name, None, None, detail="this computer has one core only"),)
    ratios = []
    with counters(others) as programs:
        for _ in range(rig.rounds):
            alone = programs.speed(_WINDOW)
            with _preparing(rig):
                programs.speed(_HEAD_START)
                ratios.append(programs.speed(_WINDOW) / alone)
    return (Row(name, statistics.median(ratios), 0.8),)


def _seconds(rig: Rig, seed: int) -> float:
    seconds = seconds_per_token(finish(rig.model, rig.prompt(seed), rig.tokens))
    if seconds is None:
        raise RuntimeError("the model's replies are too short to measure")
    return seconds


@contextlib.contextmanager
def _preparing(rig: Rig) -> Iterator[None]:
    """Let the model read and write without end, as it does while nobody waits."""
    cancel = Cancel()

    def prepare() -> None:
        with contextlib.suppress(Cancelled):
            for seed in range(1_000_000):
                prompts = tuple(rig.prompt(4 * seed + one, 300) for one in range(4))
                for _ in rig.model.generate_many(
                    prompts, max_tokens=32, urgency=Urgency.PREPARING, cancel=cancel
                ):
                    pass

    thread = threading.Thread(target=prepare, name="preparing")
    thread.start()
    try:
        yield
    finally:
        cancel.set()
        thread.join()
