"""Which documents a question names: by words of their titles, file names and first pages."""

from __future__ import annotations

import itertools
import math
import re
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from docqa.index import words
from docqa.index.keywords import quoted
from docqa.index.question import Asked, quarter_in, understand
from docqa.index.words import Word
from docqa.store.store import Store

# Chosen together with the weights in fusion.py, by the questions described there.
_ENOUGH = 0.9
"""Of the rarity of a word that one document has: from there a name is taken seriously. With half
of it, questions that name nothing lost .02 to .05 of their pages to chance words."""
_OTHER = 0.25
"""What a word counts that is not written like a name: 0 to .25 did as well, .5 and 1 worse."""
_BEGINNING = 0.8
"""What a name counts that goes on behind the word: "MGM" for MGMRESORTS."""
_FIRST_PAGE = 0.5
"""What a name counts that only the first page has, such as a company's abbreviation."""
_ANOTHER_YEAR = 0.4
"""What a document of the year after counts, or of an earlier one of several years in question."""
_SHORTEST_BEGINNING = 3
_RARE = 2000
"""Passages: a word that more of them have is not looked for on first pages."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_PARTS = re.compile(r"[^\W\d_]{3,}|\d{3,}")


@dataclass(frozen=True, slots=True)
class _Name:
    """What a document is called: all its words, and the time that they say."""

    forms: frozenset[str]
    years: frozenset[int]
    quarter: int | None

    @property
    def time(self) -> tuple[int, int]:
        """For the order of editions: the latest year, then the quarter."""
        return max(self.years, default=0), self.quarter or 0


class _Names:
    """The names of some documents, by document and by word."""

    def __init__(self, names: dict[int, _Name]) -> None:
        self.by_document = names
        self._having: dict[str, set[int]] = defaultdict(set)
        for id, name in names.items():
            for form in name.forms:
                self._having[form].add(id)
        self._forms = sorted(self._having)

    def having(self, form: str) -> set[int]:
        """The documents with this word in their name."""
        return self._having.get(form, set())

    def beginning(self, start: str) -> Iterator[int]:
        """The documents with a word in their name that goes on behind ``start``."""
        for index in range(bisect_left(self._forms, start), len(self._forms)):
            if not self._forms[index].startswith(start):
                return
            yield from self._having[self._forms[index]]


class DocumentNames:
    """The names of all documents; read again when documents came or went."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._names: _Names | None = None
        self._edition: tuple[int, int] | None = None

    def forget(self) -> None:
        """Documents were named anew: look again next time."""
        with self._lock:
            self._names = None

    def all(self, most: int) -> list[int]:
        """All documents, none if there are more than ``most``."""
        names = self._known().by_document
        return list(names) if len(names) <= most else []

    def naming(self, asked: Asked, documents: Collection[int]) -> set[str]:
        """The names in a question (not the years) that all of these documents have in theirs.

        They say which documents are meant, and nothing about the place inside of them.
        """
        names = self._known()
        wanted = set(documents) & names.by_document.keys()
        if not wanted:
            return set()
        return {
            word.text
            for word, having in self._having(asked, names)
            if word.emphasis > 1 and not words.is_number(word.text) and wanted <= having.keys()
        }

    def named(
        self, question: str | Asked, documents: Collection[int] | None = None
    ) -> dict[int, float]:
        """How far (0 to 1) the question names each document, compared with all the others.

        Words that all names have, or none, say nothing. Only documents above 0 are told, and
        only of ``documents`` (None: all).
        """
        asked = understand(question) if isinstance(question, str) else question
        names = self._known()
        scope = set(names.by_document if documents is None else documents)
        scope &= names.by_document.keys()
        if len(scope) < 2:
            return {}
        scores: dict[int, float] = defaultdict(float)
        for found, weight in self._words_found(asked, names, scope):
            rarity = weight * math.log(len(scope) / len(found))
            for id, share in found.items():
                scores[id] += rarity * share
        for id, more in _of_time(asked, names, scope, scores).items():
            scores[id] += more
        most = max([*scores.values(), _ENOUGH * math.log(len(scope))])
        return {id: score / most for id, score in scores.items() if score > 0}

    def _words_found(
        self, asked: Asked, names: _Names, scope: Collection[int]
    ) -> Iterator[tuple[dict[int, float], float]]:
        """For each word the documents that have it and how far, and what the word weighs."""
        for word, having in self._having(asked, names):
            found = {id: share for id, share in having.items() if id in scope}
            if found:
                yield found, 1.0 if _is_namelike(word, asked) else _OTHER

    def _having(self, asked: Asked, names: _Names) -> Iterator[tuple[Word, dict[int, float]]]:
        """Each word but years, which are compared as such, and how far documents' names have it."""
        stems = self._store.fulltext.terms([word.text for word in asked.words])
        texts = [word.text for word in asked.words]
        pairs = ["", *(one + other for one, other in itertools.pairwise(texts)), ""]
        for index, (word, stemmed) in enumerate(zip(asked.words, stems, strict=True)):
            forms = {word.text, *word.variants, *stemmed}
            if any(_YEAR.fullmatch(form) for form in forms):
                continue
            joined = set(filter(None, pairs[index : index + 2]))
            found = dict.fromkeys(_with_any(names, forms | joined), 1.0)
            if _is_namelike(word, asked):
                found = dict.fromkeys(_with_beginning(names, forms), _BEGINNING) | found
                rest = self._on_first_page(word) if not found else []
                found |= dict.fromkeys(rest, _FIRST_PAGE)
            yield word, found

    def _on_first_page(self, word: Word) -> list[int]:
        """Documents whose first page has the word, if it is rare."""
        if words.is_number(word.text):
            return []
        return self._store.fulltext.documents_with(
            "{text} : " + quoted(word.text), page=1, most=_RARE
        )

    def _known(self) -> _Names:
        with self._lock:
            edition = self._store.documents.edition()
            if self._names is None or edition != self._edition:
                self._names = _Names(self._read())
                self._edition = edition
            return self._names

    def _read(self) -> dict[int, _Name]:
        named = self._store.documents.names()
        texts = [f"{title} {PurePath(path).stem}" for _, title, path in named]
        stems = self._store.fulltext.terms(texts)
        return {
            id: _name(text, found)
            for (id, _, _), text, found in zip(named, texts, stems, strict=True)
        }


def _name(text: str, stems: Sequence[str]) -> _Name:
    written = words.split(text)
    parts = {part for word in written for part in _PARTS.findall(word)}
    years = frozenset(int(part) for part in parts if _YEAR.fullmatch(part))
    apart = " ".join(part for word in written for part in _apart(word))
    return _Name(frozenset({*written, *stems, *parts}), years, quarter_in(apart))


def _apart(word: str) -> list[str]:
    """A year and quarter in one word, such as 2023q2, as two; any other word as it is."""
    match = re.fullmatch(r"((?:19|20)\d\d)(q[1-4])", word)
    return list(match.groups()) if match else [word]


def _is_namelike(word: Word, asked: Asked) -> bool:
    """Whether a word may be a name: in a question all in small letters, any may be."""
    return word.emphasis > 1 or not asked.is_cased


def _with_any(names: _Names, forms: set[str]) -> Iterator[int]:
    for form in forms:
        yield from names.having(form)


def _with_beginning(names: _Names, forms: set[str]) -> Iterator[int]:
    for form in forms:
        if len(form) >= _SHORTEST_BEGINNING and form.isalpha():
            yield from names.beginning(form)


def _of_time(
    asked: Asked, names: _Names, scope: Collection[int], scores: dict[int, float]
) -> dict[int, float]:
    """What the time in question adds to documents, by their rarity among all of the scope."""
    found: dict[int, float] = defaultdict(float)
    if asked.years:
        last = asked.years[-1]
        shares = {}
        for id in scope:
            years = names.by_document[id].years
            if last in years:
                shares[id] = 1.0
            elif last + 1 in years or years.intersection(asked.years):
                shares[id] = _ANOTHER_YEAR
        _add_rarity(found, shares, len(scope))
    if asked.quarter is not None:
        same = {id: 1.0 for id in scope if names.by_document[id].quarter == asked.quarter}
        _add_rarity(found, same, len(scope))
    if asked.latest and not asked.years:
        _add_rarity(found, _latest(names, scope, scores), len(scope))
    return found


def _latest(names: _Names, scope: Collection[int], scores: dict[int, float]) -> dict[int, float]:
    """The newest of those documents that are named best so far."""
    best = max(scores.values(), default=0.0)
    rivals = [id for id in scope if scores.get(id, 0.0) >= best - 1e-9]
    newest = max((names.by_document[id].time for id in rivals), default=(0, 0))
    return {id: 1.0 for id in rivals if newest[0] and names.by_document[id].time == newest}


def _add_rarity(found: dict[int, float], shares: dict[int, float], count: int) -> None:
    full = sum(share == 1.0 for share in shares.values())
    if full:
        for id, share in shares.items():
            found[id] += share * math.log(count / full)
