"""Segments: what stands together on a line, the atoms of a page's layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from docqa.ingest.layout.page_text import Word
from docqa.model import Box

CELL_GAP = 0.8
"""In units of the letters' size: a wider blank may part columns or cells. Blanks in lines set
flush on both sides rarely are as wide, gutters rarely narrower; what is cut in vain is joined
again as a row."""
_BLANK = 1.2
_SCANNED_GAP = 1.8
_FEW = 20
_SCRIPT_GAP = 0.4
"""The same where the engine begins a new line, as it does for raised and lowered letters."""
_SAME_LINE = 0.3
"""Share of the lower word's height that both words of one line have in common."""
_TURNED = 1.6
"""How many times taller than its letters, and than it is wide, a word that runs upwards is."""
_LETTER = re.compile(r"[^\W\d_]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


@dataclass(slots=True, eq=False)
class Segment:
    """Words of one line without a wide gap; ``index`` counts in the engine's order.

    ``left`` and ``right`` are mirrored where people read from the right.
    """

    words: list[Word]
    index: int
    left: float
    top: float
    right: float
    bottom: float
    size: float
    has_letters: bool = True
    starts_inside: bool = False
    """Whether its first letter is one that sentences go on with, not begin with."""

    @property
    def bold(self) -> bool:
        """Whether it begins with bold letters."""
        return self.words[0].bold

    def look(self) -> None:
        """Notice what its text is like, once it is whole."""
        first = self.words[0].text[0]
        self.starts_inside = first.isalpha() and not first.isupper()
        self.has_letters = first.isalpha() or any(
            _LETTER.search(word.text) is not None for word in self.words
        )


def reads_from_right(words_by_line: Sequence[Sequence[Word]]) -> bool:
    """Whether most lines of a page are of a script that runs from the right to the left."""
    lines = letters = 0
    for line in words_by_line:
        lines += 1
        letters += any(
            not word.text.isascii() and _RIGHT_TO_LEFT.search(word.text) is not None
            for word in line
        )
    return letters * 2 > lines


def is_turned(word: Word) -> bool:
    """Whether a word runs upwards or downwards."""
    box = word.box
    height = box.bottom - box.top
    if len(word.text) < 2 or height < _TURNED * (box.right - box.left):
        return False
    return height > _TURNED * word.size if word.size > 0 else len(word.text) > 2


def segments(
    words_by_line: Sequence[Sequence[Word]], width: float, *, mirrored: bool
) -> list[Segment]:
    """Cut the engine's lines at wide gaps and where they jump up or down."""
    found: list[Segment] = []
    current: Segment | None = None
    cell_gap = _cell_gap(words_by_line)
    for line in words_by_line:
        widest = _SCRIPT_GAP
        for word in line:
            if current is not None and _goes_on(current, word, widest):
                _add(current, word, width, mirrored)
            else:
                current = _segment(word, len(found), width, mirrored)
                found.append(current)
            widest = cell_gap
    for segment in found:
        segment.look()
    return found


def _cell_gap(words_by_line: Sequence[Sequence[Word]]) -> float:
    """What is a wide gap on this page: the text behind scanned pages has wide blanks itself."""
    gaps = []
    for line in words_by_line:
        for one, other in pairwise(line):
            size = one.size or other.size
            gap = other.box.left - one.box.right
            if 0.05 * size < gap < _BLANK * size:
                gaps.append(gap / size)
    if len(gaps) < _FEW:
        return CELL_GAP
    gaps.sort()
    return max(CELL_GAP, min(_SCANNED_GAP, 2.2 * gaps[len(gaps) // 2]))


def _segment(word: Word, index: int, width: float, mirrored: bool) -> Segment:
    box = word.box
    left, right = (width - box.right, width - box.left) if mirrored else (box.left, box.right)
    return Segment([word], index, left, box.top, right, box.bottom, _size(word))


def _add(segment: Segment, word: Word, width: float, mirrored: bool) -> None:
    box = word.box
    left, right = (width - box.right, width - box.left) if mirrored else (box.left, box.right)
    segment.words.append(word)
    if left < segment.left:
        segment.left = left
    if right > segment.right:
        segment.right = right
    if box.top < segment.top:
        segment.top = box.top
    if box.bottom > segment.bottom:
        segment.bottom = box.bottom
    segment.size = max(segment.size, word.size)


def _goes_on(segment: Segment, word: Word, widest: float) -> bool:
    box, before = word.box, segment.words[-1]
    last = before.box
    gap = max(box.left - last.right, last.left - box.right)
    if gap > widest * max(_size(word), _size(before)):
        return False
    return _on_one_line(box, last) or _on_one_line(box, segment.words[0].box)


def _on_one_line(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared >= _SAME_LINE * min(one.bottom - one.top, other.bottom - other.top)


def _size(word: Word) -> float:
    return word.size or max(1.0, 0.8 * (word.box.bottom - word.box.top))
