"""One file, opened by PDFium: the fast engine for text, and what is drawn on a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium_c

from docqa.ingest.bounds import MOST_CHARACTERS
from docqa.ingest.fields import filled_in
from docqa.ingest.layout.insertion import with_fields
from docqa.ingest.pdfium_words import PageWords, WordReader

_MOST_OBJECTS = 5_000
_FORM_DEPTH = 3
_MOST_READ = MOST_CHARACTERS + 1
"""Characters of one page."""


class Pdfium:
    """Any method may raise pypdfium2.PdfiumError; PDFium is not safe for threads."""

    def __init__(self, path: Path, password: str | None) -> None:
        """Raise PermissionError if the password does not open the file."""
        try:
            self._document = pypdfium2.PdfDocument(path, password=password)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
                raise PermissionError from error
            raise
        self._word_reader = WordReader()

    def __len__(self) -> int:
        """Number of pages."""
        return len(self._document)

    def close(self) -> None:
        """Let go of the file, which some systems keep from being moved or deleted until then."""
        self._document.close()

    def text(self, number: int) -> str:
        """Raw text of a page (1-based), hidden text and text beyond its edges included.

        Of a page with more characters than are kept, so many that it shows.
        """
        with self._text_page(number) as (_, text_page):
            return str(text_page.get_text_range(count=min(text_page.count_chars(), _MOST_READ)))

    def words(self, number: int) -> PageWords:
        """The words of a page (1-based) and where they stand; its text is that of :meth:`text`.

        Among the words is what was filled into the page's fields, which is not in its text.
        Raise ValueError if there are more characters than a page that people read has.
        """
        with self._text_page(number) as (page, text_page):
            words = self._word_reader.read(page, text_page)
            with suppress(Exception):  # Damaged fields do not spoil the page.
                fields = filled_in(page)
                if fields:
                    return replace(words, lines=with_fields(words.lines, fields))
            return words

    def content(self, number: int) -> tuple[bool, float]:
        """Whether a page shows text, and the share (0 to 1) of it that images cover."""
        page = self._document[number - 1]
        try:
            left, bottom, right, top = page.get_bbox()
            area = max(1.0, (right - left) * (top - bottom))
            has_text, covered = False, 0.0
            for seen, item in enumerate(page.get_objects(max_depth=_FORM_DEPTH)):
                if seen > _MOST_OBJECTS:
                    break
                x0, y0, x1, y1 = item.get_bounds()
                if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
                    has_text = has_text or (x1 > x0 and y1 > y0)  # Blanks have no size.
                elif item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                    width = min(x1, right) - max(x0, left)
                    height = min(y1, top) - max(y0, bottom)
                    covered += max(0.0, width) * max(0.0, height)
            return has_text, min(1.0, covered / area)
        finally:
            page.close()

    @contextmanager
    def _text_page(self, number: int) -> Iterator[tuple[pypdfium2.PdfPage, pypdfium2.PdfTextPage]]:
        page = self._document[number - 1]
        try:
            text_page = page.get_textpage()
            try:
                yield page, text_page
            finally:
                text_page.close()
        finally:
            page.close()
