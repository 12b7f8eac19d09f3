"""When preparing ends: after some minutes, or at a time of the day."""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Callable


def seconds_left(minutes: float | None, until: datetime.time | None) -> Callable[[], float]:
    """A function that tells the seconds until the first end; by the wall clock for ``until``."""
    ends: list[Callable[[], float]] = [lambda: math.inf]
    if minutes is not None:
        end = time.monotonic() + 60 * minutes
        ends.append(lambda: end - time.monotonic())
    if until is not None:
        now = datetime.datetime.now().astimezone()
        moment = now.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
        if moment <= now:
            moment += datetime.timedelta(days=1)
        ends.append(lambda: (moment - datetime.datetime.now().astimezone()).total_seconds())
    return lambda: min(left() for left in ends)
