"""The order in which a person reads the words of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from docqa.ingest.layout.blocks import Block, Row
from docqa.ingest.layout.cells import grid_cells, table_rows
from docqa.ingest.layout.columns import find_columns
from docqa.ingest.layout.contested import parts
from docqa.ingest.layout.page_text import Word
from docqa.ingest.layout.rows import VisualRow, typical_size, visual_rows
from docqa.ingest.layout.segments import Segment, is_turned, reads_from_right, segments
from docqa.ingest.layout.tables import Stretch, stretches

_MOST_WORDS = 20_000
_MOST_SEGMENTS = 4_000
"""A drawing or a page that was made to be slow: the engine's order has to do."""
_MOST_CUTS = 40
_PARAGRAPH = 0.5
"""In units of the letters' size: how much wider than usual the blank above a paragraph is."""
_OTHER_SIZE = 1.12
"""Lines whose letters differ more in size are not of one block."""


def order(words_by_line: Sequence[Sequence[Word]], width: float, height: float) -> list[Block]:
    """Return the page's blocks in reading order; ``width`` and ``height`` in points.

    ``words_by_line``: the engine's lines in the engine's order, words in logical order. Their
    order is kept within a segment, and wherever the positions do not contradict it.
    """
    count = sum(map(len, words_by_line))
    if count == 0:
        return []
    turned: list[Sequence[Word]] = []
    upright: list[Sequence[Word]] = []
    for line in words_by_line:
        if line:
            (turned if _is_turned(line) else upright).append(line)
    if count > _MOST_WORDS or 2 * sum(map(len, turned)) > count:
        return [_as_it_comes(words_by_line)]
    mirrored = reads_from_right(upright)
    found = segments(upright, width, mirrored=mirrored)
    if len(found) > _MOST_SEGMENTS:
        return [_as_it_comes(words_by_line)]
    blocks = list(_Page(height).blocks(visual_rows(found)))
    if not turned:
        return blocks
    if turned[0] is next(filter(None, words_by_line)):  # A stamp in the margin.
        return [_as_it_comes(turned), *blocks]
    return [*blocks, _as_it_comes(turned)]


def _is_turned(line: Sequence[Word]) -> bool:
    return 2 * sum(map(is_turned, line)) > len(line)


def _as_it_comes(words_by_line: Sequence[Sequence[Word]]) -> Block:
    return Block("text", tuple(Row(tuple(line)) for line in words_by_line if line))


class _Page:
    """Cuts one page into columns, again and again, and what is left into rows."""

    def __init__(self, height: float) -> None:
        self._height = height
        self._cuts = 0

    def blocks(self, rows: list[VisualRow]) -> Iterator[Block]:
        """Yield the blocks of a region, whose rows are given from top to bottom."""
        if not rows:
            return
        cut = None
        if self._cuts < _MOST_CUTS:
            cut = find_columns(rows, self._height)
        if cut is None:
            yield from _region(rows)
            return
        self._cuts += 1
        yield from self.blocks(cut.above)
        yield from self.blocks(visual_rows(cut.first))
        yield from self.blocks(visual_rows(cut.second))
        yield from self.blocks(visual_rows(cut.inset))
        yield from self.blocks(cut.below)


def _region(rows: Sequence[VisualRow]) -> Iterator[Block]:
    """Yield the text and the tables of one column."""
    size = typical_size(chain.from_iterable(rows))
    for part in parts(rows):
        if part.as_engine:
            yield from _paragraphs(part.rows)
            continue
        for stretch in stretches(part.rows):
            yield from _stretch(stretch, size)


def _stretch(stretch: Stretch, size: float) -> Iterator[Block]:
    if not stretch.gaps:
        yield from _paragraphs(stretch.rows)
        return
    table = table_rows(stretch, size)
    if table is not None:
        yield Block("table", tuple(table))
        return
    for cell in grid_cells(stretch, size):
        yield from _paragraphs(visual_rows(cell))


def _paragraphs(rows: Sequence[VisualRow]) -> Iterator[Block]:
    """Yield text, parted where there is more blank than usual or the letters change."""
    usual = _usual_blank(rows)
    block: list[Row] = []
    for place, row in enumerate(rows):
        if block and _begins(rows[place - 1], row, usual):
            yield Block("text", tuple(block))
            block = []
        block.append(Row(tuple(_words(row))))
    yield Block("text", tuple(block))


def _words(row: Iterable[Segment]) -> Iterator[Word]:
    return chain.from_iterable(segment.words for segment in row)


def _usual_blank(rows: Sequence[VisualRow]) -> float:
    blanks = sorted(_blank(above, below) for above, below in pairwise(rows))
    return blanks[len(blanks) // 3] if blanks else 0.0


def _blank(above: VisualRow, below: VisualRow) -> float:
    return min(one.top for one in below) - max(one.bottom for one in above)


def _begins(above: VisualRow, row: VisualRow, usual: float) -> bool:
    one, other = above[0], row[0]
    if max(one.size, other.size) > _OTHER_SIZE * min(one.size, other.size):
        return True
    if _is_bold(above) != _is_bold(row):
        return True
    return _blank(above, row) > usual + _PARAGRAPH * other.size


def _is_bold(row: VisualRow) -> bool:
    return all(word.bold for word in _words(row))
