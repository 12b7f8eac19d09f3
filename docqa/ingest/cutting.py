"""The pages of one document, in order, cut into passages with their sections and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docqa.ingest.headings import Headings
from docqa.ingest.layout.page_text import PageText
from docqa.ingest.outline import FoundHeadings
from docqa.ingest.passages import CountTokens, Heading, passages
from docqa.ingest.tables import Tables
from docqa.model import Page, Passage, Section

_FEWEST = 3
"""An outline with fewer entries names parts that were put together, not sections."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of a page, and the headings found on it where no outline names any."""

    passages: tuple[Passage, ...]
    sections: tuple[Section, ...] = ()


class Cutter:
    """Give it the pages in order; it may begin with any of them."""

    def __init__(self, title: str, outline: Sequence[Section], count: CountTokens) -> None:
        self._title = title
        self._count = count
        self._outline = Headings(outline) if len(outline) >= _FEWEST else None
        self._found = FoundHeadings(title)
        self._given = bool(outline)
        self._tables = Tables()

    def cut(self, page: Page, layout: PageText) -> Cut:
        """Cut the next page; ``layout.text`` must be the text of ``page``."""
        headings, sections = self._headings(page.number, layout)
        tables = self._tables.on_page(layout)
        cut = passages(page, self._title, headings, self._count, layout, tables)
        return Cut(tuple(cut), () if self._given else sections)

    def _headings(
        self, number: int, layout: PageText
    ) -> tuple[tuple[Heading, ...], tuple[Section, ...]]:
        if self._outline is not None:
            return self._outline.on_page(number, layout), ()
        return self._found.on_page(number, layout)
