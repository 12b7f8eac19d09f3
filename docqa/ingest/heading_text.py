"""Whether the words of some lines are those of a heading, and how it is numbered."""

from __future__ import annotations

import re

from docqa.ingest.sentences import is_table_row

_LOOKED_AT, _MOST_CHARACTERS, _MOST_WORDS = 400, 140, 20
_LETTERS_SHARE = 0.6
NAMED_NUMBER = re.compile(
    r"(?i)(?:(part|teil|partie)|(item|chapter|kapitel|chapitre|capítulo)|(notes?|section|article|§))"
    r"\s+(?:\d{1,3}[a-z]?|[ivx]{1,6}|[a-z])\b\W*"
)
_DECIMAL = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=[^\W\d_])")
_STARTS = re.compile(r"[^\W_]|[\"'“‘«(¿¡§]")
_SAYS_NOTHING = re.compile(
    r"(?i)\W*(?:table of )?contents?\W*|.*\b(?:years?|months|quarters?|weeks|periods?) ended\b.*"
    r"|[(\[].*|(?:table|figure|fig\.|exhibit)\s*\d.*|as (?:of|at) .*|(?:in|dollars in) \w+ions\b.*"
    r"|(?:total|subtotal|or|and|yes|no|see|continued|source)\b.{0,12}|.*(?:https?://|www\.|@).*"
)
_MARKED = re.compile(r"[^\W\d_]{2}[\d∗*†‡]+(?:,\d)*(?=[\s,]|$)")
"""A name with the mark of a note, as authors have."""
_ANY_BRACKETS = re.compile(r"\s*\(.*$")
_UNIT = re.compile(
    r"(?i)\s*\([^()]*(?:millions?|thousands?|billions?|dollars?|unaudited)[^()]*\)?$"
)
_CONTINUED = re.compile(r"(?i)\W*\(?\s*(?:continued|cont[’'.]?d?\.?)\s*\)?\W*$")
_UNFINISHED = re.compile(
    r"(?:[,;:–—-]|(?<!\d)\.|\b(?:a|an|the|of|and|or|in|to|for|by|with|at|on|from|as|is|are))$"
)

NAMED = 1
"""The kind of numbering that says what is counted: "Item 7", "Chapter IV"."""


def heading_title(text: str) -> str | None:
    """Return the title that a heading's lines give, without units and "(continued)".

    None if these are no words of a heading.
    """
    if len(text) > _LOOKED_AT:
        return None
    title = " ".join(text.split())
    brackets = _ANY_BRACKETS if numbering(title)[0] == NAMED else _UNIT
    title = _CONTINUED.sub("", brackets.sub("", title))
    return title if len(title) <= _MOST_CHARACTERS and _is_title(title) else None


def _is_title(title: str) -> bool:
    if not _STARTS.match(title) or len(title.split()) > _MOST_WORDS or title[0].islower():
        return False
    words = _DECIMAL.sub("", title, count=1)
    letters = sum(character.isalpha() for character in words)
    if letters < 3 or letters < _LETTERS_SHARE * len(words.replace(" ", "")):
        return False
    if _SAYS_NOTHING.fullmatch(title) or is_table_row(title) or len(_MARKED.findall(title)) > 1:
        return False
    return NAMED_NUMBER.match(title) is not None or not _UNFINISHED.search(title)


def numbering(title: str) -> tuple[int, int]:
    """Return the kind of numbering, 0 for none, and how deep it goes; 1 is the highest."""
    named = NAMED_NUMBER.match(title)
    if named:
        return NAMED, 1 + next(i for i, group in enumerate(named.groups()) if group)
    decimal = _DECIMAL.match(title)
    if decimal:
        return 2, 1 + decimal.group(1).count(".")
    return 0, 0
