"""What a stranger's template may use up: steps, and sizes that are paid for before they are built.

What an operation makes of a value may be looked at afterwards only where it is at most so much
larger than the value that a single one of the longest does no harm: 11 MB, for a list written out
as JSON with the widest indent. Anything that can grow further asks first.
"""

from __future__ import annotations

from typing import Any

LONGEST_SOURCE = 65_536
"""Characters of a template; of 70 published ones the longest has 17,000."""
LONGEST_RANGE = 1_000
"""Numbers in a range; templates count messages with it."""
_LONGEST = 20_000
"""Characters and items in one value; prompts that makers of models set have up to 5,000."""
_DEEPEST = 30
"""Lists within lists; the descriptions of tools, which docqa has none of, are some ten deep."""
_LARGEST_NUMBER = 10**9
_MOST_STEPS = 50_000
"""Parts of the program that run; of 70 published templates the busiest runs 333 for docqa."""
_LARGEST_SUM = 500_000
"""Characters and items in all values together; of 70 published templates the largest needs 61,000.

An item takes up to 100 bytes (an entry of a dict), so that no template holds more than 50 MB.
"""


class Unrenderable(Exception):
    """A template is not valid, refuses these messages, or is beyond the bounds."""


class Budget:
    """What is left to one rendering. Each method raises Unrenderable where that is too little."""

    def __init__(self) -> None:
        self._steps = _MOST_STEPS
        self._size = _LARGEST_SUM

    def step(self) -> None:
        """Pay for running one part of the program."""
        self._steps -= 1
        if self._steps < 0:
            raise Unrenderable("the template takes too long")

    def pay(self, size: int) -> None:
        """Pay for a value of so many characters and items, best before it is built."""
        if size > _LONGEST:
            raise Unrenderable("a value is too long")
        self._size -= size
        if self._size < 0:
            raise Unrenderable("the template takes too much memory")

    def paid(self, value: Any) -> Any:
        """The value, paid for with all that is in it."""
        self.pay(size_of(value))
        return value


def size_of(value: Any) -> int:
    """Characters and items in a value and in all within it; raises Unrenderable if too many."""
    size = 0
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        size += 1
        if isinstance(each, str | range):
            size += len(each)
        elif isinstance(each, int) and abs(each) > _LARGEST_NUMBER:
            raise Unrenderable("a number is too large")
        elif isinstance(each, list | tuple | dict):
            # What is in it is only looked at where it is few enough.
            _check(size + len(each), depth)
            inner = [*each, *each.values()] if isinstance(each, dict) else each
            waiting += [(item, depth + 1) for item in inner]
        _check(size, depth)
    return size


def _check(size: int, depth: int) -> None:
    if size > _LONGEST:
        raise Unrenderable("a value is too long")
    if depth > _DEEPEST:
        raise Unrenderable("a value is nested too deeply")
