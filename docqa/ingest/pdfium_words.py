"""The words that PDFium sees on a page, with the boxes in which they are shown."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium_c

from docqa.ingest.layout.page_text import Word
from docqa.ingest.overprint import single, suspects
from docqa.model import Box

_MOST_CHARACTERS = 300_000
"""Of a page: a dense page has 10,000, and half a second is what this many take."""
_BOLD_NAME = re.compile(rb"bold|black|heavy|semibd|demi|-medi$|(?:cm|sf|ec)bx", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
"""A flag in a font's descriptor."""
_MARKS = "\x02\ufffe"
"""What PDFium writes for a hyphen at the end of a line."""
_TOKEN = re.compile(rf"[^\s{_MARKS}]+[{_MARKS}]?|[{_MARKS}]|\r\n?|\n")
_CJK = "\u2e80-\u2fff\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_HAS_CJK = re.compile(f"[{_CJK}]")
_CJK_PIECES = re.compile(f"[^{_CJK}]*[{_CJK}]{{1,4}}(?:[^{_CJK}]+$)?|.+")
"""Chinese and Japanese have no blanks: cut between two of their characters, every four."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""With Latin letters in it, such a word neither begins nor ends with its outermost letters."""
_LONGEST = 100
_LOOSE = (0.7, 1.4)
"""How high a font says that it is, in units of its size, where that is to be believed."""


@dataclass(frozen=True, slots=True)
class PageWords:
    """Words by line, both in the engine's order; the page's width and height as shown, points.

    A new line begins where the engine breaks it, and behind a hyphen at the end of a line.
    ``raw`` is the engine's text, with marks for hyphens.
    """

    raw: str
    lines: tuple[tuple[Word, ...], ...]
    width: float
    height: float


class WordReader:
    """Asks PDFium for little: a call costs 1 us, and a page has some 3,000 characters.

    A word reaches from its first to its last character and is as high as its font.
    """

    def __init__(self) -> None:
        self._corners = (ctypes.c_double * 4)()
        self._left, self._right, self._bottom, self._top = (
            ctypes.c_double.from_buffer(self._corners, 8 * index) for index in range(4)
        )
        self._rect = pdfium_c.FS_RECTF()
        self._rect_pointer = ctypes.pointer(self._rect)
        self._rect_floats = (ctypes.c_float * 4).from_buffer(self._rect)
        self._matrix = pdfium_c.FS_MATRIX()
        self._name = ctypes.create_string_buffer(256)

    def read(self, page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> PageWords:
        """Return all words of a page; raise ValueError if there are too many characters."""
        count = text_page.count_chars()
        if count > _MOST_CHARACTERS:
            raise ValueError("too many characters on one page")
        text = _Text(text_page.raw, count)
        fonts: dict[int, bool] = {}
        view = _View(page)
        lines = tuple(
            tuple(self._words(text, line, view, fonts)) for line in self._lines(text) if line
        )
        return PageWords(text.text, lines, view.width, view.height)

    def _lines(self, text: _Text) -> Iterator[list[tuple[int, int]]]:
        """Spans of words (indexes into the text), line by line."""
        line: list[tuple[int, int]] = []
        for match in _TOKEN.finditer(text.text):
            start, end = match.span()
            first = text.text[start]
            if first in "\r\n":
                yield line
                line = []
                continue
            if end - start > 4 and not match.group().isascii() and _HAS_CJK.search(match.group()):
                line.extend(
                    (start + piece.start(), start + piece.end())
                    for piece in _CJK_PIECES.finditer(match.group())
                )
            else:
                line.append((start, end))
            if text.text[end - 1] in _MARKS:
                yield line
                line = []
        yield line

    def _words(
        self, text: _Text, spans: list[tuple[int, int]], view: _View, fonts: dict[int, bool]
    ) -> Iterator[Word]:
        handle = text.handle
        firsts = [text.char(start) for start, _ in spans]
        looks = self._looks(handle, firsts, fonts)
        upright = self._is_upright(handle, firsts[0], looks[0][0])
        loose, loose_box = self._rect_floats, pdfium_c.FPDFText_GetLooseCharBox
        tight, tight_box = self._corners, pdfium_c.FPDFText_GetCharBox
        corners = (self._left, self._right, self._bottom, self._top)
        rect, shown = self._rect_pointer, view.shown
        for (start, end), first, (size, bold) in zip(spans, firsts, looks, strict=True):
            word = text.text[start:end]
            if text.doubled and text.doubled.get(start) == end:
                word = single(word, size, partial(self._tight, text, start))
            mixed = not word.isascii() and _RIGHT_TO_LEFT.search(word) is not None
            if upright and not mixed:
                loose_box(handle, first, rect)
                left, top, right, bottom = loose[:]
                if end - start > 1:
                    loose_box(handle, text.char(end - 1), rect)
                    x0, high, x1, low = loose[:]
                    left, right = min(left, x0), max(right, x1)
                    bottom, top = min(bottom, low), max(top, high)
                yield Word(word, shown(left, right, bottom, top), size, bold)
                continue
            tight_box(handle, first, *corners)
            left, right, bottom, top = tight[:]
            for index in range(start + 1, end)[:_LONGEST] if mixed else (end - 1,):
                tight_box(handle, text.char(index), *corners)
                x0, x1, low, high = tight[:]
                left, right = min(left, x0), max(right, x1)
                bottom, top = min(bottom, low), max(top, high)
            yield Word(word, shown(left, right, bottom, top), size, bold)

    def _tight(self, text: _Text, start: int, index: int) -> Box:
        """Where the ink of a word's letter is, in the page's own space, that is from the bottom."""
        corners = (self._left, self._right, self._bottom, self._top)
        pdfium_c.FPDFText_GetCharBox(text.handle, text.char(start + index), *corners)
        left, right, bottom, top = self._corners
        return Box(left, top, right, bottom)

    def _looks(
        self, handle: object, firsts: list[int], fonts: dict[int, bool]
    ) -> list[tuple[float, bool]]:
        """Size and boldness of each word: asked of each only if the ends of the line differ."""
        first = self._look(handle, firsts[0], fonts)
        last = self._look(handle, firsts[-1], fonts) if len(firsts) > 1 else first
        if first == last or len(firsts) == 2:
            return [first] * (len(firsts) - 1) + [last]
        return [first, *(self._look(handle, index, fonts) for index in firsts[1:-1]), last]

    def _look(self, handle: object, index: int, fonts: dict[int, bool]) -> tuple[float, bool]:
        matrix = self._matrix
        size = pdfium_c.FPDFText_GetFontSize(handle, index)
        if pdfium_c.FPDFText_GetMatrix(handle, index, matrix):
            size *= (matrix.c * matrix.c + matrix.d * matrix.d) ** 0.5
        return round(abs(size), 1), self._is_bold(handle, index, fonts)

    def _is_bold(self, handle: object, index: int, fonts: dict[int, bool]) -> bool:
        item = pdfium_c.FPDFText_GetTextObject(handle, index)
        font = pdfium_c.FPDFTextObj_GetFont(item) if item else None
        if not font:
            return False
        address = ctypes.addressof(font.contents)
        known = fonts.get(address)
        if known is None:
            name = self._name
            pdfium_c.FPDFFont_GetBaseFontName(font, name, len(name))
            flags = pdfium_c.FPDFFont_GetFlags(font)
            known = _BOLD_NAME.search(name.value) is not None or (
                flags > 0 and flags & _FORCE_BOLD != 0
            )
            fonts[address] = known
        return known

    def _is_upright(self, handle: object, index: int, size: float) -> bool:
        """Whether the font's own height can be believed: not of turned or odd fonts."""
        matrix = self._matrix
        if not pdfium_c.FPDFText_GetMatrix(handle, index, matrix):
            return False
        if abs(matrix.b) > 0.05 * abs(matrix.a) or matrix.d <= 0 or matrix.a <= 0:
            return False
        pdfium_c.FPDFText_GetLooseCharBox(handle, index, self._rect_pointer)
        low, high = _LOOSE
        return bool(low * size <= self._rect.top - self._rect.bottom <= high * size)


class _Text:
    """A page's text and, for an index into it, PDFium's index of that character."""

    def __init__(self, handle: object, count: int) -> None:
        self.handle = handle
        buffer = (ctypes.c_ushort * (count + 1))()
        units = max(0, pdfium_c.FPDFText_GetText(handle, 0, count, buffer) - 1) if count > 0 else 0
        data = memoryview(buffer).cast("B")[: 2 * units]
        self.text = str(data, "utf-16-le", "replace")
        self.doubled = suspects(self.text)
        self._units: list[int] | None = None
        if len(self.text) != units:
            self._units = []
            unit = 0
            for character in self.text:
                self._units.append(unit)
                unit += 2 if ord(character) > 0xFFFF else 1
        self._same = units == count

    def char(self, index: int) -> int:
        """PDFium's index of the character at ``index`` of the text."""
        unit = index if self._units is None else self._units[index]
        if self._same:
            return unit
        return max(0, int(pdfium_c.FPDFText_GetCharIndexFromTextIndex(self.handle, unit)))


class _View:
    """A page as it is shown: its crop box and its rotation."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._rotation = page.get_rotation()
        self.width, self.height = page.get_width(), page.get_height()

    def shown(self, left: float, right: float, bottom: float, top: float) -> Box:
        """The box, in points from the top left, of a rectangle in the page's own space."""
        if self._rotation == 0:
            return Box(left - self._left, self._top - top, right - self._left, self._top - bottom)
        if self._rotation == 90:
            x0, x1 = bottom - self._bottom, top - self._bottom
            return Box(x0, left - self._left, x1, right - self._left)
        if self._rotation == 180:
            y0, y1 = bottom - self._bottom, top - self._bottom
            return Box(self._right - right, y0, self._right - left, y1)
        x0, x1 = self._top - top, self._top - bottom
        return Box(x0, self._right - right, x1, self._right - left)
