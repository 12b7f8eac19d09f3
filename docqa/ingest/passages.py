"""Cuts a page into passages: whole sentences, small enough for the embedder to read them all."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docqa.ingest.layout.page_text import PageText
from docqa.ingest.pieces import IN_SENTENCE, Piece, pieces, plain_layout, runs, with_rows
from docqa.ingest.tables import Table
from docqa.model import Page, Passage

CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""The number of tokens of each text, special tokens not counted."""

MAX_TOKENS = 240
"""Of one passage with its context line and special tokens."""
_SPECIAL_TOKENS = 4
"""[CLS] and [SEP], and room for a tokenizer that joins context and text with a token."""
_MAX_CONTEXT_TOKENS, _MAX_HEADS_TOKENS = 60, 45
_NAME_CHARACTERS, _PATH_CHARACTERS = 70, 95
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Heading:
    """Where in a page's text a section begins: ``path`` is "Chapter: Section"."""

    start: int
    path: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece, or a part of one that is too long; ``budget``: tokens of a passage from here."""

    start: int
    end: int
    tokens: int
    cut: float
    budget: int


def passages(
    page: Page,
    title: str,
    headings: Sequence[Heading],
    count: CountTokens,
    layout: PageText | None = None,
    tables: Sequence[Table] = (),
) -> list[Passage]:
    """Cut ``page`` into passages (id 0) of at most MAX_TOKENS tokens, in reading order.

    Each ends where a sentence ends, unless one sentence alone is too long. Together they cover all
    sentences of the page but its furniture. ``headings`` are in order; the first says what the top
    of the page belongs to. ``layout`` must have the text of ``page``; without it, paragraphs are
    guessed, and so are rows where nothing has a place. ``tables`` are in order.
    """
    layout = with_rows(layout or plain_layout(page.text))
    context = _Context(page.number, title, headings, tables, count)
    sections = {heading.start for heading in headings}
    found = []
    for run in runs(layout.lines):
        parts = _parts(page.text, pieces(page.text, run, tables, sections), context, count)
        if any(map(str.isalnum, page.text[run[0].start : run[-1].end])):
            found.extend(_group(parts))
    return [
        Passage(
            id=0,
            document_id=page.document_id,
            page=page.number,
            start=start,
            end=end,
            text=page.text[start:end],
            context=context.of(start, end),
        )
        for start, end in found
    ]


class _Context:
    """The context lines of a page's passages, and the room that they leave."""

    def __init__(
        self,
        number: int,
        title: str,
        headings: Sequence[Heading],
        tables: Sequence[Table],
        count: CountTokens,
    ) -> None:
        self._headings = headings
        self._tables = [table for table in tables if table.heads]
        self._starts = [table.start for table in self._tables]
        paths = {"", *(heading.path for heading in headings)}
        lines = {path: _line(number, title, path, count) for path in paths}
        self._lines = {path: line for path, (line, _) in lines.items()}
        self._room = MAX_TOKENS - _SPECIAL_TOKENS - max(tokens for _, tokens in lines.values())
        heads = [_heads(table.heads, count) for table in self._tables]
        self._heads = {table: line for table, (line, _) in zip(self._tables, heads, strict=True)}
        self._tokens = {table: n for table, (_, n) in zip(self._tables, heads, strict=True)}

    def of(self, start: int, end: int) -> str:
        """Title, section and page, and the heads of the table that the span begins inside of."""
        line = self._lines[_main_path(start, end, self._headings)]
        table = self._cut_table(start)
        return line if table is None else f"{line}{self._heads[table]}"

    def room(self, start: int) -> int:
        """Tokens that a passage may have which begins here."""
        table = self._cut_table(start)
        return self._room if table is None else self._room - self._tokens[table]

    def _cut_table(self, start: int) -> Table | None:
        index = bisect_right(self._starts, start) - 1
        if index < 0:
            return None
        table = self._tables[index]
        has_heads = start == table.start < table.body
        return table if start < table.end and not has_heads else None


def _line(number: int, title: str, path: str, count: CountTokens) -> tuple[str, int]:
    """Title, section and page, shortened until it is short in tokens too."""
    characters, path_characters = _NAME_CHARACTERS, _PATH_CHARACTERS
    while True:
        names = [_shorten(title, characters), _shorten(path, path_characters)]
        context = " — ".join([*filter(None, names), f"page {number}"])
        tokens = count([context])[0]
        if tokens <= _MAX_CONTEXT_TOKENS or characters < 8:
            return context, tokens
        characters //= 2
        path_characters //= 2


def _heads(heads: str, count: CountTokens) -> tuple[str, int]:
    """What a table's heads add to a context line, and their tokens."""
    while True:
        line = f" — {heads}"
        tokens = count([line])[0]
        if tokens <= _MAX_HEADS_TOKENS or len(heads) < 8:
            return line, tokens
        heads = _shorten(heads, len(heads) // 2)


def _shorten(name: str, characters: int) -> str:
    name = " ".join(name.split())
    return name if len(name) <= characters else name[: characters - 1].rstrip() + "…"


def _main_path(start: int, end: int, headings: Sequence[Heading]) -> str:
    """The section that most of a span belongs to."""
    longest, main = 0, ""
    ends = [heading.start for heading in headings[1:]] + [end]
    for heading, until in zip(headings, ends, strict=False):
        length = min(end, until) - max(start, heading.start)
        if length > longest:
            longest, main = length, heading.path
    return main


def _parts(text: str, found: Sequence[Piece], context: _Context, count: CountTokens) -> list[_Part]:
    """The pieces with their tokens; one that is too long for a passage comes in parts."""
    counts = count([text[piece.start : piece.end] for piece in found])
    parts: list[_Part] = []
    for piece, tokens in zip(found, counts, strict=True):
        room = context.room(piece.start)
        whole = [(piece.start, piece.end, tokens)]
        cut = piece.cut
        for start, end, size in whole if tokens <= room else _cut(text, piece, room, count):
            parts.append(_Part(start, end, size, cut, room))
            cut = IN_SENTENCE
    return parts


def _cut(text: str, piece: Piece, room: int, count: CountTokens) -> Iterator[tuple[int, int, int]]:
    """Cut a sentence that is too long: between words, and a word that is too long anywhere."""
    words = [match.span() for match in _WORD.finditer(text, piece.start, piece.end)]
    if len(words) == 1:
        middle = (piece.start + piece.end) // 2
        words = [(piece.start, middle), (middle, piece.end)]
    counts = count([text[a:b] for a, b in words])
    first, last, total = words[0][0], words[0][0], 0
    for (a, b), tokens in zip(words, counts, strict=True):
        if last > first and total + tokens > room:
            yield first, last, total
            first, total = a, 0
        if tokens > room and b - a > 1:
            yield from _cut(text, Piece(a, b, IN_SENTENCE), room, count)
            first, last = b, b
        else:
            first = a if last <= first else first
            last, total = b, total + tokens
    if last > first:
        yield first, last, total


def _group(parts: Sequence[_Part]) -> list[tuple[int, int]]:
    """Spans of the cheapest way to cut: few passages, none tiny, cut in good places."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(len(parts)):
        choice: tuple[float, int] | None = None
        tokens = 0
        for first in range(last, -1, -1):
            part = parts[first]
            tokens += part.tokens
            if tokens > part.budget and first < last:
                if tokens > MAX_TOKENS:
                    break
                continue  # One that begins elsewhere may have more room.
            cost = best[first][0] + part.cut + 1.0 + (1.0 - tokens / part.budget) ** 2
            if choice is None or cost < choice[0]:
                choice = (cost, first)
        assert choice is not None  # A part alone always fits.
        best.append(choice)
    spans = []
    end = len(parts)
    while end > 0:
        first = best[end][1]
        spans.append((parts[first].start, parts[end - 1].end))
        end = first
    return spans[::-1]
