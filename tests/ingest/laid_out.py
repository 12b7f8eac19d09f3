"""Pages as the layout hands them on, written down line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docqa.ingest.layout.page_text import Line, LineKind, PageText
from docqa.model import Box

_LETTER = 0.5
"""Width of a letter, in units of its size."""


@dataclass(frozen=True, slots=True)
class Laid:
    """One line: its cells (one for text), and what it looks like; ``left`` in points."""

    cells: tuple[str, ...]
    kind: LineKind = "text"
    size: float = 10.0
    bold: bool = False
    left: float = 50.0


def line(text: str, *, size: float = 10.0, bold: bool = False, left: float = 50.0) -> Laid:
    """A line of text."""
    return Laid((text,), "text", size, bold, left)


def row(*cells: str, bold: bool = False) -> Laid:
    """A row of a table."""
    return Laid(tuple(filter(None, cells)), "row", bold=bold)


def furniture(text: str) -> Laid:
    """A running header or footer."""
    return Laid((text,), "furniture")


def page(*blocks: Sequence[Laid]) -> PageText:
    """A page of blocks of lines, from the top to the bottom."""
    parts: list[str] = []
    lines: list[Line] = []
    length, top = 0, 40.0
    for number, block in enumerate(blocks):
        for laid in block:
            break_ = "" if not lines else "\n" if lines[-1].block == number else "\n\n"
            text = " ".join(laid.cells)
            start = length + len(break_)
            length = start + len(text)
            parts.extend((break_, text))
            right = laid.left + len(text) * laid.size * _LETTER
            box = Box(laid.left, top, right, top + laid.size)
            top += 1.2 * laid.size
            cells = _cells(laid.cells, start) if len(laid.cells) > 1 else ()
            lines.append(Line(start, length, laid.kind, number, box, laid.size, laid.bold, cells))
        top += 10.0
    return PageText("".join(parts), tuple(lines))


def _cells(cells: Sequence[str], start: int) -> tuple[tuple[int, int], ...]:
    spans = []
    for cell in cells:
        spans.append((start, start + len(cell)))
        start += len(cell) + 1
    return tuple(spans)
