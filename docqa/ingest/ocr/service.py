"""What runs in the child that reads scanned pages: one page in, its words and passages out."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from docqa.errors import Cancelled, DocqaError
from docqa.ingest.events import PageRead
from docqa.ingest.headings import Headings
from docqa.ingest.layout.compose import compose
from docqa.ingest.layout.order import order
from docqa.ingest.layout.page_text import Word
from docqa.ingest.ocr.engine import Quad, RapidOcr, Recognised
from docqa.ingest.ocr.events import Alive, ReadScan, failed
from docqa.ingest.ocr.picture import Picture, render
from docqa.ingest.ocr.turning import is_tall, upright, upwards
from docqa.ingest.ocr.words import words_of
from docqa.ingest.passages import passages
from docqa.ingest.places import Place, encode
from docqa.ingest.tables import Tables
from docqa.ingest.text import TextCleaner
from docqa.ingest.tokens import TokenCounter
from docqa.model import Page
from docqa.process import Flag

_LEAST_CONFIDENCE = 0.5
"""A line that the recogniser is less sure of is mostly none: an ornament, a photograph."""

_LEAST_CHARACTERS = 2
"""Of a page: a single one is a logo or a drawing that looks like a letter."""


class _TooLong(Exception):
    """A page took more of the processor than one page may."""


@dataclass(slots=True)
class _Seen:
    """What was read of a picture so far."""

    picture: Picture
    lines: list[list[Word]] = field(default_factory=list)
    sure: float = 0.0
    characters: int = 0

    def take(self, words: list[Word], confidence: float) -> None:
        """Take in one line."""
        characters = sum(len(word.text) for word in words)
        self.lines.append(words)
        self.sure += confidence * characters
        self.characters += characters


class OcrService:
    """Recognises one page per request; used by :class:`docqa.ingest.ocr.client.Ocr`."""

    def __init__(self, flag: Flag, tokenizer_file: Path, threads: int, seconds: float) -> None:
        """``seconds`` are what one page may take of the processor, on all ``threads``."""
        self._flag = flag
        self._count = TokenCounter(tokenizer_file)
        self._engine = RapidOcr(threads)
        self._most = seconds * threads
        self._deadline = 0.0

    def handle(self, request: ReadScan) -> Iterator[Alive | PageRead]:
        """Yield signs of life, then the page."""
        self._deadline = time.process_time() + self._most
        try:
            picture = render(Path(request.path), request.password, request.number)
            seen = yield from self._look(picture)
            read = self._page(request, seen)
        except Cancelled:
            raise
        except PermissionError as error:
            name = Path(request.path).name
            raise DocqaError(
                f'"{name}" is protected; add it again together with its password.'
            ) from error
        except _TooLong:
            yield failed(request, "took too long to be recognised")
        except MemoryError:
            yield failed(request, "needs too much memory to be recognised")
        except Exception:  # PDFium and the recogniser raise anything on damaged pages.
            yield failed(request, "could not be recognised")
        else:
            yield read

    def _look(self, picture: Picture) -> Generator[Alive, None, _Seen]:
        """Read a picture line by line."""
        quads = self._engine.lines(picture.pixels)
        turns = upright(picture, quads, self._engine, self._check)
        if turns:
            picture = picture.turned(turns)
            quads = self._engine.lines(picture.pixels)
        seen = _Seen(picture)
        for found in quads:
            self._check()
            line, quad = self._recognise(picture, found)
            if line.confidence >= _LEAST_CONFIDENCE:
                seen.take(words_of(line, quad, picture.scale), line.confidence)
            yield Alive(len(seen.lines))
        return seen if seen.characters >= _LEAST_CHARACTERS else _Seen(picture)

    def _recognise(self, picture: Picture, quad: Quad) -> tuple[Recognised, Quad]:
        """What a line says, and the line as it is read: at the edges of pages also upwards."""
        line = self._engine.recognise(self._engine.strip(picture.pixels, quad))
        if not is_tall(quad):
            return line, quad
        other = upwards(quad)
        rising = self._engine.recognise(self._engine.strip(picture.pixels, other))
        return (rising, other) if _worth(rising) > _worth(line) else (line, quad)

    def _check(self) -> None:
        """Raise Cancelled if the work should stop, and _TooLong."""
        self._flag.raise_if_set()
        if time.process_time() > self._deadline:
            raise _TooLong

    def _page(self, request: ReadScan, seen: _Seen) -> PageRead:
        layout = compose(order(seen.lines, *seen.picture.upright_size), TextCleaner())
        places = (
            Place(place.start, place.end, seen.picture.on_page(place.box))
            for place in layout.places
        )
        page = Page(
            document_id=0,
            number=request.number,
            text=layout.text,
            label=request.label,
            confidence=round(seen.sure / seen.characters, 4) if seen.characters else None,
            places=encode(places),
        )
        headings = Headings(request.sections).on_page(page.number, layout)
        tables = Tables().on_page(layout)
        cut = passages(page, request.title, headings, self._count, layout, tables)
        return PageRead(page, tuple(cut))


def _worth(line: Recognised) -> float:
    """How much speaks for reading a line so: a few sure letters rather than one."""
    return line.confidence * min(3, len(line.columns))
