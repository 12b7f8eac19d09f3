"""Puts what a person filled into a form between the words of the form."""

from __future__ import annotations

from collections.abc import Sequence

from docqa.ingest.fields import Field
from docqa.ingest.layout.page_text import Word
from docqa.model import Box

_TOUCH = 3.0
"""Points by which a field may reach over the words beside it."""


def with_fields(
    lines: Sequence[Sequence[Word]], fields: Sequence[Field]
) -> tuple[tuple[Word, ...], ...]:
    """Return an engine's lines with each field on the line that it stands on.

    A field that stands on none, or has lines of its own, follows the line above it. One whose text
    the page has in the same place is left out.
    """
    found = [list(line) for line in lines]
    seen = [word for line in lines for word in line]
    for field in fields:
        if any(_is_inside(word.box, field.box) for word in seen):
            continue
        host = _beside(found, field.box) if len(field.lines) == 1 else None
        if host is not None:
            line, index = host
            found[line][index:index] = field.lines[0]
        else:
            index = _below(found, field.box)
            found[index:index] = [list(line) for line in field.lines]
    return tuple(tuple(line) for line in found)


def _is_inside(word: Box, field: Box) -> bool:
    x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return field.left < x < field.right and field.top < y < field.bottom


def _beside(lines: Sequence[Sequence[Word]], field: Box) -> tuple[int, int] | None:
    """Line, and index in it, behind the nearest word on the left, else before one on the right."""
    best: tuple[bool, float, int, int] | None = None
    for number, line in enumerate(lines):
        for index, word in enumerate(line):
            box = word.box
            shared = min(box.bottom, field.bottom) - max(box.top, field.top)
            if shared < min(box.bottom - box.top, field.bottom - field.top) / 2:
                continue
            if box.right <= field.left + _TOUCH:
                candidate = (False, field.left - box.right, number, index + 1)
            elif box.left >= field.right - _TOUCH:
                candidate = (True, box.left - field.right, number, index)
            else:
                continue
            best = candidate if best is None else min(best, candidate)
    return best[2:] if best is not None else None


def _below(lines: Sequence[Sequence[Word]], field: Box) -> int:
    """Index behind the nearest line above the field."""
    middle = (field.top + field.bottom) / 2
    above = [
        (max(word.box.bottom for word in line), number)
        for number, line in enumerate(lines)
        if line
        and max(word.box.bottom for word in line) <= middle
        and min(word.box.left for word in line) < field.right
    ]
    return max(above)[1] + 1 if above else 0
