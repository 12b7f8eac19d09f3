"""From the words of a page in reading order to its stored text, and where its words stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docqa.ingest.layout.blocks import Block, Row
from docqa.ingest.layout.page_text import Line, LineKind, PageText, Word
from docqa.ingest.places import Place
from docqa.ingest.text import TextCleaner, plain
from docqa.model import Box

_BREAKS = re.compile(r"\r\n?|\n|\x85|\u2028|\u2029")
_MARKED = re.compile(r"\S*\x02\S*")
_CUT = re.compile(r"(\w+)-$")
_HEAD = re.compile(r"\w+")
# Chinese and Japanese have no blanks, Thai, Lao and Burmese none between words; engines may take
# apart what stands together in them, and very long words.
_CJK = re.compile("[\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uff65\U00020000-\U0003ffff]")
_CASELESS = re.compile(_CJK.pattern[:-1] + "\u0e00-\u0eff\u1000-\u109f]")
_LONG = 60
_CJK_ROOM, _ROOM = 0.6, 0.15
"""Of the size of the letters: a smaller gap between two words is none."""


@dataclass(slots=True)
class _Row:
    """Cleaned words that are not empty, and those of the engine they come from, if it knows them.

    ``glued``: indexes of words without a blank before them. ``cells``: of those that begin a cell.
    """

    texts: list[str]
    sources: list[Word]
    kind: LineKind
    block: int
    words: Sequence[Word] = ()
    cells: Sequence[int] = ()
    glued: set[int] = field(default_factory=set)


def compose(blocks: Sequence[Block], cleaner: TextCleaner) -> PageText:
    """Return the text of a page: a line for each row, an empty line between blocks.

    A word that was cut at the end of a row ends that row as a whole, its halves are two places.
    """
    rows = [
        _row(number, "row" if block.kind == "table" else "text", row)
        for number, block in enumerate(blocks)
        for row in block.rows
    ]
    return _composed(rows, cleaner)


def compose_plain(raw: str, cleaner: TextCleaner) -> PageText:
    """Return text without positions in the same form; empty lines separate its blocks."""
    rows: list[_Row] = []
    block = 0
    for line in _BREAKS.split(raw):
        words = plain(line).split()
        if words:
            rows.append(_Row(words, [], "text", block))
        elif rows:
            block = rows[-1].block + 1
    return _composed(rows, cleaner)


def _row(number: int, kind: LineKind, row: Row) -> _Row:
    texts = [word.text for word in row.words]
    joined = "".join(texts)
    # As most rows are: nothing to clean, and no word that an engine took apart.
    if joined.isascii() and joined.isprintable() and " " not in joined and _are_short(texts):
        return _Row(texts, list(row.words), kind, number, row.words, row.cells)
    return _cleaned(number, kind, row)


def _are_short(texts: Sequence[str]) -> bool:
    lengths = list(map(len, texts))
    return min(lengths, default=0) > 0 and max(lengths) < _LONG


def _cleaned(number: int, kind: LineKind, row: Row) -> _Row:
    cleaned = _Row([], [], kind, number, row.words)
    firsts = set(row.cells)
    cells: list[int] = []
    new_cell = False
    for index, word in enumerate(row.words):
        new_cell = new_cell or index in firsts
        text = plain(word.text)
        if " " in text or "\n" in text:
            text = " ".join(text.split())
        if not text:
            continue
        if new_cell:
            cells.append(len(cleaned.texts))
        elif cleaned.sources and _is_glued(cleaned.sources[-1], word):
            cleaned.glued.add(len(cleaned.texts))
        cleaned.texts.append(text)
        cleaned.sources.append(word)
        new_cell = False
    cleaned.cells = cells
    return cleaned


def _is_glued(before: Word, word: Word) -> bool:
    """Whether there is no blank between two words that an engine took apart."""
    here, there = word.text[:1], before.text[-1:]
    if not (len(before.text) >= _LONG or _CASELESS.match(here) or _CASELESS.match(there)):
        return False
    one, other = before.box, word.box
    gap = max(other.left - one.right, one.left - other.right)
    room = _CJK_ROOM if _CJK.match(here) and _CJK.match(there) else _ROOM
    return gap < room * (word.size or other.bottom - other.top)


def _composed(rows: list[_Row], cleaner: TextCleaner) -> PageText:
    rows = [row for row in rows if row.texts]
    cleaner.vocabulary.learn(" ".join(_whole_words(rows)))
    for row in rows:
        if any("\x02" in text for text in row.texts):
            row.texts = [cleaner.unmarked(text) for text in row.texts]
    _mend(rows, cleaner)
    writer = _Writer()
    for row in rows:
        if row.texts:
            writer.add(row)
    return writer.page_text()


def _whole_words(rows: Sequence[_Row]) -> Iterator[str]:
    """The rows without the words at either side of a hyphen at the end of a row."""
    cut = False
    for row in rows:
        first = 1 if cut else 0
        cut = row.texts[-1][-1] in "-\x02"
        text = " ".join(row.texts[first : len(row.texts) - 1 if cut else None])
        yield _MARKED.sub(" ", text) if "\x02" in text else text


def _mend(rows: Sequence[_Row], cleaner: TextCleaner) -> None:
    """Move the second half of a word that was cut up to its first half."""
    above: _Row | None = None
    joined: dict[int, int] = {}
    for row in rows:
        row.block = joined.get(row.block, row.block)
        while above is not None and row.texts and _take_half(above, row, cleaner):
            if above.block != row.block:  # A paragraph that goes on in the next column.
                joined[row.block] = row.block = above.block
        if row.texts:
            above = row


def _take_half(above: _Row, row: _Row, cleaner: TextCleaner) -> bool:
    """Whether the first word of ``row`` was the other half of the last one of ``above``."""
    if above.texts[-1][-1] != "-" or above.kind == "row" or row.kind == "row":
        return False
    cut = _CUT.search(above.texts[-1])
    head = _HEAD.match(row.texts[0])
    if not cut or not head or (above.block != row.block and not head.group()[0].islower()):
        return False
    between = cleaner.vocabulary.join(cut.group(1), head.group())
    if between.endswith(" "):
        return False
    above.texts[-1] = above.texts[-1][:-1] + between
    taken = 1
    while taken in row.glued:
        taken += 1
    above.glued.update(range(len(above.texts), len(above.texts) + taken))
    above.texts += row.texts[:taken]
    above.sources += row.sources[:taken]
    del row.texts[:taken], row.sources[:taken]
    row.glued = {index - taken for index in row.glued if index > taken}
    return True


class _Writer:
    """Puts the rows below each other and notes where everything is."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._lines: list[Line] = []
        self._places: list[Place] = []

    def add(self, row: _Row) -> None:
        """Write one row that has words."""
        if self._lines:
            separator = "\n" if row.block == self._lines[-1].block else "\n\n"
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        starts = self._starts(row, start)
        if row.glued:
            parts = [
                text if index in row.glued or index == 0 else " " + text
                for index, text in enumerate(row.texts)
            ]
            self._parts.append("".join(parts))
        else:
            self._parts.append(" ".join(row.texts))
        self._length = starts[-1] + len(row.texts[-1])
        self._places += [
            Place(begin, begin + len(text), source.box)
            for begin, text, source in zip(starts, row.texts, row.sources, strict=False)
        ]
        self._lines.append(self._line(row, start, [starts[index] for index in row.cells]))

    def page_text(self) -> PageText:
        """What was written so far."""
        return PageText("".join(self._parts), tuple(self._lines), tuple(self._places))

    def _starts(self, row: _Row, position: int) -> list[int]:
        starts = []
        for index, text in enumerate(row.texts):
            if index in row.glued:
                position -= 1
            starts.append(position)
            position += len(text) + 1
        return starts

    def _line(self, row: _Row, start: int, cells: Sequence[int]) -> Line:
        size, bold = _look(row.words)
        ends = [begin - 1 for begin in cells[1:]] + [self._length]
        return Line(
            start,
            self._length,
            row.kind,
            row.block,
            _around(row.words),
            size,
            bold,
            tuple(zip(cells, ends, strict=True)) if cells else (),
        )


def _look(words: Sequence[Word]) -> tuple[float, bool]:
    """The size of most letters, and whether most of them are bold."""
    looks = {(word.size, word.bold) for word in words}
    if len(looks) < 2:
        return looks.pop() if looks else (0.0, False)
    letters = dict.fromkeys(looks, 0)
    for word in words:
        letters[word.size, word.bold] += len(word.text)
    return max(letters, key=letters.__getitem__)


def _around(words: Sequence[Word]) -> Box | None:
    if not words:
        return None
    boxes = [word.box for word in words]
    return Box(
        min([box.left for box in boxes]),
        min([box.top for box in boxes]),
        max([box.right for box in boxes]),
        max([box.bottom for box in boxes]),
    )
