"""Where the sections of a document begin in the text of its pages."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from docqa.ingest.layout.page_text import PageText
from docqa.ingest.passages import Heading
from docqa.model import Section

_WORD = re.compile(r"\w+")
_LINE = re.compile(r"[^\n]+")
_CHAPTER_CHARACTERS = 30
"""A chapter's name is shortened to this before that of the section in it."""


class Headings:
    """The outline of one document, looked up page by page."""

    def __init__(self, sections: Sequence[Section]) -> None:
        ordered = sorted(sections, key=lambda section: section.page)
        self._pages = [section.page for section in ordered]
        self._titles = [section.title for section in ordered]
        self._paths = _paths(ordered)

    def on_page(self, number: int, page: PageText | str) -> tuple[Heading, ...]:
        """Return the sections of a page in order: first the one that its top belongs to.

        A section that begins on this page but whose heading is not found in the text begins where
        the one before it begins. A running head is no heading.
        """
        first = bisect_left(self._pages, number)
        last = bisect_left(self._pages, number + 1)
        found = [Heading(0, self._paths[first - 1])] if first else []
        lines = _line_words(page) if first < last else []
        position = 0
        for i in range(first, last):
            position = _find(self._titles[i], lines, position)
            found.append(Heading(position, self._paths[i]))
        return tuple(found)


def _paths(sections: Sequence[Section]) -> list[str]:
    """For each section its title after that of the one it is in: "Chapter: Section"."""
    paths: list[str] = []
    above: list[Section] = []
    for section in sections:
        above = [one for one in above if one.level < section.level]
        paths.append(path_of(above[-1].title if above else "", section.title))
        above.append(section)
    return paths


def path_of(chapter: str, section: str) -> str:
    """Return "Chapter: Section", or the section alone; a long chapter is shortened."""
    if not chapter:
        return section
    if len(chapter) > _CHAPTER_CHARACTERS:
        chapter = chapter[: _CHAPTER_CHARACTERS - 1].rstrip() + "…"
    return f"{chapter}: {section}"


def _line_words(page: PageText | str) -> list[tuple[int, str]]:
    """Each line's start and its letters and digits, for comparing."""
    if isinstance(page, str):
        return [(match.start(), _key(match.group())) for match in _LINE.finditer(page)]
    kept = (line for line in page.lines if line.kind != "furniture")
    return [(line.start, _key(page.text[line.start : line.end])) for line in kept]


def _key(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()


def _find(title: str, lines: Sequence[tuple[int, str]], position: int) -> int:
    """Start of the line from ``position`` on that is ``title``, or else begins with it."""
    wanted = _key(title)
    begins: int | None = None
    for start, key in lines:
        if start < position or not key:
            continue
        if key == wanted:
            return start
        if begins is None and (key.startswith(wanted) or _wraps(wanted, key)):
            begins = start
    return position if begins is None else begins


def _wraps(wanted: str, key: str) -> bool:
    """Whether a line is the beginning of a long title that goes on in the next line."""
    return len(key) >= 15 and wanted.startswith(key)
