"""Words that depend on a number."""

from __future__ import annotations


def counted(number: int, one: str, many: str) -> str:
    """``one`` for exactly one, else ``many`` with the number in its place {0}."""
    return one if number == 1 else many.format(number)
