"""Marks in a text what was looked for, with its letters, stems and accents as they are written."""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docqa.index import words
from docqa.index.typed import Typed
from docqa.index.words import Word
from docqa.model import Marked
from docqa.store.fulltext import FullText
from docqa.store.unspaced import is_unspaced

SNIPPET = 180
"""Characters of a snippet, about two lines in the window."""
_LEAD = 50
"""Characters in front of the best match, at most."""
_SAME_ROOT = 2
"""First letters that all words of one stem share."""

# Characters that are only the accents of others: of Latin and Greek letters, Hebrew and Arabic.
_ACCENT = "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670]"
_ACCENTS = re.compile(f"{_ACCENT}+")
# As the words of a question are cut, but with their accents.
_WORD = re.compile(f"(?:[^\\W_]{_ACCENT}*)+(?:(?<=\\d)[.,]\\d+)*")
_BLANKS = re.compile(r"\s+")


Place = tuple[int, int, int]
"""Where something is in a word, and the number of what was looked for."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A span, and the number of the word that was looked for."""

    start: int
    end: int
    word: int


class Marker:
    """Marks the words that somebody typed."""

    def __init__(self, typed: Typed, fulltext: FullText, *, everywhere: bool = False) -> None:
        """``everywhere``: each word may be only a beginning, as in the name of a document."""
        self._fulltext = fulltext
        self._whole = [] if everywhere else list(typed.words)
        self._forms = [_forms(word) for word in self._whole]
        beginnings = typed.all[0 if everywhere else len(typed.words) :]
        self._begin = [fold(beginning) for beginning in beginnings]
        self._parts = {
            number: fold(word) for number, word in enumerate(typed.all) if is_unspaced(word)
        }
        wanted = [*itertools.chain(*self._forms), *self._begin]
        self._first = {form[:1] for form in wanted}
        self._roots = {form[:_SAME_ROOT] for form in wanted}

    def mark(self, texts: Sequence[str]) -> list[Marked]:
        """The texts as they are, with all that was looked for marked."""
        return [_marked(text, marks) for text, marks in zip(texts, self._marks(texts), strict=True)]

    def snippets(self, texts: Sequence[str], length: int = SNIPPET) -> list[Marked]:
        """Of each text a piece of about ``length`` characters that has most of the words."""
        texts = [_BLANKS.sub(" ", text).strip() for text in texts]
        found = self._marks(texts)
        return [_cut(text, marks, length) for text, marks in zip(texts, found, strict=True)]

    def _marks(self, texts: Sequence[str]) -> list[list[_Mark]]:
        likely = [list(self._likely(text)) for text in texts]
        alike = self._alike({folded for written in likely for _, _, folded in written})
        return [
            [
                _Mark(start + first, start + last, number)
                for start, word, folded in written
                for first, last, number in self._inside(word, folded, alike)
            ]
            for written in likely
        ]

    def _likely(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Words that may be meant: where, as it is written, and folded."""
        for match in _WORD.finditer(text):
            word = match.group()
            folded = fold(word)
            if folded[:1] in self._first or (self._parts and is_unspaced(word)):
                yield match.start(), word, folded

    def _alike(self, vocabulary: Iterable[str]) -> dict[str, int]:
        """Words of texts that are forms of one that was looked for, with its number."""
        alike: dict[str, int] = {}
        near: list[str] = []
        for word in vocabulary:
            number = self._same(word)
            if number is not None:
                alike[word] = number
            elif word[:_SAME_ROOT] in self._roots and not words.is_number(word):
                near.append(word)
        if near and self._whole:
            stems = self._fulltext.terms([*self._whole, *near])
            asked = {tuple(stem): n for n, stem in enumerate(stems[: len(self._whole)]) if stem}
            for word, stem in zip(near, stems[len(self._whole) :], strict=True):
                if tuple(stem) in asked:
                    alike[word] = asked[tuple(stem)]
        return alike

    def _same(self, word: str) -> int | None:
        plain = words.plain_number(word)
        return next((n for n, forms in enumerate(self._forms) if {word, plain} & forms), None)

    def _inside(self, word: str, folded: str, alike: dict[str, int]) -> Iterator[Place]:
        """What to mark of one word: mostly nothing, or all of it; of a beginning only that."""
        if folded in alike:
            yield 0, len(word), alike[folded]
        for number, beginning in enumerate(self._begin, start=len(self._whole)):
            if folded.startswith(beginning):
                yield 0, _length(word, len(beginning)), number
        for number, part in self._parts.items():
            for match in re.finditer(re.escape(part), word):
                yield match.start(), match.end(), number


def has_beginning(text: str, beginning: str) -> bool:
    """Whether a word of the text begins so, whatever its case and accents."""
    pattern = re.escape(fold(beginning))
    if not is_unspaced(beginning):
        pattern = rf"(?<![^\W_]){pattern}"
    return re.search(pattern, fold(text)) is not None


def has_together(text: str, words: Sequence[str]) -> bool:
    """Whether the words stand in the text side by side, the last one perhaps going on."""
    pattern = r"[\W_]+".join(re.escape(fold(word)) for word in words)
    return re.search(rf"(?<![^\W_]){pattern}", fold(text)) is not None


def folded_words(text: str) -> list[str]:
    """All words of a text, in order, without case and accents."""
    return [fold(match.group()) for match in _WORD.finditer(text)]


def fold(text: str) -> str:
    """A text without case and accents; it may have another length."""
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()


def _forms(word: str) -> frozenset[str]:
    """A folded word and how else a text may write it, such as a number without separators."""
    folded = fold(word)
    return frozenset((folded, *Word(folded).variants))


def _length(text: str, letters: int) -> int:
    """How many characters of a word are its first so many folded letters."""
    if text.isascii():
        return letters
    ends = itertools.accumulate(len(fold(character)) for character in text)
    end = next((n for n, count in enumerate(ends, start=1) if count >= letters), len(text))
    accents = _ACCENTS.match(text, end)
    return accents.end() if accents else end


def _marked(text: str, marks: Iterable[_Mark]) -> Marked:
    """The text with the spans of its marks; what overlaps is one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((mark.start, mark.end) for mark in marks):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return Marked(text, tuple(spans))


def _cut(text: str, marks: list[_Mark], length: int) -> Marked:
    """The piece of a text with most different words, then most marks, then the first one."""
    if len(text) <= length:
        return _marked(text, marks)
    start = _start(text, marks, length)
    end = _blank_before(text, start + length)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    shift = len(before) - start
    inside = [
        _Mark(mark.start + shift, mark.end + shift, mark.word)
        for mark in marks
        if start <= mark.start and mark.end <= end
    ]
    return _marked(before + text[start:end].rstrip() + after, inside)


def _start(text: str, marks: list[_Mark], length: int) -> int:
    marks = sorted(marks, key=lambda mark: mark.start)
    best, start = (0, 0), 0
    starts = [mark.start for mark in marks]
    for first, mark in enumerate(marks):
        begin = _word_start(text, max(0, mark.start - _LEAD))
        last = bisect.bisect_right(starts, begin + length - 1)
        seen = [one for one in marks[first:last] if one.end <= begin + length]
        value = (len({one.word for one in seen}), len(seen))
        if value > best:
            best, start = value, begin
    # A piece at the end of the text is as long as any other.
    return min(start, _word_start(text, max(0, len(text) - length)))


def _word_start(text: str, place: int) -> int:
    """Where a word begins at or after a place, unless none does for long."""
    if place == 0:
        return 0
    blank = text.find(" ", place - 1, place + _LEAD // 2)
    return blank + 1 if blank >= 0 else place


def _blank_before(text: str, place: int) -> int:
    """Where a word ends at or before a place, unless none does for long."""
    if place >= len(text):
        return len(text)
    blank = text.rfind(" ", place - _LEAD // 2, place + 1)
    return blank if blank >= 0 else place
