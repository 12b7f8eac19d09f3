"""A place in a document, and what has to be known to show it; read off the main thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docqa.model import Box, Page

if TYPE_CHECKING:
    from docqa.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Place:
    """A page (from 1) and the words to mark there: half-open offsets, and the text they hold.

    No words: ``quote`` is empty.
    """

    document_id: int
    page: int
    quote: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Sight:
    """What the workspace knows of a place.

    ``boxes``: where the words stand, one a line; empty if that is not known. ``why_not``: a
    sentence if the file itself may not be drawn.
    """

    place: Place
    page: Page
    boxes: tuple[Box, ...]
    why_not: str | None


def look(workspace: Workspace, place: Place) -> Sight:
    """Read what is known of a place; DocqaError if there is no such page."""
    page = workspace.page(place.document_id, place.page)
    place = _in(page.text, place)
    boxes: tuple[Box, ...] = ()
    if place.end > place.start:
        boxes = tuple(workspace.where(place.document_id, place.page, place.start, place.end))
    return Sight(place, page, boxes, workspace.may_show(place.document_id))


def _in(text: str, place: Place) -> Place:
    """The place with the offsets of its quote in a page's text; none if that has not got it.

    An answer may be older than the text: the file has changed since.
    """
    if text[place.start : place.end] == place.quote:
        return place
    start = text.find(place.quote)
    if start < 0:
        return replace(place, start=0, end=0)
    return replace(place, start=start, end=start + len(place.quote))
