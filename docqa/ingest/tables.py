"""The tables of a page, and the names of their columns, also where they stand a page before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docqa.ingest.layout.page_text import Line, PageText

_LONGEST_HEADS = 120
"""Characters: some 40 tokens of the 240 that a passage has."""
_MOST_ABOVE = 4
"""Lines of text above the rows that can belong to the heads: caption, period, unit."""
_MOST_BETWEEN = 3
"""Lines above a table that goes on, such as its name again with "(continued)"."""
_MOST_HEAD_ROWS = 6

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(rf"(?i)\b{_MONTH}\.?\s+\d{{1,2}}\b,?|\b\d{{1,2}}\.?\s+{_MONTH}\b")
_NUMBER = re.compile(r"[(\[$€£¥+−–-]*[.,]?\d[\d.,]*[)\]%*]*$|[$€£¥][(]?$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDED = re.compile(r"(?i)\bend(?:ed|ing)\b")
_DASHES = re.compile(r"[—–-]{1,3}")
_NOTE = re.compile(r"\(\d\)")
_LETTER = re.compile(r"[^\W\d_]")
_UNIT = r"(?:millions?|thousands?|billions?|dollars?|per share|unaudited|percent|%|€|£|\$)"
_HEAD_LINE = re.compile(
    rf"(?i)[(\[].*\b{_UNIT}.*|in (?:millions|thousands|billions)\b.*|as (?:of|at)\b.*"
    r"|.*\b(?:year|years|months|quarters?|weeks|period|periods)\s+ended\b.*"
    r"|(?:fiscal )?years?(?: ending)?:?|(?:table|tab\.|tabelle|tableau|exhibit)\s+[\w.]+.*"
    rf"|(?:[\s,&]|and|(?:19|20)\d\d|{_MONTH}|\d{{1,2}},)+"
)
_LONGEST_HEAD_LINE, _LONGEST_NAME = 110, 80
_NAME = re.compile(r"[A-Z\d\u0370-\uffff(\"“].*[^\W_].*[^.:;,!?]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table by half-open offsets; its rows of values begin at ``body``.

    ``heads``: the names of its columns on one line, "" if it has none.
    """

    start: int
    body: int
    end: int
    heads: str


@dataclass(frozen=True, slots=True)
class _Open:
    """The last table of a page, which may go on."""

    heads: str
    columns: int


class Tables:
    """Finds the tables of one document's pages, which are given in order.

    A table without heads that follows another one at once, also on the next page, has the same
    heads if it has as many columns.
    """

    def __init__(self) -> None:
        self._open: _Open | None = None

    def on_page(self, layout: PageText) -> tuple[Table, ...]:
        """Return the tables of the next page, in order."""
        lines = [line for line in layout.lines if line.kind != "furniture"]
        found: list[Table] = []
        seen = 0
        for first, last in _runs(layout.text, lines):
            if first - seen > _MOST_BETWEEN:
                self._open = None
            top = first - _lines_above(layout.text, lines[max(seen, first - _MOST_ABOVE) : first])
            found.append(self._table(layout.text, lines, top, first, last))
            seen = last
        if len(lines) - seen > _MOST_BETWEEN:
            self._open = None
        return tuple(found)

    def _table(self, text: str, lines: Sequence[Line], top: int, first: int, last: int) -> Table:
        """The table whose lines begin with ``top``, and its rows with ``first``."""
        rows = lines[first:last]
        body = first + _head_rows(text, rows)
        heads = _short(text, lines[top:body])
        columns = max(len(row.cells) for row in rows)
        named = body > first or _YEAR.search(heads) is not None
        if not named and self._open is not None and abs(self._open.columns - columns) <= 1:
            heads, top, body = self._open.heads, first, first
            columns = self._open.columns
        self._open = _Open(heads, columns) if heads else None
        start = lines[top].start
        return Table(start, lines[body].start if body < last else start, rows[-1].end, heads)


def has_values(text: str, line: Line) -> bool:
    """Whether a row has a cell with a number that is not a year, a date or the mark of a note."""
    cells = line.cells or ((line.start, line.end),)
    if _LETTER.search(text, *cells[0]):  # The name of the row.
        cells = cells[1:]
    values = [text[start:end] for start, end in cells]
    if any(map(_YEAR.search, values)):
        values = [_NOTE.sub(" ", value) for value in values]
    return any(map(_is_value, values))


def _is_value(cell: str) -> bool:
    """Whether a cell begins with a number, or only has a dash: "Level 1" is a name."""
    if _ENDED.search(cell):
        return False  # "52 weeks ended".
    for part in _DATE.sub(" ", cell).split():
        if _DASHES.fullmatch(part):
            return True
        if not _YEAR.fullmatch(part.strip("(),.")):
            return _NUMBER.match(part) is not None
    return False


def names_columns(text: str, line: Line) -> bool:
    """Whether a row has names in several cells and no values: it begins a table."""
    if len(line.cells) < 2 or has_values(text, line):
        return False
    return len(line.cells) > 2 or _YEAR.search(text, line.start, line.end) is not None


def _runs(text: str, lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of lines that are the rows of one table: two at least have cells."""
    first = 0
    while first < len(lines):
        last = first
        while last < len(lines) and lines[last].kind == "row":
            if lines[last].block != lines[first].block:
                break
            last += 1
        for start, end in pairwise(_parts(text, lines, first, last)):
            if sum(len(line.cells) > 1 for line in lines[start:end]) > 1:
                yield start, end
        first = max(last, first + 1)


def _parts(text: str, lines: Sequence[Line], first: int, last: int) -> list[int]:
    """Where tables begin that stand below each other, each with its own heads; and the end."""
    begins = [first]
    values = -1
    for index in range(first, last):
        if has_values(text, lines[index]):
            values = index
        elif values >= begins[-1] and names_columns(text, lines[index]):
            begins.append(values + 1)
    return [*begins, last]


def _head_rows(text: str, rows: Sequence[Line]) -> int:
    """How many of the first rows name the columns."""
    heads = 0
    for index, row in enumerate(rows[: _MOST_HEAD_ROWS + 1]):
        if has_values(text, row):
            return heads
        if len(row.cells) > 1 or _is_head_line(text, row):
            heads = index + 1
    # No values at all: words only. Its heads are known by their type.
    return 1 if len(rows) > 1 and rows[0].bold and not rows[1].bold and rows[0].cells else 0


def _lines_above(text: str, above: Sequence[Line]) -> int:
    """How many of the last lines above a table belong to its heads: period, unit and name."""
    count = 0
    for line in reversed(above):
        if not _is_head_line(text, line):
            return count + _is_name(text, line, above[: len(above) - count - 1])
        count += 1
    return count


def _is_head_line(text: str, line: Line) -> bool:
    """Whether a line gives a period, a unit, years or dates, or the number of the table."""
    short = line.end - line.start <= _LONGEST_HEAD_LINE
    return short and _HEAD_LINE.fullmatch(text, line.start, line.end) is not None


def _is_name(text: str, line: Line, above: Sequence[Line]) -> bool:
    """Whether a line can be the name of the table below it, and is no end of a paragraph."""
    if above and above[-1].block == line.block and line.start - above[-1].start > _LONGEST_NAME:
        return False
    name = text[line.start : line.end]
    return line.end - line.start <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def _short(text: str, lines: Sequence[Line]) -> str:
    """The heads on one line; the nearest to the rows where they are too long."""
    parts: list[str] = []
    room = _LONGEST_HEADS
    for line in reversed(lines):
        part = _line_text(text, line)
        if len(part) > room:
            parts.append(part[:room].rsplit(" ", 1)[0] if not parts else "")
            break
        parts.append(part)
        room -= len(part) + 1
    return " ".join(filter(None, reversed(parts)))


def _line_text(text: str, line: Line) -> str:
    """A line's words; what several cells in a row have in common is said once."""
    cells = line.cells or ((line.start, line.end),)
    parts = [" ".join(text[start:end].split()) for start, end in cells]
    return " ".join(part for index, part in enumerate(parts) if part not in parts[:index][-1:])
