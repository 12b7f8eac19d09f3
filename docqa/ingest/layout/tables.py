"""Where tables are: rows whose cells stand below each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docqa.ingest.layout.rows import VisualRow
from docqa.ingest.layout.segments import CELL_GAP

_FREE = 0.3
"""In units of the letters' size: narrower blanks part no columns of a table."""
_LABEL_ROWS = 2
"""Rows between two rows of a table that may reach across its columns: a part's heading."""
_PART = 0.7
"""In units of the letters' size: so much more blank than between rows parts tables."""
_CROSSED = 0.2
"""Share of a table's rows with cells that reach across several columns."""
_SURE_ROWS = 4
"""So many rows with a common blank are a table, whatever their cells look like."""
_MARKER = re.compile(r"\W|\(?\w{1,3}[.)]")

Gap = tuple[float, float]


@dataclass(slots=True)
class Stretch:
    """Consecutive visual rows; ``gaps`` are free in all rows of a table, () for text."""

    rows: list[VisualRow]
    gaps: tuple[Gap, ...] = ()


def stretches(rows: Sequence[VisualRow]) -> list[Stretch]:
    """Part a region's rows into text and tables, in their order."""
    found: list[Stretch] = []
    place = 0
    while place < len(rows):
        end, gaps = _table_end(rows, place)
        if end > place:
            found.append(Stretch(list(rows[place:end]), gaps))
            place = end
            continue
        if not found or found[-1].gaps:
            found.append(Stretch([]))
        found[-1].rows.append(rows[place])
        place += 1
    return found


def _table_end(rows: Sequence[VisualRow], start: int) -> tuple[int, tuple[Gap, ...]]:
    """Where a table that begins with row ``start`` ends (``start`` if none does), its gaps."""
    gaps = _gaps(rows[start])
    several = 1
    end = start + 1
    place = end
    across = 0
    if not gaps:
        return start, ()
    least = _blank(*rows[start : start + 2]) if end < len(rows) else 0.0
    while place < len(rows) and across <= _LABEL_ROWS:
        row = rows[place]
        free = _still_free(gaps, row)
        if _gaps(row):
            if not free:
                break
            gaps, several, across, end = free, several + 1, 0, place + 1
        elif not free:
            if _blank(rows[place - 1], row) > least + _PART * row[0].size:
                break  # A sentence between two tables.
            across += 1
        elif row[0].left >= gaps[0][0] or (row[0].starts_inside and across == 0):
            end = place + 1 if place == end else end
        else:
            across += 1 if several == 1 else 0
        if place > start and _apart(rows[place - 1], row) and end <= place and several == 1:
            break
        place += 1
    if several < 2 or _is_list(rows[start:end], gaps):
        return start, ()
    if several < _SURE_ROWS and not _is_flush(rows[start:end], gaps):
        return start, ()
    return end, _common_gaps(rows[start:end])


def _common_gaps(rows: Sequence[VisualRow]) -> tuple[Gap, ...]:
    """The blanks of the row with most cells, as far as nearly all rows leave them free."""
    several = [row for row in rows if len(row) > 1]
    found = []
    for gap in _gaps(max(several, key=len)):
        crossed = 0
        for row in several:
            free = _still_free((gap,), row)
            if free:
                gap = max(free, key=_width)
            else:
                crossed += 1
        if crossed <= _CROSSED * len(several):
            found.append(gap)
    return tuple(found)


def _width(gap: Gap) -> float:
    return gap[1] - gap[0]


def _gaps(row: VisualRow) -> tuple[Gap, ...]:
    """The blanks between the cells of a row."""
    gaps = []
    right = row[0].right
    for segment in row[1:]:
        if segment.left - right >= CELL_GAP * 0.75 * segment.size:
            gaps.append((right, segment.left))
        right = max(right, segment.right)
    return tuple(gaps)


def _still_free(gaps: Sequence[Gap], row: VisualRow) -> tuple[Gap, ...]:
    """What of the gaps is free in this row too."""
    least = _FREE * row[0].size
    free = []
    for left, right in gaps:
        x = left
        for segment in row:
            if segment.right <= x or segment.left >= right:
                continue
            if segment.left - x >= least:
                free.append((x, segment.left))
            x = max(x, segment.right)
        if right - x >= least:
            free.append((x, right))
    return tuple(free)


def _apart(above: VisualRow, below: VisualRow) -> bool:
    return _blank(above, below) > 2.0 * below[0].size


def _blank(above: VisualRow, below: VisualRow) -> float:
    return min(one.top for one in below) - max(one.bottom for one in above)


def _is_flush(rows: Sequence[VisualRow], gaps: Sequence[Gap]) -> bool:
    """Whether cells begin or end below each other, as words do not behind wide blanks in text."""
    for left, right in gaps:
        if right - left < CELL_GAP * rows[0][0].size:
            continue
        cells = [
            next(one for one in row if one.left >= right - 0.1 * one.size)
            for row in rows
            if len(row) > 1 and row[-1].left >= right - 0.1 * row[-1].size
        ]
        if not cells:
            continue
        first = cells[0]
        close = 0.5 * first.size
        if all(abs(one.left - first.left) <= close for one in cells) or all(
            abs(one.right - first.right) <= close for one in cells
        ):
            return True
    return False


def _is_list(rows: Sequence[VisualRow], gaps: Sequence[Gap]) -> bool:
    """Whether the first of two columns has nothing but signs or numbers of items."""
    if len(gaps) != 1:
        return False
    first = [row[0] for row in rows if row[0].right <= gaps[0][1]]
    second = [row[-1] for row in rows if row[-1].left >= gaps[0][0]]
    if not all(len(one.words) == 1 and _MARKER.fullmatch(one.words[0].text) for one in first):
        return False
    return all(one.has_letters for one in second)
