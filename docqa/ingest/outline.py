"""Headings of a document that has no outline, page by page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from docqa.ingest.front_page import filing_on
from docqa.ingest.heading_lines import FoundHeading, Usual, candidates, is_below
from docqa.ingest.headings import path_of
from docqa.ingest.layout.page_text import Line, PageText
from docqa.ingest.passages import Heading
from docqa.model import Section

_ENOUGH = 600
"""Characters of running text on a page that show its size; with fewer, the pages before count."""
_LIST = 3
"""More headings than this in a row, with nothing between them, are a cover or a list."""
_SLIGHTLY, _SHORT = 1.05, 30
"""Running text has at most so many times the usual size, and lines of more characters."""
_MOST_SECTIONS = 5000
_PART = re.compile(r"(?i)(?:part|teil|partie)\s+[ivx\d]+\W*")


class FoundHeadings:
    """Sees the pages of one document in order, from any page on."""

    def __init__(self, title: str = "") -> None:
        """``title``: of the document; where it stands on a page, it is no heading."""
        self._title = _key(title)
        self._characters: Counter[float] = Counter()
        self._above: list[FoundHeading] = []
        self._count = 0

    def on_page(
        self, number: int, layout: PageText
    ) -> tuple[tuple[Heading, ...], tuple[Section, ...]]:
        """Return where sections begin on the next page, and those that begin there.

        The first heading says which section the top of the page belongs to.
        """
        headings = [Heading(0, self._path())] if self._above else []
        sections = []
        cover = number == 1 and filing_on(layout) is not None  # Made of lines in bold type.
        for found in () if cover else self._find(number, layout):
            if self._above and _key(self._above[-1].title) == _key(found.title):
                continue
            while self._above and not is_below(found, self._above[-1]):
                self._above.pop()
            self._above.append(found)
            headings.append(Heading(found.start, self._path()))
            sections.append(Section(found.title, len(self._above), number))
        self._count += len(sections)
        return tuple(headings), tuple(sections)

    def _path(self) -> str:
        """The section and the one it is in, unless that is only called "Part II"."""
        titles = [found.title for found in self._above]
        chapter = titles[-2] if len(titles) > 1 else ""
        return path_of("" if _PART.fullmatch(chapter) else chapter, titles[-1])

    def _find(self, number: int, layout: PageText) -> list[FoundHeading]:
        lines = [line for line in layout.lines if line.kind != "furniture" and line.size > 0]
        usual = self._usual(lines)
        if usual is None or self._count > _MOST_SECTIONS or _names_sections(layout.text, lines):
            return []
        kept: list[FoundHeading] = []
        row: list[FoundHeading] = []
        title: FoundHeading | None = None
        for found in candidates(layout.text, lines, usual):
            if found is None:
                kept.extend(row if len(row) <= _LIST else _numbered(row))
                row = []
            elif len(found.title) > 3 and _key(found.title) in self._title:
                title = found
            else:
                row.append(found)
        kept.extend(row if len(row) <= _LIST else _numbered(row))
        return kept if title is None or number > 1 else _below_title(kept, title, lines, usual)

    def _usual(self, lines: Sequence[Line]) -> Usual | None:
        """What most of the text looks like; None as long as there was too little."""
        here: Counter[float] = Counter()
        bold = 0
        for line in lines:
            length = line.end - line.start
            here[round(line.size, 1)] += length
            bold += length if line.bold else 0
        self._characters.update(here)
        total = sum(here.values())
        characters = here if total >= _ENOUGH else self._characters
        if sum(characters.values()) < _ENOUGH or not lines:
            return None
        boxes = [line.box for line in lines if line.box is not None]
        return Usual(
            characters.most_common(1)[0][0],
            bold * 2 > total,
            min((box.left for box in boxes), default=0.0),
            max((box.right for box in boxes), default=0.0),
            lines[0].start,
        )


def _names_sections(text: str, lines: Sequence[Line]) -> bool:
    """Whether this is a table of contents: most lines end in the number of a page."""
    numbered = 0
    for line in lines:
        *_, before, last = ["", "", *text[line.start : line.end].rsplit(None, 2)]
        is_page = last.isdigit() and len(last) <= 3
        numbered += is_page and not any(map(str.isdigit, before))
    return numbered > 5 and numbered * 2 > len(lines)


def _numbered(found: Sequence[FoundHeading]) -> list[FoundHeading]:
    """Of a row of headings with nothing between: the last ones, if they are numbered."""
    last = list(found[-2:])
    return last if all(one.order[0] for one in last) else []


def _below_title(
    found: Sequence[FoundHeading], title: FoundHeading, lines: Sequence[Line], usual: Usual
) -> list[FoundHeading]:
    """Leave out what stands above the title of the document, and between it and the first text.

    That are logos and authors; the last one before the text is its heading.
    """
    text = (
        line.start
        for line in lines
        if line.start > title.start
        and line.size <= _SLIGHTLY * usual.size
        and line.end - line.start > _SHORT
    )
    begin = next(text, 0)
    before = [one for one in found if title.start < one.start < begin]
    return [*before[-1:], *(one for one in found if one.start >= begin)]


def _key(title: str) -> str:
    return "".join(filter(str.isalnum, title)).casefold()
