"""What a reader is asked, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from docqa.model import Page, Passage, Section


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read the pages of a file from ``first_page`` (1-based) on.

    ``with_structure``: also open it with pypdf, for its outline and as second opinion.
    ``careful``: tell each page before looking at the next one, which may end the child. Otherwise
    some pages ahead are compared with it.
    """

    path: str
    password: str | None = field(repr=False)
    first_page: int = 1
    with_structure: bool = True
    careful: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """The file is a PDF. ``labels`` has one entry a page, or none at all.

    ``viewable``: its pages were found safe to be shown by a viewer in the window's own process.
    """

    title: str
    page_count: int
    sections: tuple[Section, ...]
    labels: tuple[str, ...]
    encrypted: bool
    viewable: bool = True


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page with its passages; document and passage ids are 0 until they are stored.

    ``sections`` are headings found on the page, in a document whose outline names none.
    ``harmful``: it ended its reader or kept it busy for too long, as it would a viewer.
    """

    page: Page
    passages: tuple[Passage, ...]
    sections: tuple[Section, ...] = ()
    harmful: bool = False
