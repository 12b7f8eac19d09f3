"""What runs in a reader's child process: one PDF in, its pages and passages out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from docqa.errors import Cancelled
from docqa.ingest.cutting import Cutter
from docqa.ingest.engines import Engines
from docqa.ingest.events import Opened, PageRead, ReadFile
from docqa.ingest.layout.furniture import AHEAD, marked
from docqa.ingest.layout.page_text import PageText
from docqa.ingest.page_reader import PageContent, PageReader
from docqa.ingest.places import encode
from docqa.ingest.structure import Structure
from docqa.ingest.titles import choose_title
from docqa.ingest.tokens import TokenCounter
from docqa.ingest.viewable import is_viewable
from docqa.model import Page
from docqa.process import Flag


class ReadingService:
    """Reads one file per request; used by :class:`docqa.ingest.reader.Reader`."""

    def __init__(self, flag: Flag, tokenizer_file: Path) -> None:
        self._flag = flag
        self._count = TokenCounter(tokenizer_file)

    def handle(self, request: ReadFile) -> Iterator[Opened | PageRead]:
        """Yield :class:`Opened`, then the pages from ``request.first_page`` on."""
        path = Path(request.path)
        with closing(Engines(path, request.password, with_pypdf=request.with_structure)) as engines:
            opened = _opened(path, engines, whole=request.with_structure)
            if request.with_structure and request.first_page == 1:
                opened = replace(opened, viewable=is_viewable(path, request.password))
            yield opened
            yield from self._pages(request, opened, PageReader(engines))

    def _pages(self, request: ReadFile, opened: Opened, reader: PageReader) -> Iterator[PageRead]:
        cutter = Cutter(opened.title, opened.sections, self._count)
        contents: deque[tuple[int, PageContent]] = deque()

        def texts() -> Iterator[tuple[int, PageText]]:
            for number in range(request.first_page, opened.page_count + 1):
                if self._flag.is_set:
                    raise Cancelled
                contents.append((number, reader.read(number)))
                yield number, contents[-1][1].text

        for text in marked(texts(), ahead=0 if request.careful else AHEAD):
            number, content = contents.popleft()
            page = _page(number, opened.labels, replace(content, text=text))
            cut = cutter.cut(page, text)
            yield PageRead(page, cut.passages, cut.sections)


def _opened(path: Path, engines: Engines, *, whole: bool) -> Opened:
    """What the file says about itself; not ``whole``: without a look at a page, and not viewable.

    So it is after a reader was ended by that.
    """
    pypdf = engines.pypdf()
    structure = pypdf.structure() if pypdf is not None else Structure()
    first_page = PageReader(engines).read(1).text if whole else PageText("")
    return Opened(
        title=choose_title(structure.title, path, first_page),
        page_count=len(engines),
        sections=structure.sections,
        labels=structure.labels if len(structure.labels) == len(engines) else (),
        encrypted=structure.encrypted,
        viewable=False,
    )


def _page(number: int, labels: tuple[str, ...], content: PageContent) -> Page:
    label = labels[number - 1] if labels else ""
    return Page(
        document_id=0,
        number=number,
        text=content.text.text,
        label="" if label == str(number) else label,
        problem=f"Page {number} {content.problem}." if content.problem else None,
        scanned=content.unread,
        places=encode(content.text.places),
    )
