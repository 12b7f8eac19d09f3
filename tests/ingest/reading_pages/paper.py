"""Drawing a page line by line, in any order that a program might write it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from fpdf import FPDF

WIDTH, HEIGHT = 595.0, 842.0


@dataclass(frozen=True)
class Look:
    """How letters look: a font of every PDF reader, its style (B, I) and size in points."""

    font: str = "Times"
    style: str = ""
    size: float = 10.0


@dataclass(frozen=True)
class Piece:
    """A stretch of letters, from ``x`` on the line at ``y`` (points from the top left)."""

    x: float
    y: float
    text: str
    look: Look


@dataclass(frozen=True)
class ReadingPage:
    """Pieces in the order in which they are drawn, phrases in the order in which one reads."""

    name: str
    pieces: Sequence[Piece]
    expected: Sequence[str]
    rules: Sequence[tuple[float, float, float, float]] = field(default=())

    def draw(self, path: Path) -> Path:
        """Write the page as a PDF."""
        pdf = FPDF(unit="pt", format=(WIDTH, HEIGHT))
        pdf.set_auto_page_break(False)
        pdf.add_page()
        for rule in self.rules:
            pdf.line(*rule)
        for piece in self.pieces:
            pdf.set_font(piece.look.font, piece.look.style, piece.look.size)
            pdf.text(piece.x, piece.y, piece.text)
        pdf.output(str(path))
        return path


class Ruler:
    """How wide text is."""

    def __init__(self) -> None:
        self._pdf = FPDF(unit="pt")

    def width(self, text: str, look: Look) -> float:
        self._pdf.set_font(look.font, look.style, look.size)
        return self._pdf.get_string_width(text)


def lines(text: str, width: float, look: Look) -> list[str]:
    """Cut text into lines that are at most ``width`` points wide."""
    ruler = Ruler()
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and ruler.width(longer, look) > width:
            found.append(word)
        else:
            found[-1] = longer
    return found


def column(
    x: float,
    y: float,
    width: float,
    *paragraphs: str,
    look: Look = Look(),
    leading: float = 1.2,
    space: float = 0.0,
    flush: bool = False,
    indent: float = 0.0,
) -> list[Piece]:
    """Set paragraphs below each other; ``space`` between them, ``flush`` on both sides."""
    pieces = []
    for paragraph in paragraphs:
        cut = lines(paragraph, width - indent, look)
        for number, line in enumerate(cut):
            left = x + (indent if number == 0 else 0.0)
            if flush and number + 1 < len(cut):
                pieces.extend(_spread(left, y, x + width - left, line, look))
            else:
                pieces.append(Piece(left, y, line, look))
            y += leading * look.size
        y += space
    return pieces


def _spread(x: float, y: float, width: float, line: str, look: Look) -> list[Piece]:
    ruler = Ruler()
    words = line.split()
    blank = (width - sum(ruler.width(word, look) for word in words)) / max(1, len(words) - 1)
    pieces = []
    for word in words:
        pieces.append(Piece(x, y, word, look))
        x += ruler.width(word, look) + blank
    return pieces


def centred(y: float, text: str, look: Look, left: float = 0.0, right: float = WIDTH) -> Piece:
    return Piece((left + right - Ruler().width(text, look)) / 2, y, text, look)


def flush_right(right: float, y: float, text: str, look: Look) -> Piece:
    return Piece(right - Ruler().width(text, look), y, text, look)


def table(
    lefts: Sequence[float],
    y: float,
    pitch: float,
    rows: Iterable[Sequence[str]],
    look: Look = Look(),
    rights: Sequence[float | None] = (),
) -> list[list[Piece]]:
    """Rows of cells; where a column has a right edge, its cells end there."""
    found = []
    for row in rows:
        pieces = []
        for place, (left, text) in enumerate(zip(lefts, row, strict=True)):
            right = rights[place] if place < len(rights) else None
            if text:
                pieces.append(
                    Piece(left, y, text, look)
                    if right is None
                    else flush_right(right, y, text, look)
                )
        found.append(pieces)
        y += pitch
    return found


def wrapped_table(
    lefts: Sequence[float],
    widths: Sequence[float],
    y: float,
    rows: Iterable[Sequence[str]],
    look: Look = Look(),
    padding: float = 6.0,
) -> list[list[list[Piece]]]:
    """Rows of cells that are as many lines long as their text needs."""
    found = []
    for row in rows:
        cells = [
            column(left, y, width, text, look=look)
            for left, width, text in zip(lefts, widths, row, strict=True)
        ]
        found.append(cells)
        y = max(piece.y for piece in chain.from_iterable(cells)) + 1.2 * look.size + padding
    return found


def by_columns(rows: Sequence[Sequence[Piece]]) -> list[Piece]:
    """All first cells, then all second cells: as some programs write tables."""
    most = max(len(row) for row in rows)
    return [row[place] for place in range(most) for row in rows if place < len(row)]


def flat(rows: Iterable[Iterable[Piece]]) -> list[Piece]:
    return list(chain.from_iterable(rows))


def from_the_top(pieces: Iterable[Piece]) -> list[Piece]:
    """Line by line over the whole page, whatever the columns."""
    return sorted(pieces, key=lambda piece: (round(piece.y), piece.x))


def shuffled(pieces: Iterable[Piece], seed: int) -> list[Piece]:
    mixed = list(pieces)
    random.Random(seed).shuffle(mixed)
    return mixed
