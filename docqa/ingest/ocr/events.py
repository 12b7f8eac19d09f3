"""What the child that reads scanned pages is asked, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from docqa.ingest.events import PageRead
from docqa.model import Page, Section


@dataclass(frozen=True, slots=True)
class ReadScan:
    """Recognise the text of one page (1-based) of a file.

    ``title`` and ``sections`` of the document are for the passages' context lines; ``label`` is
    handed on to the page.
    """

    path: str
    password: str | None = field(repr=False)
    number: int
    title: str = ""
    label: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life: so many lines of the page are read."""

    lines: int


def failed(request: ReadScan, what: str) -> PageRead:
    """The page as one that OCR tried in vain: still ``scanned``, and with a problem."""
    problem = f"Page {request.number} {what}."
    return PageRead(Page(0, request.number, "", request.label, problem, scanned=True), ())
