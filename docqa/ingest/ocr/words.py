"""From a recognised line to its words and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from docqa.ingest.layout.page_text import Word
from docqa.ingest.ocr.engine import Quad, Recognised, size
from docqa.model import Box

_CJK = "\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECES = re.compile(f"[^{_CJK}]+|[{_CJK}]{{1,4}}")
_LETTERS = 0.8
"""Size of the letters against the height of the box around a line."""
_BLANK, _WIDE = 0.3, 1.0
"""Of the size of the letters: a blank, and the gap from which on it is more than one."""


def words_of(line: Recognised, quad: Quad, scale: tuple[float, float]) -> list[Word]:
    """Return the words of a line from the left to the right; ``scale``: points per pixel."""
    length, height = size(quad)
    letters = height * _LETTERS
    spans = _without_jitter(list(_spans(line)), letters / max(1.0, length))
    return [
        Word(text, _box(quad, start, end, scale), size=letters * scale[1])
        for text, start, end in spans
    ]


def _spans(line: Recognised) -> Iterator[tuple[str, float, float]]:
    """Each word, and where it begins and ends on the line, from 0 to 1."""
    columns = line.columns
    if len("".join(line.text.split())) != len(columns):  # The recogniser disagrees with itself.
        yield line.text.strip(), 0.0, 1.0
        return
    half = _pitch(line) / 2
    first = 0
    for text in _pieces(line.text):
        behind = first + len(text)
        start, end = columns[first] - half, columns[behind - 1] + half
        if first > 0:
            start = max(start, (columns[first - 1] + columns[first]) / 2)
        if behind < len(columns):
            end = min(end, (columns[behind - 1] + columns[behind]) / 2)
        yield text, max(0.0, start), min(1.0, end)
        first = behind


def _pieces(text: str) -> Iterator[str]:
    """Words; Chinese and Japanese, which have no blanks, a few characters at a time."""
    for word in text.split():
        yield from _PIECES.findall(word)


def _pitch(line: Recognised) -> float:
    """The usual distance of neighbouring characters, as a share of the line."""
    if len(line.columns) < 2:
        return 1.0
    return float(np.median(np.diff(line.columns)))


def _without_jitter(
    spans: list[tuple[str, float, float]], letters: float
) -> list[tuple[str, float, float]]:
    """Make the gaps that may be one blank as wide as one: they are known to a sixth of a line.

    ``letters``: the size of the letters, as a share of the line.
    """
    even = list(spans)
    for index in range(1, len(even)):
        (before, start, left), (word, right, end) = even[index - 1], even[index]
        gap = right - left
        if _BLANK * letters < gap < _WIDE * letters:
            excess = (gap - _BLANK * letters) / 2
            even[index - 1] = (before, start, left + excess)
            even[index] = (word, right - excess, end)
    return even


def _box(quad: Quad, start: float, end: float, scale: tuple[float, float]) -> Box:
    """The upright rectangle around a part of a line, in points."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    corners = np.array(
        [quad[0] + share * along + drop * down for share in (start, end) for drop in (0, 1)]
    )
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Box(left * scale[0], top * scale[1], right * scale[0], bottom * scale[1])
