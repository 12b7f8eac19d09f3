"""Visual rows: segments that stand beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from docqa.ingest.layout.segments import Segment

_SHARED = 0.5
"""Share of the lower segment's height that both segments of one row have in common."""
_LOOK_BACK = 3
"""Rows above that a segment may still belong to: columns may stand a little apart in height."""

VisualRow = list[Segment]
"""From the left to the right (from the right where people read so), never empty."""


def visual_rows(segments: Iterable[Segment]) -> list[VisualRow]:
    """Group segments into rows, from the top to the bottom."""
    rows: list[VisualRow] = []
    keys: list[Segment] = []  # Of each row the widest segment: large initials span many rows.
    for segment in sorted(segments, key=_top):
        for place in range(len(rows) - 1, max(-1, len(rows) - 1 - _LOOK_BACK), -1):
            if _beside(keys[place], segment):
                rows[place].append(segment)
                if segment.right - segment.left > keys[place].right - keys[place].left:
                    keys[place] = segment
                break
        else:
            rows.append([segment])
            keys.append(segment)
    for row in rows:
        row.sort(key=_left)
    return rows


def typical_size(segments: Iterable[Segment]) -> float:
    """The size of the letters of most segments, in points."""
    return max(1.0, median(segment.size for segment in segments))


def baseline(segment: Segment) -> float:
    """Where its letters stand, nearly: a box reaches a fifth of their size below."""
    return segment.bottom - 0.2 * segment.size


def _beside(one: Segment, other: Segment) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > _SHARED * min(one.bottom - one.top, other.bottom - other.top)


def _top(segment: Segment) -> tuple[float, float]:
    return segment.top, segment.left


def _left(segment: Segment) -> float:
    return segment.left
