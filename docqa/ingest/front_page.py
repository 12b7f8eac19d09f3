"""What the first page says the document is called: by its type sizes, or as a filing's cover."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from docqa.ingest.layout.page_text import Line, PageText
from docqa.ingest.text import clean_line

_LONGEST = 160
_MOST_LINES, _MOST_WORDS = 5, 25
_COVER = 700
"""Characters: a page with fewer is a cover, whose title may be set in several sizes."""
_LARGER = 1.15
"""Times the size of the running text: what a title has at least."""
_DISPLAY = 18.0
"""Points: the size from which lines are a title that has nothing beside it to compare with."""
_ALIKE, _ALIKE_ON_COVER = 0.92, 0.7
"""Sizes of the lines of one title. Authors below the title of a paper have .83 of its size."""
_FAR = 2.5
"""Lines of one title are nearer to each other than this, times their size."""
_UPPER_PART = 0.75

# A line of this kind says nothing about this document: letterheads, notices, dates, numbers.
_SAYS_NOTHING = re.compile(
    r"(?ix)\W*(?:table\s+of\s+)?contents?\W*|目\s*[录錄次]|please\s+wait\W*|abstract|index|summary|inhalt|draft|confidential"
    r"|(?:for\s+)?(?:immediate\s+)?release:?|press\s+release|page\s+\d+.*|review|editorial|article"
    r"|research\s+article|original\s+(?:article|paper)|(?:table|fig(?:ure|\.)?)\s*\d.*|appendix|exhibit\s+[\d.]+|in\s+the"
    r"|(?:.*\W)?securities\s+and\s+exchange\s+commission(?:\W.*)?|united\s+states(?:\s+of\s+america)?"
    r"|form\s+\S+|washington,.*|\(?mark\s+one\)?|copyright\b.*|©.*|all\s+rights\s+reserved.*"
    r"|.*(?:https?://|www\.|@).*|\[\w+\]|\W*\w{1,3}\W*|[\W\d]*"
    r"|(?:vol(?:ume)?|issue|no|nr|number|version|release|revision|rev|edition)\b[\W\d]*.{0,12}"
    r"|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\W*)?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?\W+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\W*"
    r"(?:\d{1,2}(?:st|nd|rd|th)?\W+)?(?:(?:19|20)\d\d)?\W*"
)
_KIND = re.compile(
    r"(?i)(?:the |your )?(?:(?:users?|owners?|instructions?|operating|service|reference|product|use"
    r"|care|quick|start|installation|and|annual|quarterly|financial|white|technical|data|sheet|fact"
    r"|guide|manual|handbook|report|paper|brochure|catalogue?|newsletter|presentation|results)"
    r"(?:['’]s?)?\W*)+(?:(?:19|20)\d\d)?"
)
"""What thousands of documents are called: without a name beside it, it tells nothing."""
_DIGITS = 1 / 3
"""Share of digits: a line with more is a stamp or a reference."""
_EDGES = " -–—:|·•*"
_PAGE_NUMBER = re.compile(r"(?i)\W*\bpage \d+(?: of \d+)?\W*$")
_LETTERS = re.compile(r"[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_REGISTRANT = re.compile(r"(?i)(?:exact )?name of (?:the )?registrant")
_FORM = re.compile(r"(?im)^[^\w\n]*form\s+(\d{1,2}-[a-z]{1,2}(?:/a)?)\b|\bform\s+(\d{1,2}-[kq])\b")
_PERIOD = re.compile(
    r"(?i)(?:year|quarter|quarterly\s+period|period)\s+ended:?\s+"
    r"([a-z]+\s+\d{1,2},\s+(?:19|20)\d\d)|event\s+reported\)?:?\s+([a-z]+\s+\d{1,2},\s+20\d\d)"
)
_COMMISSION = re.compile(r"(?i)securities\s+and\s+exchange\s+commission")


def title_on(page: PageText) -> str:
    """Return the lines in the largest type near the top, "" where nothing stands out."""
    lines = [line for line in page.lines if line.kind != "furniture" and line.size > 0]
    if not lines:
        return ""
    visible = sum(line.end - line.start for line in lines)
    cover = visible < _COVER
    upper = lines if cover else _upper(lines)
    texts = ((line, _text(page, line)) for line in upper)
    candidates = [line for line, text in texts if _may_be_title(text) and not _is_stamp(text)]
    if not candidates:
        return ""
    top = max(candidates, key=lambda line: line.size)
    alike = _ALIKE_ON_COVER if cover else _ALIKE
    chosen = _around(top, candidates, alike)
    others = [line for line in lines if line not in chosen]
    if top.size < (_LARGER * _usual_size(others) if others else _DISPLAY):
        return ""
    title = _joined(page, chosen)
    if cover and is_kind(title):
        title = _named(page, title, candidates)
    return "" if len(title) > _LONGEST or _is_prose(title) else title


def is_kind(title: str) -> bool:
    """Whether a title only says what kind of document it is, such as "User Manual"."""
    return _KIND.fullmatch(title) is not None


def _named(page: PageText, kind: str, lines: Sequence[Line]) -> str:
    """A kind of document together with the most prominent name beside it on a cover."""
    others = [line for line in lines if clean_line(_text(page, line)) not in kind]
    if not others:
        return kind
    name = _joined(page, _around(max(others, key=lambda line: line.size), others, _ALIKE))
    return f"{name} {kind}"


def _joined(page: PageText, lines: Sequence[Line]) -> str:
    return clean_line(" ".join(_text(page, line) for line in lines)).strip(_EDGES)


def _is_prose(title: str) -> bool:
    words = len(title.split())
    return words > _MOST_WORDS or (words > 5 and title.endswith(".")) or title.count(". ") > 1


def first_line(page: PageText) -> str:
    """Return the first line that says something, for a file whose name says nothing."""
    lines = sorted(page.lines, key=lambda line: line.kind == "furniture")
    for line in lines or _plain_lines(page.text):
        text = _PAGE_NUMBER.sub("", clean_line(_text(page, line))).strip(_EDGES)
        if len(text) >= 8 and len(_LETTERS.findall(text)) >= 2 and _may_be_title(text):
            return text[:_LONGEST].rstrip()
    return ""


def filing_on(page: PageText) -> str | None:
    """Return company, form and period as a filing's cover names them; None for anything else.

    "" where the page is a filing's cover, but does not say whose.
    """
    if not (_COMMISSION.search(page.text) and _REGISTRANT.search(page.text)):
        return None
    form = _FORM.search(page.text)
    company = _registrant(page)
    if form is None or not company:
        return ""
    period = _PERIOD.search(page.text)
    day = clean_line(period[1] or period[2]) if period else ""
    return ", ".join(filter(None, [f"{company} {(form[1] or form[2]).upper()}", day]))


def _registrant(page: PageText) -> str:
    """The line above "(Exact name of registrant as specified in its charter)"."""
    above = ""
    for line in page.lines or _plain_lines(page.text):
        text = clean_line(_text(page, line))
        if _REGISTRANT.match(text.lstrip("( ")):
            return above if len(above) <= 80 else ""
        if _LETTERS.search(text):
            above = text
    return ""


def _plain_lines(text: str) -> list[Line]:
    return [Line(*match.span()) for match in re.finditer(r"[^\n]+", text)]


def _text(page: PageText, line: Line) -> str:
    return page.text[line.start : line.end]


def _usual_size(lines: Sequence[Line]) -> float:
    """The size that most characters have."""
    characters: Counter[float] = Counter()
    for line in lines:
        characters[round(line.size, 1)] += line.end - line.start
    return characters.most_common(1)[0][0]


def _upper(lines: Sequence[Line]) -> list[Line]:
    """The lines in the upper part of what stands on the page."""
    bottoms = [line.box.bottom for line in lines if line.box is not None]
    if not bottoms:
        return list(lines)
    limit = _UPPER_PART * max(bottoms)
    return [line for line in lines if line.box is None or line.box.top <= limit]


def _may_be_title(text: str) -> bool:
    """Whether a line says something, in words."""
    text = text.strip()
    if not _LETTERS.search(text) or len(text) > _LONGEST:
        return False
    return not _SAYS_NOTHING.fullmatch(text)


def _is_stamp(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    digits = sum(character.isdigit() for character in text)
    return digits > _DIGITS * (letters + digits)


def _around(top: Line, lines: Sequence[Line], alike: float) -> list[Line]:
    """The lines of the same title, in their order on the page."""
    kept = [line for line in lines if line.size >= alike * top.size]
    kept.sort(key=lambda line: line.box.top if line.box else 0.0)
    middle = kept.index(top)
    first = last = middle
    while first > 0 and middle - first < _MOST_LINES - 1 and _near(kept[first - 1], kept[first]):
        first -= 1
    while (
        last + 1 < len(kept)
        and last - first < _MOST_LINES - 1
        and _near(kept[last], kept[last + 1])
    ):
        last += 1
    return kept[first : last + 1]


def _near(above: Line, below: Line) -> bool:
    if above.box is None or below.box is None:
        return above.block == below.block
    return below.box.top - above.box.bottom < _FAR * max(above.size, below.size)
