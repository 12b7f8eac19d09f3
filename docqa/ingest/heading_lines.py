"""Lines of a page that look like headings, by their type, their place and their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docqa.ingest.heading_text import NAMED, NAMED_NUMBER, heading_title, numbering
from docqa.ingest.layout.page_text import Line
from docqa.ingest.tables import names_columns

_MOST_LINES = 3
_LARGER = 1.12
"""Times the size of the running text: what a heading has that is not bold."""
_SAME_SIZE = 0.05
_FEW_WORDS = 8
_INDENT = 0.15
"""Of the width between the margins: how far a line in the middle is from both."""
_BESIDE = 0.1
"""Of a table's width: how far its caption may be off its middle, to the right."""


@dataclass(frozen=True, slots=True)
class FoundHeading:
    """Lines that look like a heading. ``order``: its numbering, (kind, depth), 0 for none.

    ``centred``: it stands above all else on its page, in the middle.
    """

    start: int
    end: int
    title: str
    size: float
    bold: bool
    order: tuple[int, int]
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """The running text of a page: its type and margins, and where the first line begins."""

    size: float
    bold: bool
    left: float
    right: float
    top: int


def candidates(text: str, lines: Sequence[Line], usual: Usual) -> Iterator[FoundHeading | None]:
    """What looks like headings, in order; None for any other lines between."""
    inside = _inside_tables(text, lines)
    for group, below in _groups(text, lines):
        if group[0].start in inside or _is_beside(group[-1], below):
            yield None
        else:
            yield _heading(text, group, below, usual)


def _heading(
    text: str, group: Sequence[Line], below: Line | None, usual: Usual
) -> FoundHeading | None:
    """A heading, if it stands out by its type, by its place, or by its number."""
    first, last = group[0], group[-1]
    if len(group) > _MOST_LINES or first.size < (1 - _SAME_SIZE) * usual.size:
        return None
    title = heading_title(text[first.start : last.end])
    if title is None:
        return None
    order = numbering(title)
    larger = first.size >= _LARGER * usual.size
    bold = first.bold and not usual.bold and (order[0] == NAMED or not _runs_in(last, below))
    alone = below is None or below.block != last.block
    few = len(title.split()) <= _FEW_WORDS
    slightly = first.size > (1 + _SAME_SIZE) * usual.size
    named = order[0] == NAMED and not title.endswith(".")
    numbered = order[0] > 0 and alone and (slightly or named or (order >= (2, 2) and few))
    centred = alone and few and first.start == usual.top and _is_centred(group, usual)
    capitals = alone and few and title.isupper() and below is not None and below.kind == "text"
    if not (larger or bold or numbered or centred or capitals):
        return None
    return FoundHeading(first.start, last.end, title, first.size, first.bold, order, centred)


def _is_centred(group: Sequence[Line], usual: Usual) -> bool:
    """Whether lines stand in the middle between the margins, far from both."""
    for line in group:
        if line.box is None:
            return False
        width = usual.right - usual.left
        before, behind = line.box.left - usual.left, usual.right - line.box.right
        if min(before, behind) < _INDENT * width or abs(before - behind) > _SAME_SIZE * width:
            return False
    return True


def _is_beside(last: Line, below: Line | None) -> bool:
    """Whether words stand above some columns of a table, and not above all of it."""
    if below is None or below.kind != "row" or below.box is None or last.box is None:
        return False
    shift = (last.box.left + last.box.right - below.box.left - below.box.right) / 2
    return shift > _BESIDE * (below.box.right - below.box.left)


def _inside_tables(text: str, lines: Sequence[Line]) -> set[int]:
    """Starts of the rows that have cells, or others above them that are not heads of a table."""
    inside: set[int] = set()
    for above, line, below in zip([None, *lines], lines, [*lines[1:], None], strict=False):
        if line.kind != "row" or _is_numbered(text, line):
            continue
        first = above is None or above.kind != "row" or above.block != line.block
        begins = below is not None and names_columns(text, below)
        if len(line.cells) > 1 or not (first or begins):
            inside.add(line.start)
    return inside


def _is_numbered(text: str, row: Line) -> bool:
    """Whether its cells are "Item 7." and a name."""
    return len(row.cells) == 2 and NAMED_NUMBER.fullmatch(text, *row.cells[0]) is not None


def _groups(text: str, lines: Iterable[Line]) -> Iterator[tuple[list[Line], Line | None]]:
    """Lines that follow each other in one type, with the line below; rows come alone."""
    group: list[Line] = []
    for line in lines:
        if group and not _same_type(text, group[-1], line):
            yield group, line
            group = []
        group.append(line)
    if group:
        yield group, None


def _runs_in(last: Line, below: Line | None) -> bool:
    """Whether the text goes on in the same line behind words in bold type, and then below."""
    if below is None or below.block != last.block or below.kind != "text" or below.bold:
        return False
    if last.box is None or below.box is None:
        return False
    return last.box.right > below.box.right - _LARGER * last.size


def _same_type(text: str, above: Line, below: Line) -> bool:
    capitals = (text[line.start : line.end].isupper() for line in (above, below))
    return (
        above.block == below.block
        and len(set(capitals)) == 1
        and above.kind == below.kind == "text"
        and above.bold == below.bold
        and abs(above.size - below.size) <= _SAME_SIZE * above.size
    )


def is_below(new: FoundHeading, above: FoundHeading) -> bool:
    """Whether a heading belongs into the section of one before it."""
    if new.centred:
        return above.order[0] > 0
    if new.order[0] and new.order[0] == above.order[0]:
        return new.order[1] > above.order[1]
    if abs(new.size - above.size) > _SAME_SIZE * above.size:
        return new.size < above.size
    if bool(new.order[0]) != bool(above.order[0]):
        return bool(above.order[0])
    if new.bold != above.bold:
        return above.bold
    return above.title.isupper() and not new.title.isupper()
