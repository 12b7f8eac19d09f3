"""Signs of life at a rate that a person can see, so that the window is never flooded with them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator

from docqa.model import Added, AddProgress

_EVERY_SECONDS = 0.1


def calm(
    events: Iterable[AddProgress | Added],
    every: float = _EVERY_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[AddProgress | Added]:
    """Leave out progress of a file that comes within ``every`` seconds of its last.

    What begins or completes a stage, and what became of a file, always passes.
    """
    latest: dict[str, tuple[str, float]] = {}
    for event in events:
        if isinstance(event, Added):
            latest.pop(event.path, None)
        else:
            stage, at = latest.get(event.path, ("", -math.inf))
            now = clock()
            if event.stage == stage and now - at < every and event.done != event.total:
                continue
            latest[event.path] = (event.stage, now)
        yield event
