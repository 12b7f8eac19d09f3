"""Where the sentences of a page start and end; headings and table rows stand for themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"(?:[•‣◦▪●○■□☐☒✓–—*·-]\s|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s)")
_NUMBER = re.compile(r"[($€£¥+−–—-]*\d[\d.,:/]*[)%]*|[$€£¥%—–-]+|n/?[am]|N/?[AM]")
_MONTH = re.compile(r"(?i)(?:jan|feb|mar|apr|may|june?|july?|aug|sep|sept|oct|nov|dec)[a-z]*[.,]?$")

# A sentence may end here: after its mark and closing quotes, before a blank. The marks of Chinese
# and Japanese need no blank; Arabic, Urdu and Hindi have their own.
_END = re.compile(r"(?<![.!?…؟۔।])[.!?…؟۔।]++[\"'”’»)\]]*+(?=\s)|[。！？｡]+[」』”’）]*")
_OPENING = "\"'“‘«([¿¡"
_ABBREVIATION = re.compile(
    "(?:mr|mrs|ms|dr|prof|rev|sr|jr|st|gen|sen|rep|gov|capt|col|lt|sgt|hon|messrs"
    "|e[.]g|i[.]e|etc|vs|cf|al|approx|est|ca|c|viz"
    "|no|nos|art|fig|figs|eq|sec|ch|chap|vol|pp|p|par|para|ref|ed|eds|app|tab"
    "|inc|ltd|corp|co|llc|plc|bros|dept|univ|assn"
    "|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec"
    "|mon|tue|wed|thu|fri|sat|sun|a[.]m|p[.]m|u[.][skn]|e[.]u)",
    re.IGNORECASE,
)
# These often end a sentence too: a capital after them decides for a new one.
_MAY_END = re.compile("(?i:etc|inc|ltd|corp|co|llc|plc|al|a[.]m|p[.]m|u[.][skn]|e[.]u|jr|sr)")
_OPEN_END = re.compile(
    r"(?:[,;:(–—-]|\b(?:a|an|the|of|and|or|in|to|for|by|with|at|on|from|as|is))$"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the half-open spans of the sentences of ``text``, in order.

    The spans do not overlap, start and end with a visible character, and together cover every
    visible character. A heading, a list item and a row of a table are sentences of their own.
    """
    return [span for start, end in paragraphs(text) for span in split(text, start, end)]


def is_table_row(line: str) -> bool:
    """Whether a line ends in two or more numbers (a date at the end of a line is none)."""
    words = line.split()
    numbers = 0
    while numbers < len(words) and _NUMBER.fullmatch(words[-1 - numbers]):
        numbers += 1
    if numbers < 2:
        return False
    return numbers == len(words) or not _MONTH.match(words[-1 - numbers]) or numbers > 2


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield spans of lines that belong together: a paragraph, heading, list item, table row."""
    lines = list(_lines(text))
    if not lines:
        return
    lengths = sorted(end - start for start, end in lines)
    typical = lengths[len(lengths) * 3 // 4]
    rows = [is_table_row(text[start:end]) for start, end in lines]
    first = 0
    for i in range(1, len(lines)):
        above, below = lines[i - 1], lines[i]
        apart = text.count("\n", above[1], below[0]) > 1
        if apart or rows[i - 1] or rows[i] or breaks(text, above, below, typical):
            yield lines[first][0], above[1]
            first = i
    yield lines[first][0], lines[-1][1]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the lines that are not blank, without the blanks around them."""
    for match in _LINE.finditer(text):
        line = match.group()
        if line.strip():
            start = match.start() + len(line) - len(line.lstrip())
            yield start, match.start() + len(line.rstrip())


def breaks(text: str, above: tuple[int, int], below: tuple[int, int], typical: int) -> bool:
    """Whether a paragraph ends between two lines that follow each other.

    ``typical``: how many characters a full line has.
    """
    next_line = text[below[0] : below[1]]
    if _BULLET.match(next_line):
        return True
    if above[1] - above[0] > 0.6 * typical or next_line[0].islower():
        return False
    return not _OPEN_END.search(text[above[0] : above[1]])


def split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of one paragraph, which has no blanks at its ends."""
    for match in _END.finditer(text, start, end):
        following = _next_visible(text, match.end(), end)
        if not _says_anything(text, following, end):
            break
        if _ends_sentence(text, start, match, following) and _says_anything(
            text, start, match.end()
        ):
            yield start, match.end()
            start = following
    if start < end:
        yield start, end


def _says_anything(text: str, start: int, end: int) -> bool:
    """Whether there is a letter or digit: the dots that lead to a page number are no sentence."""
    return any(text[index].isalnum() for index in range(start, end))


def _next_visible(text: str, position: int, end: int) -> int:
    while position < end and text[position].isspace():
        position += 1
    return position


def _ends_sentence(text: str, start: int, match: re.Match[str], following: int) -> bool:
    mark = match.group()[0]
    if mark in "。！？｡":
        return True
    after = text[following : following + 2].lstrip(_OPENING)[:1]
    if after.islower():
        return False
    if mark != "." or match.group().startswith(".."):
        return True
    word = _last_word(text, start, match.start())
    if len(word) == 1 and word.isalpha() and word.isupper():  # An initial: J. Smith.
        return False
    if start == match.start() - len(word) and word.isdigit():  # "1. The first item".
        return False
    if _MAY_END.fullmatch(word):
        return after.isupper()
    return not _ABBREVIATION.fullmatch(word)


def _last_word(text: str, start: int, end: int) -> str:
    """The word before a full stop, with full stops inside ("e.g"), at most 20 characters."""
    begin = end
    while begin > max(start, end - 20) and (text[begin - 1].isalnum() or text[begin - 1] == "."):
        begin -= 1
    return text[begin:end].strip(".")
