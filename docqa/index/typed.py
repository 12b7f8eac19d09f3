"""What somebody types: whole words, and a last one that may be only the beginning of a word."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from docqa.index import words
from docqa.index.keywords import quoted
from docqa.index.words import STOP_WORDS, Word
from docqa.store.unspaced import is_unspaced

MOST_LETTERS = 400
"""Characters that are looked at; who types more is asking, not looking something up."""
_MOST_WORDS = 12
_SHORTEST = 3
"""Letters from which a beginning is completed: fewer begin most of all words."""
_LARGE = 40_000
_SHORTEST_IN_LARGE = 4
"""The same in libraries of so many passages: of 100,000 of filings "res" took 86 ms, "resu" 5."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words in lower case; ``beginning`` is the last one while it may still grow.

    ``together``: nothing stood between these words, so they may be a phrase. ``shortest``: letters
    from which the last one is completed.
    """

    words: tuple[str, ...]
    beginning: str | None
    together: bool
    shortest: int = _SHORTEST

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, in order."""
        return self.words if self.beginning is None else (*self.words, self.beginning)

    @property
    def is_unspaced(self) -> bool:
        """Whether some of it is of a script that puts no blanks between words."""
        return any(is_unspaced(word) for word in self.all)

    @property
    def completes(self) -> bool:
        """Whether words are looked for that begin with the last one."""
        return (
            self.beginning is not None
            and self.beginning not in STOP_WORDS
            and (len(self.beginning) >= self.shortest or is_unspaced(self.beginning))
        )

    def expressions(self) -> Iterator[str]:
        """FTS5 expressions for texts with all the words, the strictest first; there may be none.

        A short beginning is looked for as a word of its own, and then not at all.
        """
        whole = [_any_form(word) for word in self.words]
        ending = [] if self.beginning is None else [self._ending(self.beginning)]
        if self.beginning in STOP_WORDS:
            ending = []
        if self.together and len(whole) > 1:
            # Without the last word: a beginning inside of a phrase takes ten times as long.
            yield " AND ".join([quoted(" ".join(self.words)), *ending])
        if whole or ending:
            yield " AND ".join([*whole, *ending])
        if whole and ending and not self.completes:
            yield " AND ".join(whole)

    def _ending(self, beginning: str) -> str:
        if not self.completes:
            return _any_form(beginning)
        return "(" + " OR ".join([f"{quoted(beginning)} *", *_roots(beginning)]) + ")"


def parse(text: str, passages: int = 0) -> Typed:
    """The words of what is typed; those without meaning are left out if others remain.

    In a library of very many ``passages`` a beginning needs more letters to be completed.
    """
    shortest = _SHORTEST if passages < _LARGE else _SHORTEST_IN_LARGE
    text = text[:MOST_LETTERS]
    written = words.split(text)[-_MOST_WORDS:]
    beginning = None
    if written and text[-1:].isalnum():
        beginning = written.pop()
    meant = [word for word in written if word not in STOP_WORDS]
    if beginning in STOP_WORDS and meant:
        beginning = None
    if not meant and beginning is None:
        meant = written
    return Typed(tuple(dict.fromkeys(meant)), beginning, meant == written, shortest)


def _any_form(text: str) -> str:
    forms = [quoted(text), *map(quoted, Word(text).variants)]
    return forms[0] if len(forms) == 1 else "(" + " OR ".join(forms) + ")"


def _roots(beginning: str) -> list[str]:
    """Expressions for stems that are shorter than what is typed of their words.

    Stored words are stems: "operatin" begins no stem of "operating", which is "oper", and "filin"
    none of "filing", which is "file". Whoever asks looks at the words as they are written.
    """
    if words.is_number(beginning) or is_unspaced(beginning):
        return []
    shorter = [beginning[:length] for length in range(_SHORTEST, len(beginning))]
    candidates = itertools.chain(shorter, (root + "e" for root in shorter))
    return [quoted(root) for root in candidates if root not in STOP_WORDS]
