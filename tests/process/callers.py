"""Callers of a child, and patience with it."""

from __future__ import annotations

import threading
import time

from docqa.process import Child, Urgency


def ask(child: Child, request: object, **options: object) -> list[object]:
    return list(child.call(request, Urgency.ASKING, **options))


def in_thread(work: object) -> tuple[threading.Thread, list[object]]:
    """Run ``work`` beside the test; the list receives its result, or what it raised."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def wait_for(condition: object, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)
