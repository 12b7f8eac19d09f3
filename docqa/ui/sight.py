"""A place in a document, and what has to be known to show it; read off the main thread."""

from __future__ import annotations

from dataclasses import dataclass
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
    boxes: tuple[Box, ...] = ()
    if place.quote:
        boxes = tuple(workspace.where(place.document_id, place.page, place.start, place.end))
    return Sight(place, page, boxes, workspace.may_show(place.document_id))
