"""What a document is called: by its metadata if they are right, first page, or file name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docqa.ingest.front_page import filing_on, first_line, is_kind, title_on
from docqa.ingest.layout.page_text import PageText
from docqa.ingest.text import clean_line

_LONGEST, _LOOKED_AT = 160, 1000
_MEANINGLESS = re.compile(
    r"(?i)(?:untitled|no ?title|title|document|doc|dokument|print|report|page|pdf|slide|file|"
    r"(?:power\s?point )?presentation|book|blank|none|null|unknown|default|test|scan|download|"
    r"draft|final|output|new|copy)?[\s\d._()-]*"
)
_MADE_BY = re.compile(r"(?i)(?:microsoft (?:word|powerpoint|excel|office)|openoffice|print) ?- ?.+")
_FILE = re.compile(
    r"(?i)(?:[a-z]:)?[/\\].*|.*\\.*|file:.*"
    r"|.*\.(?:pdf|docx?|odt|rtf|tex|dvi|ps|eps|indd|qxd|pptx?|xlsx?|html?|txt|pmd|fm|wpd)"
)
_EDGES = " -–—:|"
_WORD = re.compile(r"\w+")
_SEPARATORS = re.compile(r"[_\s]+|(?<=[^\W\d_])-(?=[^\W\d_])|\+|%20")
_SLIDES = re.compile(r"-\d{12}(?:-(?:phpapp|conversion-gate|lva)\d+)?(?:_\d+)?$")
"""What a sharing site for slides appends to the names of files."""
_CODE = re.compile(r"(?i)[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|[\W\d_]*(?:v\d+)?[\W\d_]*")
_NAME_WORD = re.compile(r"[^\W\d_]{3,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WELL, _PARTLY = 0.8, 0.5
"""Share of a title's words that stand on the first page or in the file name."""


def choose_title(metadata: str | None, path: Path, first_page: PageText | str) -> str:
    """Return the title of a document, of at most 160 characters, never empty.

    In this order: for a filing with a regulator a file name that says more than the form, or its
    company, form and period; metadata that agree with the first page or the file name; the line
    in the largest type on the first page; the file name made readable.
    """
    page = PageText(first_page) if isinstance(first_page, str) else first_page
    name = _from_name(path)
    filing = filing_on(page)
    if filing is not None:
        return name if not filing or (_tells(name) and not is_kind(name)) else filing
    title = clean_line((metadata or "")[:_LOOKED_AT]).strip(_EDGES)
    share = _agreement(title, f"{page.text} {name}", empty=not page.text)
    if _is_plausible(title) and share >= _WELL and not is_kind(title):
        return _short(title)
    shown = title_on(page)
    if shown and not is_kind(shown):
        return shown
    if _is_plausible(title) and share >= _PARTLY and not is_kind(title):
        return _short(title)
    if _tells(name):
        return name
    return _short(next(filter(None, _second_best(title, share, shown, name, page))))


def _second_best(title: str, share: float, shown: str, name: str, page: PageText) -> Iterator[str]:
    """What to try, in order, where nothing says more than what kind of document it is."""
    yield shown
    yield title if _is_plausible(title) and (share >= _PARTLY or len(title.split()) > 2) else ""
    yield first_line(page) if _is_code(name) else ""
    yield name


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"


def _is_plausible(title: str) -> bool:
    if len(title) < 4 or not re.search(r"[^\W\d_]{2}", title):
        return False
    return not any(pattern.fullmatch(title) for pattern in (_MEANINGLESS, _MADE_BY, _FILE))


def _agreement(title: str, text: str, *, empty: bool) -> float:
    """Share (0 to 1) of the words of a title that stand in a text; 1 for a page without text."""
    wanted = {word.casefold() for word in _WORD.findall(title)}
    if empty or not wanted:
        return 1.0
    present = {word.casefold() for word in _WORD.findall(text)}
    return len(wanted & present) / len(wanted)


def _tells(name: str) -> bool:
    """Whether a file name says what is in the file: two words, or one and a year."""
    if _is_code(name) or _MEANINGLESS.fullmatch(name):
        return False
    return len(_NAME_WORD.findall(name)) + bool(_YEAR.search(name)) >= 2


def _is_code(name: str) -> bool:
    return _CODE.fullmatch(name) is not None or _MEANINGLESS.fullmatch(name) is not None


def _from_name(path: Path) -> str:
    name = clean_line(_SEPARATORS.sub(" ", _SLIDES.sub("", path.stem)))
    return name[:_LONGEST] or path.name
