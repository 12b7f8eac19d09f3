"""Where the engine's order and that from top to bottom differ, and which of them is believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docqa.ingest.layout.rows import VisualRow, baseline
from docqa.ingest.layout.segments import Segment

_UNEVEN = 0.25
"""In units of the letters' size: letters this far above or below the others of their row are of
formulas and drawings, not of tables."""
_MOST_UNEVEN = 0.3
"""Share of rows with several segments that may be uneven in a table."""

_CLOSE = 1.5
"""In units of the letters' size: cells of tables are further apart than parts of a formula."""
_NEIGHBOURS = 8


@dataclass(slots=True)
class Part:
    """Consecutive rows, which are read from top to bottom or as the engine does."""

    rows: list[VisualRow]
    as_engine: bool


def parts(rows: Sequence[VisualRow]) -> Iterator[Part]:
    """Part a region's rows, given from top to bottom, by the order that they are read in.

    The engine is believed on formulas and drawings: stretches that it reads in another order and
    whose segments do not stand on common lines.
    """
    calm: list[VisualRow] = []
    for stretch in _stretches(rows):
        if _is_sorted(stretch) or not _is_uneven(stretch):
            calm.extend(stretch)
            continue
        if calm:
            yield Part(calm, as_engine=False)
            calm = []
        yield Part(_as_engine(stretch), as_engine=True)
    if calm:
        yield Part(calm, as_engine=False)


def _stretches(rows: Sequence[VisualRow]) -> Iterator[list[VisualRow]]:
    """The shortest stretches of rows that the engine reads one after the other."""
    lowest: list[int] = []  # Of the rows from each on.
    least = 1 << 60
    for row in reversed(rows):
        least = min(least, *(segment.index for segment in row))
        lowest.append(least)
    lowest.reverse()
    stretch: list[VisualRow] = []
    highest = -1
    for place, row in enumerate(rows):
        stretch.append(row)
        highest = max(highest, *(segment.index for segment in row))
        if place + 1 == len(rows) or lowest[place + 1] > highest:
            yield stretch
            stretch = []


def _is_sorted(rows: Sequence[VisualRow]) -> bool:
    indexes = [segment.index for row in rows for segment in row]
    return all(one < other for one, other in pairwise(indexes))


def _is_uneven(rows: Sequence[VisualRow]) -> bool:
    several = [row for row in rows if len(row) > 1]
    uneven = 0
    for row in several:
        lines = [baseline(segment) for segment in row]
        line = median(lines)
        size = max(segment.size for segment in row)
        off = sum(abs(one - line) > _UNEVEN * size for one in lines)
        uneven += 2 * off > len(row) or (
            len(row) == 2 and abs(lines[0] - lines[1]) > _UNEVEN * size
        )
    if uneven > _MOST_UNEVEN * len(several):
        return True
    pairs = list(pairwise(rows))
    entangled = sum(_are_entangled(above, below) for above, below in pairs)
    return entangled > _MOST_UNEVEN * len(pairs)


def _are_entangled(above: VisualRow, below: VisualRow) -> bool:
    """Whether letters of two rows stand close beside each other, as parts of a fraction do."""
    for one in above[-_NEIGHBOURS:]:
        for other in below[:_NEIGHBOURS]:
            shared = min(one.bottom, other.bottom) - max(one.top, other.top)
            apart = max(one.left, other.left) - min(one.right, other.right)
            size = max(one.size, other.size)
            if shared > _UNEVEN * size and 0 <= apart < _CLOSE * size:
                return True
    return False


def _as_engine(rows: Sequence[VisualRow]) -> list[VisualRow]:
    """The rows' segments in the engine's order, in a row as long as they run on in it."""
    row_of = {id(segment): place for place, row in enumerate(rows) for segment in row}
    found: list[VisualRow] = []
    for segment in sorted((one for row in rows for one in row), key=_index):
        if found:
            last = found[-1][-1]
            if row_of[id(last)] == row_of[id(segment)] and last.left < segment.left:
                found[-1].append(segment)
                continue
        found.append([segment])
    return found


def _index(segment: Segment) -> int:
    return segment.index
