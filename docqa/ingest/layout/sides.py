"""What stands at either side of a gutter: columns of prose, or cells of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docqa.ingest.layout.rows import VisualRow, baseline, visual_rows
from docqa.ingest.layout.segments import Segment

_WIDE = 7.0
"""In units of the letters' size: lines of prose are wider, cells with numbers narrower."""
_FULL = 0.75
"""Share of a column's width that most lines of prose fill."""
_NUMBERS = 0.35
"""Share of a side that has no letters from which on it is a table's."""
_ALIGNED = 0.15
"""In units of the letters' size: how far baselines of one row of a table are apart at most."""
_NEVER_ALIGNED = 0.15
"""Share of lines that stand beside each other by chance only."""
_LOOSE_PITCH = 1.5
"""In units of the letters' size, from baseline to baseline: rows of tables stand this far apart
where lines of text do not."""
_DENSE = 2.2
"""The same for a note in the margin: cells that stand in the middle of their rows are sparser."""
_BREAK = 0.35
"""In units of the letters' size: how much more blank there is between rows of wrapped cells than
between the lines in a cell."""
_FEW = 3
"""Lines side by side: too few to tell columns from cells by their looks."""
_UPS = 2
"""So often goes the engine up again in a table, more often where cells are long."""
_LONGEST_CELL = 10
"""Lines: what is longer is no cell."""


@dataclass(frozen=True, slots=True)
class _Side:
    """Shares (0 to 1) of one side's segments; ``wide`` and ``numbers``: by their widths.

    ``full``: as wide as the column. ``going_on``: begins inside a sentence; ``flowing``: the same
    of wide ones. ``flush``: begins (or ends) where most do. ``pitch``: from line to line, in units
    of the letters' size.
    """

    count: int
    wide: float
    flowing: float
    full: float
    going_on: float
    numbers: float
    flush: float
    pitch: float

    @property
    def is_prose(self) -> bool:
        return (
            self.count >= 3
            and self.wide >= 0.6
            and self.numbers <= _NUMBERS
            and self.full >= 0.3
            and self.flowing >= 0.3
        )

    @property
    def is_note(self) -> bool:
        """Whether lines stand as close as in a note in the margin, not like cells of a table."""
        return self.pitch <= _DENSE and (self.flush >= 0.6 or self.goes_on)

    @property
    def goes_on(self) -> bool:
        """Whether lines go on in the next one."""
        return self.count >= 4 and self.going_on >= 0.3 and self.numbers <= 0.2


def are_columns(left: Sequence[Segment], right: Sequence[Segment], size: float) -> bool:
    """Whether people read all of ``left`` before ``right``, not row by row.

    Where the looks do not tell, the engine's order decides. ``size``: of most letters.
    """
    if _engine_reads_cells(left, right):
        return False
    one, other = _side(left, size), _side(right, size)
    few = min(one.count, other.count) <= _FEW and _aligned(left, right) >= 0.8
    if one.is_prose and other.is_prose and not few:
        return not _has_wrapped_rows(left, right, size)
    if one.numbers >= _NUMBERS or other.numbers >= _NUMBERS:
        return False
    if _has_numbers_beside_names(left, right):
        return False
    aligned = _aligned(left, right)
    if one.is_prose or other.is_prose:
        if aligned >= 0.8 and _begin_together(left, right, prose_is_left=one.is_prose):
            return False
        note = other if one.is_prose else one
        if aligned <= _NEVER_ALIGNED and note.flush >= 0.8:
            return True
        if (
            note.is_note
            and (aligned < 0.6 or note.goes_on)
            and not _has_wrapped_rows(left, right, size)
        ):
            return True
    elif aligned >= 0.8 and (_pitch(left, right) >= _LOOSE_PITCH or _has_head(left, right)):
        return False
    return _engine_reads_columns(left, right)


def _side(segments: Sequence[Segment], size: float) -> _Side:
    above: dict[int, Segment] = {}
    widths: dict[int, float] = {}
    steps: list[float] = []
    for segment in segments:
        place = round(segment.left / (3 * size))
        if place in above:
            steps.append((segment.bottom - above[place].bottom) / segment.size)
        above[place] = segment
        width = segment.right - segment.left
        if width >= widths.get(place, 0.0):
            widths[place] = width
    total = wide = wide_inside = numbers = 0.0
    full = going_on = 0
    for segment in segments:
        width = segment.right - segment.left
        total += width
        if width >= _WIDE * segment.size:
            wide += width
            wide_inside += width * segment.starts_inside
        if not segment.has_letters:
            numbers += width
        full += width >= _FULL * widths.get(round(segment.left / (3 * size)), 0.0)
        going_on += segment.starts_inside
    count, total = len(segments), max(total, 1e-6)
    edges = max(
        _most_common(round(segment.left / size) for segment in segments),
        _most_common(round(segment.right / size) for segment in segments),
    )
    return _Side(
        count,
        wide / total,
        wide_inside / max(wide, 1e-6),
        full / count,
        going_on / count,
        numbers / total,
        edges / count,
        median(steps) if steps else 0.0,
    )


def _most_common(places: Iterable[int]) -> int:
    return max(Counter(places).values())


def _aligned(left: Sequence[Segment], right: Sequence[Segment]) -> float:
    """Share of the side with fewer rows that has a neighbour on the same baseline."""
    pairs = 0
    rows = visual_rows([*left, *right])
    lefts = set(map(id, left))
    ones = others = 0
    for row in rows:
        one = next((segment for segment in row if id(segment) in lefts), None)
        other = next((segment for segment in row if id(segment) not in lefts), None)
        ones += one is not None
        others += other is not None
        if one is not None and other is not None:
            apart = abs(baseline(one) - baseline(other))
            pairs += apart <= _ALIGNED * max(one.size, other.size)
    return pairs / max(1, min(ones, others))


def _has_numbers_beside_names(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether numbers at one side stand on the lines of what they belong to at the other."""
    lefts = set(map(id, left))
    numbers = beside = inside = 0
    for row in visual_rows([*left, *right]):
        ones = [segment for segment in row if id(segment) in lefts]
        others = [segment for segment in row if id(segment) not in lefts]
        if all(segment.has_letters for segment in row):
            continue
        numbers += 1
        if (
            ones
            and others
            and abs(baseline(ones[-1]) - baseline(others[0])) <= (_ALIGNED * ones[-1].size)
        ):
            beside += 1
            inside += ones[0].starts_inside or others[0].starts_inside
    return beside >= 3 and beside >= 0.7 * numbers and inside <= 0.3 * beside


def _begin_together(
    left: Sequence[Segment], right: Sequence[Segment], *, prose_is_left: bool
) -> bool:
    """Whether prose begins anew beside each short segment of the other side: words explained."""
    prose = set(map(id, left if prose_is_left else right))
    beside: list[bool] = []
    below: list[bool] = []
    for row in visual_rows([*left, *right]):
        lines = [segment for segment in row if id(segment) in prose]
        if lines:
            (beside if len(lines) < len(row) else below).append(lines[0].starts_inside)
    return bool(below) and sum(beside) * 5 <= len(beside) and sum(below) * 5 >= 2 * len(below)


def _pitch(left: Sequence[Segment], right: Sequence[Segment]) -> float:
    """From row to row, in units of the letters' size."""
    rows = visual_rows([*left, *right])
    steps = [
        (baseline(below[0]) - baseline(above[0])) / above[0].size for above, below in pairwise(rows)
    ]
    return median(steps) if steps else 0.0


def _has_head(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether the first row, and hardly any other, is bold."""
    rows = visual_rows([*left, *right])
    if len(rows) < 3 or len(rows[0]) < 2 or not all(segment.bold for segment in rows[0]):
        return False
    return sum(row[-1].bold for row in rows[1:]) * 4 <= len(rows)


def _has_wrapped_rows(left: Sequence[Segment], right: Sequence[Segment], size: float) -> bool:
    """Whether blanks across both sides part rows of cells that are some lines long each.

    Paragraphs of two columns may begin side by side, but not time and again after paragraphs
    of unequal lengths.
    """
    rows = visual_rows([*left, *right])
    bands = bands_of(rows, size)
    if len(bands) < 3 or len(rows) > _LONGEST_CELL * len(bands):
        return False
    lefts = set(map(id, left))
    even = uneven = 0
    for band in bands:
        ones = [segment for row in band for segment in row if id(segment) in lefts]
        others = [segment for row in band for segment in row if id(segment) not in lefts]
        if ones and others:
            even += abs(baseline(ones[0]) - baseline(others[0])) <= _BREAK * size
            uneven += len(ones) != len(others)
    return even >= 0.7 * len(bands) and uneven * 3 >= len(bands)


def bands_of(rows: Sequence[VisualRow], size: float) -> list[list[VisualRow]]:
    """Part rows where the blank across all of them is clearly larger than between most lines."""
    if not rows:
        return []
    bands = [[rows[0]]]
    wide = _usual_blank(rows, size) + _BREAK * size
    bottom = max(segment.bottom for segment in rows[0])
    for row in rows[1:]:
        if min(segment.top for segment in row) - bottom >= wide:
            bands.append([])
        bands[-1].append(row)
        bottom = max(bottom, max(segment.bottom for segment in row))
    return bands


def _usual_blank(rows: Sequence[VisualRow], size: float) -> float:
    """Between lines that begin below each other, in points."""
    above: dict[int, Segment] = {}
    blanks = []
    for row in rows:
        for segment in row:
            place = round(segment.left / (3 * size))
            if place in above:
                blanks.append(segment.top - above[place].bottom)
            above[place] = segment
    return sorted(blanks)[len(blanks) // 4] if blanks else 0.0


def _engine_reads_cells(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether the engine reads some lines at one side, goes up again, reads some at the other.

    It does so time and again in tables with long cells, once in columns, and never in text that
    was written line by line across columns.
    """
    lefts = set(map(id, left))
    sequence = sorted([*left, *right], key=lambda segment: segment.index)
    ups = switches = jumps = 0
    for one, other in pairwise(sequence):
        down = (other.top - one.top) / one.size
        jumps += down > 3.5 or (down < -0.5 and abs(other.left - one.left) < 2 * one.size)
        if (id(one) in lefts) != (id(other) in lefts):
            switches += 1
            ups += id(one) in lefts and other.top < one.top - 0.5 * one.size
    longest = _LONGEST_CELL if ups > _UPS else _LONGEST_CELL / 2
    if jumps * 6 > len(sequence):  # No order at all.
        return False
    return ups >= _UPS and len(sequence) <= longest * switches


def _engine_reads_columns(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    sides = sorted(
        [(segment.index, 0) for segment in left] + [(segment.index, 1) for segment in right]
    )
    switches = sum(one[1] != other[1] for one, other in pairwise(sides))
    return switches <= max(1, min(len(left), len(right)) // 5)
