"""Letters that are drawn twice, a little apart, to look bold or to throw a shadow."""

from __future__ import annotations

import re
from collections.abc import Callable

from docqa.model import Box

_DOUBLED = re.compile(r"(?<!\S)(?:([^\W_])\1){2,}(?:([^\w\s])\2)?(?!\S)")
"""Two pairs of equal letters or more, as in "NNOO"; a filing has hardly any such word."""
_SAME_PLACE = 0.17
"""Times the height of the letters: shadows are a tenth apart, two narrow letters a fifth."""


def suspects(text: str) -> dict[int, int]:
    """Where words of doubled letters begin and end."""
    return {match.start(): match.end() for match in _DOUBLED.finditer(text)}


def single(word: str, size: float, box: Callable[[int], Box]) -> str:
    """The word without the second of each two letters, if both stand in the same place.

    ``size``: of the letters, in points; ``box``: where the letter at an index stands.
    """
    near = _SAME_PLACE * size
    for index in range(0, len(word), 2):
        one, other = box(index), box(index + 1)
        if abs(one.left - other.left) > near or abs(one.bottom - other.bottom) > near:
            return word
    return word[::2]
