"""Cuts a page into passages: whole sentences, small enough for the embedder to read them all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docqa.ingest.sentences import is_table_row, paragraphs, sentences
from docqa.model import Page, Passage

CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""The number of tokens of each text, special tokens not counted."""

MAX_TOKENS = 240
"""Of one passage with its context line and special tokens."""
_SPECIAL_TOKENS = 4
"""[CLS] and [SEP], and room for a tokenizer that joins context and text with a token."""
_MAX_CONTEXT_TOKENS = 60
_NAME_CHARACTERS = 70
_WORD = re.compile(r"\S+")
# What a cut costs; one passage more costs between 1 and 2, depending on how empty it is.
_BETWEEN_PARAGRAPHS, _IN_PARAGRAPH, _IN_TABLE, _AFTER_HEADING, _IN_SENTENCE = (
    0.1,
    0.4,
    0.7,
    0.9,
    1.0,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """Where in a page's text a section begins: ``path`` is "Chapter: Section"."""

    start: int
    path: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of an over-long one; ``cut``: how bad it is to begin with it."""

    start: int
    end: int
    tokens: int
    cut: float


def passages(
    page: Page, title: str, headings: Sequence[Heading], count: CountTokens
) -> list[Passage]:
    """Cut ``page`` into passages (id 0) of at most MAX_TOKENS tokens, in reading order.

    Each ends where a sentence ends, unless one sentence alone is too long. Together they cover all
    sentences of the page. ``headings`` are in order; the first says what the top of the page
    belongs to.
    """
    text = page.text
    if not any(character.isalnum() for character in text):
        return []
    contexts = _contexts(page.number, title, headings, count)
    budget = MAX_TOKENS - _SPECIAL_TOKENS - max(tokens for _, tokens in contexts.values())
    pieces = list(_pieces(text, {heading.start for heading in headings}, budget, count))
    return [
        Passage(
            id=0,
            document_id=page.document_id,
            page=page.number,
            start=start,
            end=end,
            text=text[start:end],
            context=contexts[_main_path(start, end, headings)][0],
        )
        for start, end in _group(pieces, budget)
    ]


def _contexts(
    number: int, title: str, headings: Sequence[Heading], count: CountTokens
) -> dict[str, tuple[str, int]]:
    """The context line of each section path on the page, and its tokens."""
    paths = {"", *(heading.path for heading in headings)}
    return {path: _context(number, title, path, count) for path in paths}


def _context(number: int, title: str, path: str, count: CountTokens) -> tuple[str, int]:
    """Title, section and page, shortened until it is short in tokens too."""
    characters = _NAME_CHARACTERS
    while True:
        names = [_shorten(name, characters) for name in (title, path)]
        context = " — ".join([*filter(None, names), f"page {number}"])
        tokens = count([context])[0]
        if tokens <= _MAX_CONTEXT_TOKENS or characters < 8:
            return context, tokens
        characters //= 2


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


def _pieces(text: str, sections: set[int], budget: int, count: CountTokens) -> Iterator[_Piece]:
    spans = sentences(text)
    blocks = {start for start, _ in paragraphs(text)}
    counts = count([text[start:end] for start, end in spans])
    above = ""
    for (start, end), tokens in zip(spans, counts, strict=True):
        sentence = text[start:end]
        cut = 0.0 if start in sections else _cost(above, sentence, start in blocks)
        whole = [(start, end, tokens)]
        for part in whole if tokens <= budget else _cut(text, start, end, budget, count):
            yield _Piece(*part, cut)
            cut = _IN_SENTENCE
        above = sentence


def _cost(above: str, sentence: str, new_paragraph: bool) -> float:
    """How bad it is to cut between two sentences: best between paragraphs, badly in a table."""
    if not new_paragraph:
        return _IN_PARAGRAPH
    if is_table_row(sentence):
        return _IN_TABLE  # The line above it is a row, or says what the table is about.
    return _AFTER_HEADING if _is_heading(above) else _BETWEEN_PARAGRAPHS


def _is_heading(sentence: str) -> bool:
    return len(sentence) < 80 and sentence[-1:].isalnum() and not is_table_row(sentence)


def _cut(
    text: str, start: int, end: int, budget: int, count: CountTokens
) -> Iterator[tuple[int, int, int]]:
    """Cut a sentence that is too long: between words, and a word that is too long anywhere."""
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if len(words) == 1:
        middle = (start + end) // 2
        words = [(start, middle), (middle, end)]
    counts = count([text[a:b] for a, b in words])
    first, last, total = words[0][0], words[0][0], 0
    for (a, b), tokens in zip(words, counts, strict=True):
        if last > first and total + tokens > budget:
            yield first, last, total
            first, total = a, 0
        if tokens > budget and b - a > 1:
            yield from _cut(text, a, b, budget, count)
            first, last = b, b
        else:
            first = a if last <= first else first
            last, total = b, total + tokens
    if last > first:
        yield first, last, total


def _group(pieces: Sequence[_Piece], budget: int) -> list[tuple[int, int]]:
    """Spans of the cheapest way to cut: few passages, none tiny, cut in good places."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(len(pieces)):
        choices = []
        tokens = 0
        for first in range(last, -1, -1):
            tokens += pieces[first].tokens
            if tokens > budget and first < last:
                break
            cost = best[first][0] + pieces[first].cut + 1.0 + (1.0 - tokens / budget) ** 2
            choices.append((cost, first))
        best.append(min(choices))
    spans = []
    end = len(pieces)
    while end > 0:
        first = best[end][1]
        spans.append((pieces[first].start, pieces[end - 1].end))
        end = first
    return spans[::-1]
