"""Running headers, footers and page numbers: what stands alike at the edge of several pages."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from docqa.ingest.layout.page_text import Line, PageText

AHEAD = 4
"""Pages to look ahead: heads of left and right pages differ, and one needs two others like it."""
_BEHIND = 6
_ENOUGH = 2
"""Other pages that must have the same line: a table that goes on repeats its head only once."""
_MOST_LINES = 6
_SAME_PLACE = 4.0
"""Points: how far the same line of two pages may be apart."""
_MARGIN = 0.2
"""Of the height down to the lowest line: text that repeats further inside is no furniture."""
_LARGE = 1.15
"""Times the size of the running text: a heading, even where slides repeat it."""
_SMALL_TABLE = 2
"""Rows: a head that is set as a table; a table that has more is one."""
_LONGEST_NUMBER = 30
"""Characters of a line that has nothing but the page's number, such as "- Page 7 of 120 -"."""

_DIGITS = re.compile(r"\d+")
_OUTER_NUMBERS = re.compile(r"^[\W\d]+|[\W\d]+$")
_FIRST_OR_LAST = re.compile(r"^\W*(\d{1,5})(?![\w.,])|(?<![\w.,])(\d{1,5})\W*$")
_BARE = re.compile(
    r"(?i)\W*(?P<word>page|seite|p\.|s\.)?\s*(?:(?P<digits>\d{1,5})|(?P<roman>[ivxlc]{1,7}))"
    r"(?P<of>\s*(?:of|von|de|/)\s*\d{1,5})?\W*"
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A line at an edge: what it says and where. ``index`` is that of the line.

    ``numbers``: those it begins or ends with, one of which may be the page's; ``bare``: there is
    nothing else. ``key``: what it says, numbers aside.
    """

    index: int
    outermost: bool
    text: str
    key: str
    numbers: tuple[int, ...]
    bare: bool
    named: bool
    top: float
    bottom: float
    size: float
    in_table: bool

    def counts_on(self, other: _Mark, pages_apart: int) -> bool:
        """Whether both have a number that counts the pages; the other one is further on."""
        outermost = self.outermost and other.outermost and self.bare == other.bare
        return (self._same_place(other) or outermost) and any(
            number + pages_apart in other.numbers for number in self.numbers
        )

    def repeats(self, other: _Mark) -> bool:
        """Whether both say the same; where only numbers inside differ, also in the same place."""
        if self.bare:
            return False
        if self._same_place(other):
            return self.key == other.key and (
                self.numbers == other.numbers or self.text == other.text
            )
        return self.outermost and other.outermost and self.text == other.text

    def _same_place(self, other: _Mark) -> bool:
        return abs(self.top - other.top) <= _SAME_PLACE


@dataclass(frozen=True, slots=True)
class _Edges:
    """The outermost lines of a page, from its edge inwards."""

    number: int
    page: PageText
    top: tuple[_Mark, ...]
    bottom: tuple[_Mark, ...]
    usual: float


def marked(pages: Iterable[tuple[int, PageText]], ahead: int = AHEAD) -> Iterator[PageText]:
    """Yield the pages in their order, with kind "furniture" where a line is.

    ``pages``: numbers (1-based) and texts, in order; ``ahead`` of them are taken before the first
    one is given back. A page whose whole text would be furniture keeps all but its number.
    """
    behind: deque[_Edges] = deque(maxlen=_BEHIND)
    waiting: deque[_Edges] = deque()
    for number, page in pages:
        waiting.append(_edges(number, page))
        if len(waiting) > ahead:
            yield _mark(waiting, behind)
    while waiting:
        yield _mark(waiting, behind)


def _mark(waiting: deque[_Edges], behind: deque[_Edges]) -> PageText:
    """Take the first of the waiting pages, compare it with its neighbours, and mark its lines."""
    this = waiting.popleft()
    comparison = _Comparison(this, [*behind, *waiting])
    behind.append(this)
    found = [*comparison.furniture(at_top=True), *comparison.furniture(at_top=False)]
    if not found:
        return this.page
    chosen = {mark.index for mark in found}
    if len(chosen) == len(this.page.lines):
        chosen = {mark.index for mark in found if mark.bare}
    lines = tuple(
        replace(line, kind="furniture") if index in chosen else line
        for index, line in enumerate(this.page.lines)
    )
    return replace(this.page, lines=lines)


class _Comparison:
    """One page beside its neighbours."""

    def __init__(self, this: _Edges, neighbours: Sequence[_Edges]) -> None:
        self._this = this
        self._neighbours = neighbours
        pages = [this, *neighbours]
        self._usual = median(edges.usual for edges in pages)
        self._lowest = max((mark.bottom for one in pages for mark in one.bottom[:1]), default=0.0)

    def furniture(self, *, at_top: bool) -> Iterator[_Mark]:
        """The lines of one edge that are furniture: none that has the page's own text outside."""
        own: _Mark | None = None
        for mark in self._this.top if at_top else self._this.bottom:
            if own is not None and not (mark.top < own.bottom and own.top < mark.bottom):
                return
            if self._is_number(mark, at_top) or (own is None and self._is_running(mark, at_top)):
                yield mark
            else:
                own = mark

    def _is_number(self, mark: _Mark, at_top: bool) -> bool:
        """Whether a line has the page's number, which may be in any size or beside a table."""
        if mark.bare and (mark.named or (mark.outermost and self._this.number in mark.numbers)):
            return True
        if not mark.bare and at_top:
            return False
        counted = self._alike(at_top, lambda other, apart: mark.counts_on(other, apart))
        return counted >= (1 if mark.bare else _ENOUGH)

    def _is_running(self, mark: _Mark, at_top: bool) -> bool:
        """Whether a line repeats near the edge and is no heading and not part of a table."""
        if at_top:
            inside = mark.top > _MARGIN * self._lowest
        else:
            inside = mark.bottom < (1 - _MARGIN) * self._lowest
        if inside or mark.in_table or mark.size > _LARGE * self._usual:
            return False
        return self._alike(at_top, lambda other, apart: mark.repeats(other)) >= _ENOUGH

    def _alike(self, at_top: bool, is_alike: Callable[[_Mark, int], bool]) -> int:
        """How many of the neighbours have such a line at the same edge."""
        return sum(
            any(
                is_alike(other, edges.number - self._this.number)
                for other in (edges.top if at_top else edges.bottom)
            )
            for edges in self._neighbours
        )


def _edges(number: int, page: PageText) -> _Edges:
    lines = list(enumerate(page.lines))
    placed = [(index, line) for index, line in lines if line.box is not None]
    if len(placed) < len(lines):  # Of text without places, the order is all that is known.
        first, last = lines[:_MOST_LINES], lines[: -_MOST_LINES - 1 : -1]
    else:
        first = sorted(lines, key=lambda entry: _top(entry[1]))[:_MOST_LINES]
        last = sorted(lines, key=lambda entry: -_bottom(entry[1]))[:_MOST_LINES]
    rows = Counter(line.block for line in page.lines if line.kind == "row")
    top, bottom = (
        tuple(
            _described(page, index, rows[line.block], outermost=rank == 0)
            for rank, (index, line) in enumerate(edge)
        )
        for edge in (first, last)
    )
    return _Edges(number, page, top, bottom, _usual_size(page.lines))


def _described(page: PageText, index: int, rows: int, *, outermost: bool) -> _Mark:
    line = page.lines[index]
    text = page.text[line.start : line.end]
    bare = _BARE.fullmatch(text) if len(text) < _LONGEST_NUMBER else None
    folded = "".join(text.casefold().split())
    is_row = line.kind == "row"
    return _Mark(
        index,
        outermost,
        folded,
        key=_OUTER_NUMBERS.sub("", folded) if is_row else _DIGITS.sub("#", folded),
        numbers=_numbers(text, bare),
        bare=bare is not None,
        named=bare is not None and bool(bare["word"] or bare["of"]),
        top=_top(line),
        bottom=_bottom(line),
        size=line.size,
        in_table=is_row and rows > _SMALL_TABLE,
    )


def _numbers(text: str, bare: re.Match[str] | None) -> tuple[int, ...]:
    if bare is None:
        return tuple(int(first or last) for first, last in _FIRST_OR_LAST.findall(text))
    return (int(bare["digits"]),) if bare["digits"] else (_roman(bare["roman"].casefold()),)


def _roman(numeral: str) -> int:
    """The value of a Roman number of small letters; of other letters, anything."""
    values = [_ROMAN[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(-one if one < after else one for one, after in zip(values, following, strict=True))


def _usual_size(lines: Sequence[Line]) -> float:
    """The size that most characters have."""
    characters: Counter[float] = Counter()
    for line in lines:
        characters[line.size] += line.end - line.start
    return max(characters, key=characters.__getitem__, default=0.0)


def _top(line: Line) -> float:
    return line.box.top if line.box is not None else 0.0


def _bottom(line: Line) -> float:
    return line.box.bottom if line.box is not None else 0.0
