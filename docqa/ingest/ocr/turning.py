"""Finds out how a page has to be turned before its lines can be read: scans lie on their side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from docqa.ingest.ocr.engine import Quad, RapidOcr, size
from docqa.ingest.ocr.picture import Picture

_TALL = 1.5
"""Height of a line that does not run from the left to the right, against its width."""
_PROBES = 5
_SURE = 0.9
_BETTER = 0.05
"""Lines that are upside down are read with less confidence: 0.5 to 0.85 where 0.99 is usual."""


def is_tall(quad: Quad) -> bool:
    """Whether a line rather runs up or down, or is a single letter."""
    across, down = size(quad)
    return down > _TALL * across


def upwards(quad: Quad) -> Quad:
    """The same line, read from the bottom to the top."""
    return np.roll(quad, 1, axis=0)


def upright(
    picture: Picture, lines: Sequence[Quad], engine: RapidOcr, check: Callable[[], None]
) -> int:
    """Return the quarters by which to turn a page counterclockwise, mostly 0.

    ``lines`` are those found on the picture. Costs the reading of a few lines; ``check`` is called
    between them.
    """
    lengths = [max(size(quad)) for quad in lines]
    tall = [is_tall(quad) for quad in lines]
    lying = sum(length for length, is_tall in zip(lengths, tall, strict=True) if is_tall)
    sideways = lying > sum(lengths) / 2
    fitting = [quad for quad, is_tall in zip(lines, tall, strict=True) if is_tall == sideways]
    probes = sorted(fitting, key=lambda quad: max(size(quad)), reverse=True)[:_PROBES]
    first, second = (1, 3) if sideways else (0, 2)
    sure = _confidence(picture, probes, first, engine, check)
    if sure >= _SURE:
        return first
    other = _confidence(picture, probes, second, engine, check)
    return second if other > sure + _BETTER else first


def _confidence(
    picture: Picture,
    probes: Sequence[Quad],
    quarters: int,
    engine: RapidOcr,
    check: Callable[[], None],
) -> float:
    """How sure the recogniser is of some lines of the page, turned; weighted by characters."""
    sure, characters = 0.0, 0
    for quad in probes:
        check()
        strip = np.ascontiguousarray(np.rot90(engine.strip(picture.pixels, quad), quarters))
        read = engine.recognise(strip)
        sure += read.confidence * len(read.columns)
        characters += len(read.columns)
    return sure / characters if characters else 0.0
