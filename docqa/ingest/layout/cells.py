"""The rows and cells of a table, also where cells are some lines long."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise

from docqa.ingest.layout.blocks import Row
from docqa.ingest.layout.page_text import Word
from docqa.ingest.layout.rows import VisualRow
from docqa.ingest.layout.segments import Segment
from docqa.ingest.layout.sides import bands_of
from docqa.ingest.layout.tables import Gap, Stretch

_CLOSE = 1.6
"""In units of the letters' size, from top to top: lines further apart are not of one cell."""
_MOST_WORDS = 80
"""Of a cell: what is longer is text that stands beside other text, like cards on a poster."""
_BEFORE = frozenset({"$", "\u20ac", "\u00a3", "\u00a5", "(", "$("})
_BEHIND = frozenset({")", "%", ")%", "%)"})


def table_rows(stretch: Stretch, size: float) -> list[Row] | None:
    """Return a table's rows, wrapped cells made whole; None if its cells are too long for one."""
    rows = []
    for group in _groups(stretch, size):
        cells = _cells(group, stretch.gaps) if len(group) > 1 else [[one] for one in group[0]]
        if any(sum(len(one.words) for one in cell) > _MOST_WORDS for cell in cells):
            return None
        rows.append(_row(cells))
    return rows


def grid_cells(stretch: Stretch, size: float) -> list[list[Segment]]:
    """The contents of long cells, row by row and within a row from cell to cell."""
    return list(
        chain.from_iterable(_cells(group, stretch.gaps) for group in bands_of(stretch.rows, size))
    )


def _groups(stretch: Stretch, size: float) -> list[list[VisualRow]]:
    """The visual rows that each row of the table consists of."""
    joined = [False] * len(stretch.rows)  # Whether each row goes on the one above.
    if not _engine_reads_columns(stretch):
        joined = _joined_by_engine(stretch, size)
    if not any(joined):
        bands = bands_of(stretch.rows, size)
        if _is_wrapped(bands):
            return bands
    groups = [[stretch.rows[0]]]
    for place, (above, row) in enumerate(pairwise(stretch.rows), start=1):
        continued = row[0].left >= stretch.gaps[0][0] and len(groups[-1][0]) > 1
        near = row[0].top - above[0].top <= _CLOSE * size
        if joined[place] or (
            near
            and (
                all(one.starts_inside for one in row)
                or (continued and all(one.has_letters for one in row))
            )
        ):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _joined_by_engine(stretch: Stretch, size: float) -> list[bool]:
    """Whether each row goes on the one above, as the engine reads the first cell's lines at once.

    A line of it is sure to go on if the engine reads it before cells that stand higher. A line
    alone above is of the same cell if that goes on, else it is a heading in the table.
    """
    rows, gaps = stretch.rows, stretch.gaps
    joined = [False] * len(rows)
    first = [(place, row[0]) for place, row in enumerate(rows) if _column(row[0], gaps) == 0]
    sure = False
    for (start, upper), (end, lower) in reversed(list(pairwise(first))):
        if upper.index + 1 != lower.index or lower.top - upper.top > _CLOSE * size:
            sure = False
            continue
        beside = [one for row in rows[start:end] for one in row if one is not upper]
        sure = any(one.index > lower.index for one in beside) or (sure and not beside)
        if sure:
            joined[start + 1 : end + 1] = [True] * (end - start)
    return joined


def _engine_reads_columns(stretch: Stretch) -> bool:
    """Whether the engine reads the whole first column before any other cell."""
    first: list[int] = []
    others: list[int] = []
    for segment in chain.from_iterable(stretch.rows):
        (others if _column(segment, stretch.gaps) else first).append(segment.index)
    return bool(first) and bool(others) and max(first) < min(others)


def _is_wrapped(bands: Sequence[Sequence[VisualRow]]) -> bool:
    """Whether the bands are rows of cells, some of which are several lines long."""
    if len(bands) < 2:
        return False
    long = [band for band in bands if len(band) > 1]
    if not long:
        return False
    # In a table of single lines each further line begins a row of its own, with a number.
    own = sum(
        not all(one.starts_inside or one.has_letters for one in row)
        for band in long
        for row in band[1:]
    )
    begin = sum(len(band[0]) > 1 for band in bands)
    going_on = sum(any(one.starts_inside for one in row) for band in long for row in band[1:])
    rows = sum(len(band) - 1 for band in long)
    return own == 0 and begin * 3 >= 2 * len(bands) and going_on * 3 >= rows


def _column(segment: Segment, gaps: Sequence[Gap]) -> int:
    middle = (segment.left + segment.right) / 2
    return sum(middle > (left + right) / 2 for left, right in gaps)


def _cells(group: Sequence[VisualRow], gaps: Sequence[Gap]) -> list[list[Segment]]:
    """The segments of each cell from its top to its bottom, of cells that are not empty."""
    cells: list[list[Segment]] = [[] for _ in range(len(gaps) + 1)]
    for row in group:
        for segment in row:
            cells[_column(segment, gaps)].append(segment)
    return [cell for cell in cells if cell]


def _row(cells: Sequence[Sequence[Segment]]) -> Row:
    words: list[Word] = []
    starts = set()
    for cell in cells:
        starts.add(len(words))
        for segment in cell:
            words.extend(segment.words)
    kept = sorted(_with_signs(words, starts))
    return Row(tuple(words), tuple(kept) if len(kept) > 1 else ())


def _with_signs(words: Sequence[Word], starts: set[int]) -> set[int]:
    """Where cells start, if signs of currency go with what follows, brackets with what precedes.

    In accounts such signs stand at the left edge of their cell, often nearer to the cell before.
    """
    kept = set(starts)
    for place, word in enumerate(words):
        if word.text in _BEFORE and place + 1 < len(words):
            kept.discard(place + 1)
            if len(starts) > 1:
                kept.add(place)
        elif word.text in _BEHIND and place > 0:
            kept.discard(place)
    return kept | {0}
