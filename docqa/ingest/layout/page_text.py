"""The text of one page in reading order, what its lines look like, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docqa.ingest.places import Place
from docqa.model import Box

LineKind = Literal["text", "row", "furniture"]
"""``row``: of a table. ``furniture``: a running header or footer, a page number."""


@dataclass(frozen=True, slots=True)
class Word:
    """What an engine saw on a page, between two blanks. ``size``: of the letters, in points."""

    text: str
    box: Box
    size: float = 0.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of :attr:`PageText.text`, by half-open offsets, the line break not included.

    ``block`` counts paragraphs, columns and tables in reading order: lines of one block belong
    together. A word that was cut at the end of a line belongs to it as a whole. ``cells`` are the
    spans of a row's cells, from the left to the right. ``size`` is 0 and ``box`` None where the
    engine does not know.
    """

    start: int
    end: int
    kind: LineKind = "text"
    block: int = 0
    box: Box | None = None
    size: float = 0.0
    bold: bool = False
    cells: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PageText:
    """What is stored of a page. The lines are in order and cover all visible characters."""

    text: str
    lines: tuple[Line, ...] = ()
    places: tuple[Place, ...] = ()
