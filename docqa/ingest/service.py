"""What runs in a reader's child process: one PDF in, its pages and passages out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from docqa.errors import Cancelled, DocqaError
from docqa.ingest.events import Opened, PageRead, ReadFile
from docqa.ingest.files import has_pdf_header
from docqa.ingest.headings import Headings
from docqa.ingest.passages import passages
from docqa.ingest.pdfium import Pdfium
from docqa.ingest.structure import Pypdf, Structure
from docqa.ingest.text import TextCleaner, unmapped_share
from docqa.ingest.titles import choose_title
from docqa.ingest.tokens import TokenCounter
from docqa.model import Page
from docqa.process import Flag

_HARDLY_ANY = 20
"""Characters: a page with fewer may be a scan with a stamp or a page number."""
_SCAN_COVERS = 0.4
_MOST_PAGES = 50_000
_SUSPICIOUS, _UNREADABLE = 0.05, 0.3
"""Share of characters that stand for no letter."""


class Engine(Protocol):
    """A library that opened the file. ``text`` may raise any Exception."""

    def __len__(self) -> int:
        """Number of pages."""

    def text(self, number: int) -> str:
        """Raw text of a page (1-based)."""


class ReadingService:
    """Reads one file per request; used by :class:`docqa.ingest.reader.Reader`."""

    def __init__(self, flag: Flag, tokenizer_file: Path) -> None:
        self._flag = flag
        self._count = TokenCounter(tokenizer_file)

    def handle(self, request: ReadFile) -> Iterator[Opened | PageRead]:
        """Yield :class:`Opened`, then the pages from ``request.first_page`` on."""
        file = _File(Path(request.path), request.password, with_structure=request.with_structure)
        yield file.opened
        headings = Headings(file.opened.sections)
        for number in range(request.first_page, file.opened.page_count + 1):
            if self._flag.is_set:
                raise Cancelled
            page = file.page(number)
            cut = passages(
                page, file.opened.title, headings.on_page(number, page.text), self._count
            )
            yield PageRead(page, tuple(cut))


class _File:
    """One open PDF: PDFium reads it, pypdf where PDFium cannot."""

    def __init__(self, path: Path, password: str | None, *, with_structure: bool) -> None:
        """Raise DocqaError if neither engine can open the file."""
        self._path, self._password = path, password
        self._pypdf: Pypdf | None = None
        self._pypdf_failed = not with_structure
        self._pdfium, refused = self._open_pdfium()
        self._engine: Engine | None = self._pdfium or self._second_engine()
        if self._engine is None:
            raise self._cannot_open(refused)
        if len(self._engine) > _MOST_PAGES:
            raise DocqaError(
                f'"{path.name}" says that it has {len(self._engine):,} pages, which is more than '
                f"docqa reads ({_MOST_PAGES:,}); split it."
            )
        self._cleaner = TextCleaner()
        self.opened = self._describe(len(self._engine))

    def page(self, number: int) -> Page:
        """Read one page (1-based); a failure is recorded as its ``problem``."""
        label = self.opened.labels[number - 1] if self.opened.labels else ""
        label = "" if label == str(number) else label
        try:
            raw, has_text, image_share = self._raw(number)
        except MemoryError:
            return self._failed(number, label, "needs too much memory to be read")
        except Exception:  # Both engines raise anything on damaged pages.
            return self._failed(number, label, "is damaged and could not be read")
        if unmapped_share(raw) > _UNREADABLE:
            return self._failed(number, label, "has fonts that do not say which letters they show")
        text = self._cleaner.clean(raw)
        scanned = len(text) < _HARDLY_ANY and image_share >= _SCAN_COVERS
        if has_text and not text and not scanned:
            return self._failed(number, label, "shows text that could not be read")
        return Page(0, number, text, label, scanned=scanned)

    def _failed(self, number: int, label: str, what: str) -> Page:
        return Page(0, number, "", label, problem=f"Page {number} {what}.")

    # -- text --------------------------------------------------------------------------------------

    def _raw(self, number: int) -> tuple[str, bool, float]:
        """The page's raw text, whether it has any text to show, and how much images cover."""
        if self._pdfium is None:
            return self._second_opinion(number), False, 0.0
        try:
            raw = self._pdfium.text(number)
        except Exception:
            return self._second_opinion(number), False, 0.0
        if len(raw.strip()) >= _HARDLY_ANY:
            return self._better(raw, number), True, 0.0
        has_text, image_share = self._content(number)
        if has_text and not raw.strip():
            with contextlib.suppress(Exception):
                raw = self._second_opinion(number)
        return raw, has_text, image_share

    def _better(self, raw: str, number: int) -> str:
        """PDFium's text, or pypdf's if it has fewer characters that stand for no letter."""
        share = unmapped_share(raw)
        if share <= _SUSPICIOUS:
            return raw
        with contextlib.suppress(Exception):
            second = self._second_opinion(number)
            if len(second.strip()) * 2 >= len(raw.strip()) and unmapped_share(second) < share:
                return second
        return raw

    def _second_opinion(self, number: int) -> str:
        engine = self._second_engine()
        if engine is None:
            raise LookupError("pypdf could not open the file")
        return engine.text(number)

    def _content(self, number: int) -> tuple[bool, float]:
        if self._pdfium is not None:
            with contextlib.suppress(Exception):
                return self._pdfium.content(number)
        return False, 0.0

    # -- opening -----------------------------------------------------------------------------------

    def _open_pdfium(self) -> tuple[Pdfium | None, bool]:
        """PDFium if it opens the file, and whether it was for want of the password."""
        try:
            engine = Pdfium(self._path, self._password)
            return (engine, False) if len(engine) else (None, False)
        except PermissionError:
            return None, True
        except Exception:  # Whatever it is, the other engine is asked.
            return None, False

    def _second_engine(self) -> Pypdf | None:
        """Pypdf, opened at most once; None if it counts the pages in another way."""
        if self._pypdf is None and not self._pypdf_failed:
            try:
                engine = Pypdf(self._path, self._password)
                wanted = len(self._pdfium) if self._pdfium is not None else max(1, len(engine))
                self._pypdf = engine if len(engine) == wanted else None
            except Exception:
                self._pypdf = None
            self._pypdf_failed = self._pypdf is None
        return self._pypdf

    def _describe(self, page_count: int) -> Opened:
        structure = Structure()
        second = self._second_engine()
        if second is not None:
            structure = second.structure()
        first_page = ""
        with contextlib.suppress(Exception):
            first_page = TextCleaner().clean(self._raw(1)[0])
        labels = structure.labels if len(structure.labels) == page_count else ()
        return Opened(
            title=choose_title(structure.title, self._path, first_page),
            page_count=page_count,
            sections=structure.sections,
            labels=labels,
            encrypted=structure.encrypted,
        )

    def _cannot_open(self, refused: bool) -> DocqaError:
        name = self._path.name
        if refused and self._password:
            return DocqaError(f'The password does not open "{name}"; check it and add it again.')
        if refused:
            return DocqaError(f'"{name}" is protected; add it again together with its password.')
        try:
            if not has_pdf_header(self._path):
                return DocqaError(f'"{name}" is not a PDF; choose another file.')
        except DocqaError:
            return DocqaError(f'"{name}" can no longer be opened; check that it is still there.')
        return DocqaError(f'"{name}" is damaged and cannot be read; get another copy of it.')
