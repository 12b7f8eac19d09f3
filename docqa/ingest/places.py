"""Where the words of a page's text stand on the page: kept small beside the text."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docqa.model import Box

_WORD = struct.Struct("<HHhhhh")
"""Characters since the end of the word before, length, and the box."""
_UNITS = 4.0
"""Boxes are kept to a quarter of a point; within 16 bits that is a page of some 2.8 metres."""
_MOST = 65_535
_SIDE = 32_767
_COMPRESSION = 3
"""Of 1 to 9: over a filing, 6 takes half as long again and saves nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """One word: half-open offsets into the page's text, and where it stands."""

    start: int
    end: int
    box: Box


def encode(places: Iterable[Place]) -> bytes:
    """Return the places, which must be in the order of the text, as few bytes."""
    packed = bytearray()
    pack = _WORD.pack
    position = 0
    for place in places:
        gap, length = place.start - position, place.end - place.start
        if not (0 <= gap <= _MOST and 0 < length <= _MOST):
            continue  # Nothing that a person would call a word.
        box = place.box
        sides = (box.left * _UNITS, box.top * _UNITS, box.right * _UNITS, box.bottom * _UNITS)
        try:
            packed += pack(gap, length, *map(round, sides))
        except (struct.error, ValueError, OverflowError):  # Far off the page, or nowhere.
            packed += pack(gap, length, *map(_clamped, sides))
        position = place.end
    return zlib.compress(bytes(packed), _COMPRESSION) if packed else b""


def decode(data: bytes) -> list[Place]:
    """Return what :func:`encode` was given, boxes rounded to a quarter of a point."""
    if not data:
        return []
    places = []
    position = 0
    for gap, length, left, top, right, bottom in _WORD.iter_unpack(zlib.decompress(data)):
        start = position + gap
        position = start + length
        box = Box(left / _UNITS, top / _UNITS, right / _UNITS, bottom / _UNITS)
        places.append(Place(start, position, box))
    return places


def boxes(places: Sequence[Place], start: int, end: int) -> list[Box]:
    """Where a span of the text stands: one box a line (and column), in the order of the text.

    A word that the span has only a part of counts as a whole.
    """
    found: list[Box] = []
    for box in _touched(places, start, end):
        if found and _same_line(found[-1], box):
            found[-1] = _united(found[-1], box)
        else:
            found.append(box)
    return found


def _touched(places: Sequence[Place], start: int, end: int) -> Iterator[Box]:
    for place in places:
        if place.start < end and place.end > start:
            yield place.box


def _same_line(one: Box, other: Box) -> bool:
    height = min(one.bottom - one.top, other.bottom - other.top)
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(one.left, other.left) - min(one.right, other.right)
    return shared > height / 2 and gap < 3 * max(height, 1.0)


def _united(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _clamped(units: float) -> int:
    return 0 if math.isnan(units) else round(max(-_SIDE, min(_SIDE, units)))
