"""What passages are put together from: sentences and rows, and how bad a cut before each is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from docqa.ingest.layout.page_text import Line, PageText
from docqa.ingest.sentences import breaks, is_table_row, split
from docqa.ingest.tables import Table, has_values

# What a cut costs; one passage more costs between 1 and 2, depending on how empty it is.
_AT_SECTION, _BETWEEN_PARAGRAPHS, _IN_PARAGRAPH = 0.0, 0.1, 0.4
_BEFORE_GROUP, _IN_TABLE, _AFTER_HEADING, _AFTER_GROUP, _AFTER_HEADS = 0.3, 0.7, 0.9, 1.0, 1.2
IN_SENTENCE = 1.0
_SMALLER = 0.9
"""Lines whose sizes differ by more are no one paragraph."""
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_OPEN = re.compile(r"[^.!?:。！？؟۔।][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a row, by half-open offsets; ``cut``: how bad it is to begin with it."""

    start: int
    end: int
    cut: float


def plain_layout(text: str) -> PageText:
    """Return lines for a text of which nothing else is known."""
    lines = []
    block, above = 0, 0
    for match in _LINE.finditer(text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        block += text.count("\n", above, start) > 1
        lines.append(Line(start, end, block=block))
        above = end
    return PageText(text, tuple(lines))


def with_rows(layout: PageText) -> PageText:
    """Return the layout with rows guessed by their words where no line has a place."""
    if any(line.box is not None for line in layout.lines):
        return layout
    text = layout.text
    lines = tuple(
        replace(line, kind="row")
        if line.kind == "text" and is_table_row(text[line.start : line.end])
        else line
        for line in layout.lines
    )
    return replace(layout, lines=lines)


def runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the stretches of lines between the furniture, which is in no passage."""
    run: list[Line] = []
    for line in lines:
        if line.kind != "furniture":
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def pieces(
    text: str, run: Sequence[Line], tables: Sequence[Table], sections: Collection[int]
) -> list[Piece]:
    """Return the pieces of a stretch of lines, in order; ``sections`` begin at these offsets."""
    found: list[Piece] = []
    starts = [table.start for table in tables]
    above: Line | None = None
    for paragraph in _paragraphs(text, run, sections):
        start, end = paragraph[0].start, paragraph[-1].end
        if start in sections or above is None:
            cut = _AT_SECTION
        else:
            index = bisect_right(starts, start) - 1
            table = tables[index] if index >= 0 and start < tables[index].end else None
            cut = _cost(text, found[-1], above, paragraph[0], table)
        spans = [(start, end)] if paragraph[0].kind == "row" else split(text, start, end)
        for first, last in spans:
            found.append(Piece(first, last, cut))
            cut = _IN_PARAGRAPH
        above = paragraph[-1]
    return found


def _paragraphs(text: str, run: Sequence[Line], sections: Collection[int]) -> Iterator[list[Line]]:
    """The lines of each paragraph; a heading, a list item and a row stand alone."""
    paragraph = [run[0]]
    typical = _full_line(run, 0)
    for index in range(1, len(run)):
        above, below = run[index - 1], run[index]
        if below.block != above.block:
            typical = _full_line(run, index)
        if below.start not in sections and _goes_on(text, above, below, typical):
            paragraph.append(below)
        else:
            yield paragraph
            paragraph = [below]
    yield paragraph


def _full_line(run: Sequence[Line], first: int) -> int:
    """Characters of a full line in the block that begins with a line."""
    lengths = []
    for index in range(first, len(run)):
        if run[index].block != run[first].block:
            break
        lengths.append(run[index].end - run[index].start)
    lengths.sort()
    return lengths[len(lengths) * 3 // 4]


def _goes_on(text: str, above: Line, below: Line, typical: int) -> bool:
    if above.kind == "row" or below.kind == "row":
        return False
    if min(above.size, below.size) < _SMALLER * max(above.size, below.size):
        return False
    if above.block != below.block:  # A sentence may go on in the next column.
        continues = text[below.start].islower() and _OPEN.search(text, above.start, above.end)
        return bool(continues) and text[above.end - 1] != "-"
    return not breaks(text, (above.start, above.end), (below.start, below.end), typical)


def _cost(text: str, sentence: Piece, above: Line, below: Line, table: Table | None) -> float:
    """How bad it is to cut between two paragraphs; ``sentence`` is the last one above."""
    if table is not None and table.start < below.start:
        return _cost_in_table(text, above, below, table)
    heading = above.kind != "row" and _is_heading(text, sentence)
    if below.kind == "row" and (heading or above.kind == "row"):
        return _IN_TABLE  # What is above it is a row, or says what the table is about.
    return _AFTER_HEADING if heading else _BETWEEN_PARAGRAPHS


def _cost_in_table(text: str, above: Line, below: Line, table: Table) -> float:
    if below.start <= table.body:
        return _AFTER_HEADS
    if text[below.start].islower():  # The name of a row that goes on.
        return _AFTER_GROUP
    if not has_values(text, above):
        return _AFTER_GROUP
    return _IN_TABLE if has_values(text, below) else _BEFORE_GROUP


def _is_heading(text: str, sentence: Piece) -> bool:
    return sentence.end - sentence.start < 80 and text[sentence.end - 1].isalnum()
