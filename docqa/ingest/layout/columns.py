"""Where a region of a page falls into columns that are read one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from docqa.ingest.layout.rows import VisualRow, baseline, typical_size
from docqa.ingest.layout.segments import Segment
from docqa.ingest.layout.sides import are_columns

_CANDIDATES = 12
"""Gutters that are looked at: pages hardly have more columns than four."""
_SAME_GUTTER = 0.4
"""In units of the letters' size: places closer together are tried once."""
_ROWS = 3
"""Fewer rows on a side make no column, unless it is a note beside another one."""
_GUTTER = 0.5
"""In units of the letters' size: narrower blanks part no columns."""
_MARGIN = 0.08
"""Share of the page's height in which running heads and page numbers stand."""
_HEADING = 1.1
"""In units of the usual size: larger lines head what stands below."""
_SHORT = 9.0
"""In units of the letters' size: what is wider is a line of prose rather than a cell."""
_PART = 2.0
"""In units of the letters' size: a blank across both columns that ends both."""
_NOTE = 0.6
"""Share of the height of the text that a note beside it has at most; a column has more."""
_INSET_WIDTH = 0.3
"""Share of the page's height: such a quote is narrower."""
_INSET = 0.35
"""Share of a region's rows that may be interrupted by a quote set into the gutter."""


@dataclass(slots=True)
class Cut:
    """A region's parts in reading order. ``inset`` stands in the gutter between the columns."""

    above: list[VisualRow]
    first: list[Segment]
    second: list[Segment]
    inset: list[Segment]
    below: list[VisualRow]


@dataclass(slots=True)
class _Run:
    """Rows ``start`` to ``end`` of a region, that nothing connects across a gutter."""

    start: int
    end: int
    left: list[Segment] = field(default_factory=list)
    right: list[Segment] = field(default_factory=list)
    inset: list[Segment] = field(default_factory=list)


def find_columns(rows: Sequence[VisualRow], page_height: float) -> Cut | None:
    """Return the clearest cut into columns of a region, given from top to bottom, or None."""
    several = sum(len(row) > 1 for row in rows)
    if several == 0 and not _overlap(rows):
        return None
    size = typical_size(chain.from_iterable(rows))
    best: _Run | None = None
    best_score = 0.0
    tabular = _tabular(rows)
    for gutter in _gutters(rows, size):
        for run in _runs(rows, gutter, size, page_height, tabular):
            score = min(_amount(run.left), _amount(run.right))
            if score > best_score and are_columns(run.left, run.right, size):
                best, best_score = run, score
    return _cut(rows, best) if best is not None else None


def _tabular(rows: Sequence[VisualRow]) -> list[bool]:
    """Whether each row is of a table: three or more short cells, and another such row near."""
    short = [
        len(row) > 2 and all(one.right - one.left < _SHORT * one.size for one in row)
        for row in rows
    ]
    padded = [False, *short, False]
    return [
        here and (before or after)
        for before, here, after in zip(padded, short, padded[2:], strict=False)
    ]


def _goes_across(row: VisualRow, gutter: float) -> bool:
    """Whether a table's row goes on at the other side: not if there is another table."""
    left = [one for one in row if one.right <= gutter]
    right = [one for one in row if one.left >= gutter]
    if not left or not right or right[0].index - left[-1].index != 1:
        return False
    return abs(baseline(left[-1]) - baseline(right[0])) < 0.2 * left[-1].size


def _overlap(rows: Sequence[VisualRow]) -> bool:
    """Whether rows of one segment each stand in part beside each other."""
    return any(
        below[0].top < above[0].bottom - 0.25 * (above[0].bottom - above[0].top)
        for above, below in pairwise(rows)
    )


def _gutters(rows: Sequence[VisualRow], size: float) -> list[float]:
    """Where gutters may be: beside edges at which many segments begin or end."""
    lefts: dict[int, list[float]] = {}
    rights: dict[int, list[float]] = {}
    for segment in chain.from_iterable(rows):
        lefts.setdefault(round(segment.left / size), []).append(segment.left)
        rights.setdefault(round(segment.right / size), []).append(segment.right)
    found: list[tuple[int, float]] = []
    for place, edges in lefts.items():
        count = len(edges) + len(lefts.get(place - 1, ())) + len(lefts.get(place + 1, ()))
        if count >= _ROWS:
            found.append((count, min(edges) - 0.05 * size))
    for place, edges in rights.items():
        count = len(edges) + len(rights.get(place - 1, ())) + len(rights.get(place + 1, ()))
        if count >= _ROWS:
            found.append((count, max(edges) + 0.05 * size))
    found.sort(reverse=True)
    leftmost = min(segment.left for segment in chain.from_iterable(rows))
    rightmost = max(segment.right for segment in chain.from_iterable(rows))
    chosen: list[float] = []
    for _, x in found:
        inside = leftmost + size < x < rightmost - size
        if inside and all(abs(x - other) > _SAME_GUTTER * size for other in chosen):
            chosen.append(x)
    return chosen[:_CANDIDATES]


def _runs(
    rows: Sequence[VisualRow],
    gutter: float,
    size: float,
    page_height: float,
    tabular: Sequence[bool],
) -> Iterator[_Run]:
    """Yield the longest stretches of rows that leave the gutter free and use both sides."""
    run = _Run(0, 0)
    bottom = 0.0
    for place, row in enumerate(rows):
        crossing = [one for one in row if one.left < gutter < one.right]
        across = tabular[place] and _goes_across(row, gutter)
        if across or (crossing and not _is_inset(crossing, rows, place, page_height)):
            yield from _accepted(run, rows, size, page_height)
            run = _Run(place + 1, place + 1)
            bottom = max(one.bottom for one in row)
            continue
        if _heads_both(rows, place, gutter, size) or _begins_both(row, bottom, gutter, size):
            yield from _accepted(run, rows, size, page_height)
            run = _Run(place, place)
        run.end = place + 1
        run.inset.extend(crossing)
        for segment in row:
            bottom = max(bottom, segment.bottom)
            if segment.right <= gutter:
                run.left.append(segment)
            elif segment.left >= gutter:
                run.right.append(segment)
    yield from _accepted(run, rows, size, page_height)


def _begins_both(row: VisualRow, bottom: float, gutter: float, size: float) -> bool:
    """Whether both columns begin anew side by side, below a large blank across both."""
    first, last = row[0], row[-1]
    if first.right > gutter or last.left < gutter:
        return False
    return (
        min(first.top, last.top) - bottom > _PART * size
        and abs(baseline(first) - baseline(last)) < 0.3 * size
    )


def _is_inset(
    crossing: Sequence[Segment], rows: Sequence[VisualRow], place: int, page_height: float
) -> bool:
    """Whether what crosses the gutter has text at both of its sides: a quote set into it."""
    left, right = crossing[0].left, crossing[-1].right
    if right - left > _INSET_WIDTH * page_height:
        return False
    top = min(segment.top for segment in crossing)
    bottom = max(segment.bottom for segment in crossing)
    if top < _MARGIN * page_height or bottom > (1 - _MARGIN) * page_height:
        return False
    before = after = False
    for row in rows[max(0, place - 2) : place + 3]:
        for segment in row:
            if min(segment.bottom, bottom) > max(segment.top, top):
                before = before or segment.right <= left
                after = after or segment.left >= right
    return before and after


def _heads_both(rows: Sequence[VisualRow], place: int, gutter: float, size: float) -> bool:
    """Whether a lone short heading stands at the left, with nothing beside it."""
    row = rows[place]
    if len(row) > 1 or row[0].left >= gutter or place == 0 or place + 1 == len(rows):
        return False
    heading = row[0]
    if heading.size < _HEADING * size and not heading.bold:
        return False
    above = max(segment.bottom for one in rows[max(0, place - 3) : place] for segment in one)
    below = min(segment.top for one in rows[place + 1 : place + 4] for segment in one)
    return (
        heading.top - above > 0.4 * size
        and below >= heading.bottom
        and (
            _stands_in_both(rows[max(0, place - 4) : place], gutter)
            and _stands_in_both(rows[place + 1 : place + 5], gutter)
        )
    )


def _stands_in_both(rows: Sequence[VisualRow], gutter: float) -> bool:
    segments = list(chain.from_iterable(rows))
    return any(segment.right <= gutter for segment in segments) and any(
        segment.left >= gutter for segment in segments
    )


def _accepted(
    run: _Run, rows: Sequence[VisualRow], size: float, page_height: float
) -> Iterator[_Run]:
    if not _enough(run):
        return
    if len(run.inset) > _INSET * (run.end - run.start):
        return
    _trim(run, rows, size, page_height)
    left, right = run.left, run.right
    if not _enough(run):
        return
    if min(one.left for one in right) - max(one.right for one in left) < _GUTTER * size:
        return
    top = max(min(one.top for one in left), min(one.top for one in right))
    bottom = min(max(one.bottom for one in left), max(one.bottom for one in right))
    least = min(len(left), len(right), _ROWS)
    if bottom - top >= 0.8 * least * min(typical_size(left), typical_size(right)):
        yield run


def _enough(run: _Run) -> bool:
    """Whether both sides have rows enough: two are a note beside a column."""
    fewer, more = sorted((len(run.left), len(run.right)))
    return fewer >= _ROWS or (fewer >= _ROWS - 1 and more >= 2 * _ROWS)


def _trim(run: _Run, rows: Sequence[VisualRow], size: float, page_height: float) -> None:
    """Leave out running heads and feet, and what stands alone above or below both columns."""
    start, end = run.start, run.end
    rights = set(map(id, run.right))
    for _ in range(2):
        if end - start <= _ROWS:
            break
        bottom = max(one.bottom for one in rows[start])
        blank = min(one.top for one in rows[start + 1]) - bottom
        lone = all(id(one) in rights for one in rows[start])
        if blank > size and (lone or bottom < _MARGIN * page_height):
            start += 1
    for _ in range(2):
        if end - start <= _ROWS:
            break
        top = min(one.top for one in rows[end - 1])
        blank = top - max(one.bottom for row in rows[max(start, end - 4) : end - 1] for one in row)
        lone = not any(id(one) in rights for one in rows[end - 1])
        if (blank > 1.5 * size and lone) or (
            blank > 0.8 * size and top > (1 - _MARGIN) * page_height
        ):
            end -= 1
    if (start, end) != (run.start, run.end):
        kept = set(map(id, chain.from_iterable(rows[start:end])))
        run.start, run.end = start, end
        run.left = [one for one in run.left if id(one) in kept]
        run.right = [one for one in run.right if id(one) in kept]
        run.inset = [one for one in run.inset if id(one) in kept]


def _amount(segments: Sequence[Segment]) -> float:
    return sum((segment.right - segment.left) for segment in segments)


def _cut(rows: Sequence[VisualRow], run: _Run) -> Cut:
    first, second = run.left, run.right
    if _is_aside(first, second):
        first, second = second, first
    return Cut(list(rows[: run.start]), first, second, run.inset, list(rows[run.end :]))


def _is_aside(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether the left is a narrow note in the margin that the engine reads after the text."""
    if _width(left) * 2 > _width(right) or _height(left) > _NOTE * _height(right):
        return False
    return min(one.index for one in left) > min(one.index for one in right)


def _width(segments: Sequence[Segment]) -> float:
    return max(one.right for one in segments) - min(one.left for one in segments)


def _height(segments: Sequence[Segment]) -> float:
    return max(one.bottom for one in segments) - min(one.top for one in segments)
