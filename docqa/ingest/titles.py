"""What a document is called: by its own metadata if that makes sense, else by its file name."""

from __future__ import annotations

import re
from pathlib import Path

from docqa.ingest.text import clean_line

_LONGEST, _LOOKED_AT = 160, 1000
_MEANINGLESS = re.compile(
    r"(?i)(?:untitled|no ?title|title|document|doc|dokument|print|report|page|pdf|slide|"
    r"(?:power\s?point )?presentation|book|blank|none|null|unknown|default|test|scan)?[\s\d._()-]*"
)
_MADE_BY = re.compile(r"(?i)(?:microsoft (?:word|powerpoint|excel|office)|openoffice|print) ?- ?.+")
_FILE = re.compile(
    r"(?i)(?:[a-z]:)?[/\\].*|.*\\.*|file:.*"
    r"|.*\.(?:pdf|docx?|odt|rtf|tex|dvi|ps|eps|indd|qxd|pptx?|xlsx?|html?|txt|pmd|fm|wpd)"
)
_WORD = re.compile(r"\w+")
_SEPARATORS = re.compile(r"[_\s]+|(?<=[^\W\d_])-(?=[^\W\d_])|\+|%20")


def choose_title(metadata: str | None, path: Path, first_page: str) -> str:
    """Return the title of a document.

    The title of the metadata counts if it looks like one and if half of its words stand on the
    first page (when that has text); otherwise the file name does, made readable.
    """
    title = clean_line((metadata or "")[:_LOOKED_AT])
    if _is_plausible(title) and _matches(title, first_page):
        return title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"
    return _from_name(path)


def _is_plausible(title: str) -> bool:
    if len(title) < 4 or not re.search(r"[^\W\d_]{2}", title):
        return False
    return not any(pattern.fullmatch(title) for pattern in (_MEANINGLESS, _MADE_BY, _FILE))


def _matches(title: str, first_page: str) -> bool:
    wanted = {word.casefold() for word in _WORD.findall(title)}
    present = {word.casefold() for word in _WORD.findall(first_page)}
    return not present or len(wanted & present) * 2 >= len(wanted)


def _from_name(path: Path) -> str:
    name = clean_line(_SEPARATORS.sub(" ", path.stem))
    return name[:_LONGEST] or path.name
