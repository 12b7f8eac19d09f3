"""Reads the text of single pages: by PDFium, and by pypdf where that gives the better text."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from docqa.ingest.bounds import MOST_CHARACTERS, TOO_MUCH
from docqa.ingest.engines import Engines
from docqa.ingest.layout.compose import compose, compose_plain
from docqa.ingest.layout.order import order
from docqa.ingest.layout.page_text import PageText, Word
from docqa.ingest.pdfium_words import PageWords
from docqa.ingest.quality import GOOD, UNREADABLE, quality, readable, unmapped_share
from docqa.ingest.text import TextCleaner, count_unmapped

_HARDLY_ANY = 20
"""Characters: a page with fewer may be a scan with a stamp or a page number."""
_LITTLE = 300
"""Characters: what is drawn on a page with fewer is looked at; a stamp has less, a page more."""
_STAMP_EDGE = 0.1
"""Of the page's height, at its top and bottom."""
_SCAN_COVERS, _STAMPED_SCAN_COVERS = 0.4, 0.7
"""Share of the page; slides have pictures that are nearly as large below a title."""
_CLEARLY = 1.1
"""PDFium's text has places, so the other one must be better than only by chance."""
_LOST = PageText("")


@dataclass(frozen=True, slots=True)
class PageContent:
    """What was read of a page; ``problem`` completes "Page 7 ..." if it, or a part, is lost.

    ``unread``: it shows text, as an image or in letters without names, that only OCR can read.
    """

    text: PageText
    unread: bool = False
    problem: str = ""


class PageReader:
    """Reads the pages of one file; never raises an error for what is on a page."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._cleaner = TextCleaner()

    def read(self, number: int) -> PageContent:
        """Read one page (1-based)."""
        try:
            return self._read(number)
        except MemoryError:
            return PageContent(_LOST, problem="needs too much memory to be read")
        except Exception:  # Both engines raise anything on damaged pages.
            return PageContent(_LOST, problem="is damaged and could not be read")

    def _read(self, number: int) -> PageContent:
        if self._engines.pdfium is None:
            return self._plain(self._second_opinion(number))
        try:
            words, raw = self._words(number)
        except Exception:
            return self._plain(self._second_opinion(number))
        if len(raw) > MOST_CHARACTERS:
            return replace(self._plain(raw), problem=TOO_MUCH)
        score = quality(raw)
        arranged = self._arranged(words, raw)
        if score >= GOOD and len(raw) >= _LITTLE:
            return PageContent(arranged)
        has_text, image_share = self._shown(number)
        content = PageContent(arranged, unmapped_share(raw) > UNREADABLE)
        if score < GOOD and (has_text or image_share < _SCAN_COVERS):
            second = self._other(number)
            if readable(second) > _CLEARLY * readable(raw):
                content = self._plain(second)
        text = content.text
        scanned = image_share >= _SCAN_COVERS and len(text.text) < _HARDLY_ANY
        if words is not None and image_share >= _STAMPED_SCAN_COVERS:
            scanned = scanned or _is_stamp(text, words.height)
        return PageContent(text, content.unread or scanned or (has_text and not text.text))

    def _words(self, number: int) -> tuple[PageWords | None, str]:
        """PDFium's words if it has their places, and its raw text."""
        assert self._engines.pdfium is not None
        try:
            words = self._engines.pdfium.words(number)
        except MemoryError:
            raise
        except Exception:
            return None, self._engines.pdfium.text(number)
        return words, words.raw

    def _arranged(self, words: PageWords | None, raw: str) -> PageText:
        """The words in reading order, or the raw text where that fails."""
        if words is not None:
            with contextlib.suppress(Exception):
                lines = _known(words.lines) if unmapped_share(raw) > UNREADABLE else words.lines
                return compose(order(lines, words.width, words.height), self._cleaner)
        return self._plain(raw).text

    def _plain(self, raw: str) -> PageContent:
        unread = unmapped_share(raw) > UNREADABLE
        if unread:
            known = "\n".join(_known_part(line) for line in raw.splitlines())
            raw = known if known.strip() else raw
        return PageContent(compose_plain(raw, self._cleaner), unread)

    def _second_opinion(self, number: int) -> str:
        engine = self._engines.pypdf()
        if engine is None:
            raise LookupError("pypdf could not open the file")
        return engine.text(number)

    def _other(self, number: int) -> str:
        """Pypdf's text, "" if it has none."""
        with contextlib.suppress(Exception):
            return self._second_opinion(number)
        return ""

    def _shown(self, number: int) -> tuple[bool, float]:
        """Whether the page shows text, and how much of it images cover."""
        assert self._engines.pdfium is not None
        with contextlib.suppress(Exception):
            return self._engines.pdfium.content(number)
        return False, 0.0


def _is_stamp(page: PageText, height: float) -> bool:
    """Whether all text stands at the upper or lower edge, as what is stamped on a scan does."""
    low, high = _STAMP_EDGE * height, (1 - _STAMP_EDGE) * height
    edges = (place.box.bottom <= low or place.box.top >= high for place in page.places)
    return bool(page.places) and all(edges)


def _known(lines: Sequence[Sequence[Word]]) -> Sequence[Sequence[Word]]:
    """The words all of whose letters are known: of the others, fragments would be left.

    Where no word is known, fragments are better than nothing.
    """
    known = [[word for word in line if not count_unmapped(word.text)] for line in lines]
    return known if any(known) else lines


def _known_part(line: str) -> str:
    return " ".join(word for word in line.split() if not count_unmapped(word))
