"""How well the text that an engine gives of a page can be read, so that the better one wins."""

from __future__ import annotations

import re

from docqa.ingest.text import count_unmapped

_CASED = "A-Za-z\u00c0-\u024f\u0370-\u052f"
_LONGEST_WORD = 30
"""Letters: scripts with blanks between words have hardly any longer ones."""
_GLUED = re.compile(f"[{_CASED}]{{{_LONGEST_WORD + 1},}}")
_APART = re.compile(rf"(?<!\S)(?:[{_CASED}]\s){{3,}}[{_CASED}](?!\S)")
"""A word with blanks between its letters."""
_MANY_SINGLE = 0.25
"""Share of words of one character from which on it is worth looking for those."""
_WRONGLY_DECODED = re.compile("[\u0080-\u00ff]")
_FOREIGN = 0.5
"""Share of letters and signs of the upper half of Latin 1; Vietnamese has some .3."""

GOOD = 0.9
"""From here on a second opinion is not worth its time."""
UNREADABLE = 0.3
"""Share of unmapped characters from which on the rest is no text."""


def unmapped_share(raw: str) -> float:
    """Share (0 to 1) of the visible characters of an engine's text that stand for no letter.

    Symbols that have a translation and marks of hyphens do not count.
    """
    unmapped = count_unmapped(raw)
    return unmapped / max(unmapped, sum(map(len, raw.split()))) if unmapped else 0.0


def quality(raw: str) -> float:
    """Return 0 (nothing, or nothing that can be read) to 1 (as a person would type it)."""
    lengths = list(map(len, raw.split()))
    characters = sum(lengths)
    if not characters:
        return 0.0
    spoilt = 0.0
    if lengths.count(1) > len(lengths) * _MANY_SINGLE:
        spoilt += sum(map(len, _APART.findall(raw))) / 2
    if max(lengths) > _LONGEST_WORD:
        spoilt += sum(map(len, _GLUED.findall(raw)))
    if not raw.isascii():
        foreign = len(_WRONGLY_DECODED.findall(raw))
        spoilt += foreign if foreign > _FOREIGN * characters else 0
    return (1.0 - unmapped_share(raw)) * max(0.0, 1.0 - spoilt / characters)


def readable(raw: str) -> float:
    """How many characters of the text are worth having: of two texts, the one with more wins."""
    return sum(map(len, raw.split())) * quality(raw) ** 2
