"""Finding as somebody types: names of documents, notes and passages, by words and at once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from docqa.index.fusion import distinct
from docqa.index.keywords import Keywords, quoted
from docqa.index.marking import Marker, fold, folded_words, has_beginning, has_together
from docqa.index.typed import Typed, parse
from docqa.index.words import is_number, plain_number
from docqa.model import (
    Document,
    Found,
    FoundDocument,
    FoundNote,
    FoundPassage,
    Hit,
    Note,
    Passage,
)
from docqa.store.store import Store
from docqa.store.unspaced import is_unspaced

_CANDIDATES = 40
"""Passages or notes that one expression may propose; some of them only begin alike."""
_SCORED = 15_000
"""Matches that one expression may look at, 0.8 µs each; of more the newest, while one types."""
_RELATED = 0.35
"""Cosine from which a passage without any of the words is shown. Of three filings' worth of words
that mean nothing ("asdf jkl") the best had 0.32, of "greenhouse gas" 0.45."""
_NAMES_KEPT_SECONDS = 10.0
_MOST_DOCUMENTS = 4
_MOST_NOTES = 3
_MOST = 0.6
"""Share of the words, by their weight, from which a note without all of them is shown."""


@dataclass(frozen=True, slots=True)
class _Name:
    """``words``: those of title and file name, each behind a blank."""

    document: Document
    file: str
    words: str

    def fits(self, beginnings: Sequence[str]) -> bool:
        """Whether all of these folded words, or words that begin with them, are in the name."""
        return all((word if is_unspaced(word) else f" {word}") in self.words for word in beginnings)


class Looking:
    """Looks things up without any model. Any thread may use it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keywords = Keywords(store.fulltext, store.passages)
        self._lock = threading.Lock()
        self._names: list[_Name] | None = None
        self._names_until = 0.0

    def forget(self) -> None:
        """Documents came, went or were named anew: look again next time."""
        with self._lock:
            self._names = None

    def look_up(self, text: str, documents: Sequence[int] | None, limit: int) -> Found:
        """Documents by name, notes, and up to ``limit`` passages; nothing without words.

        A ``limit`` of 0 leaves the passages out.
        """
        typed = parse(text, self._store.passages.count())
        scope = None if documents is None else list(documents)
        if not typed.all or scope == []:
            return Found(text)
        marker = Marker(typed, self._store.fulltext)
        notes = self._notes(typed, scope)
        passages = self._passages(typed, scope, limit)
        return Found(
            text,
            self._documents(typed, scope),
            self._found_notes(text, notes, marker),
            self._found_passages(self._hits(passages), marker),
        )

    def refined(
        self, found: Found, hits: Sequence[Hit], notes: Sequence[Note], limit: int
    ) -> Found:
        """The same with passages and notes that were found by their meaning in front."""
        typed = parse(found.text)
        marker = Marker(typed, self._store.fulltext)
        by_words = {one.hit.passage_id for one in found.passages}
        passages = [
            one
            for one in self._found_passages(hits, marker)
            if one.snippet.marks or one.hit.passage_id in by_words or one.hit.similarity >= _RELATED
        ]
        known = {hit.passage_id for hit in hits}
        passages += [one for one in found.passages if one.hit.passage_id not in known]
        listed = {one.note.id for one in found.notes}
        others = [note for note in notes if note.id not in listed]
        more = self._found_notes(found.text, self._with_numbers(others, typed), marker)
        return Found(
            found.text,
            found.documents,
            (*found.notes, *more)[:_MOST_NOTES],
            tuple(passages[:limit]),
            by_meaning=True,
        )

    def shown(self, text: str, hits: Sequence[Hit]) -> tuple[FoundPassage, ...]:
        """These hits with what matched in them."""
        return self._found_passages(hits, Marker(parse(text), self._store.fulltext))

    # -- documents -----------------------------------------------------------------------------

    def _documents(self, typed: Typed, scope: Collection[int] | None) -> tuple[FoundDocument, ...]:
        """Documents of which the title and the file's name have all words, or their beginnings."""
        typed_words = [fold(word) for word in typed.all]
        fitting = (
            name
            for name in self._known_names()
            if (scope is None or name.document.id in scope) and name.fits(typed_words)
        )
        likely = list(itertools.islice(fitting, 2 * _MOST_DOCUMENTS))
        # One may have been removed since the names were read.
        there = [name for name in likely if self._store.documents.get(name.document.id)]
        marker = Marker(typed, self._store.fulltext, everywhere=True)
        marked = marker.mark([text for name in there for text in (name.document.title, name.file)])
        found = [
            FoundDocument(name.document, title, file)
            for name, title, file in zip(there, marked[::2], marked[1::2], strict=True)
        ]
        found.sort(key=lambda one: -len(one.title.marks))
        return tuple(found[:_MOST_DOCUMENTS])

    def _known_names(self) -> list[_Name]:
        with self._lock:
            if self._names is None or time.monotonic() > self._names_until:
                self._names = [_name(document) for document in self._store.documents.all()]
                self._names_until = time.monotonic() + _NAMES_KEPT_SECONDS
            return self._names

    # -- notes ---------------------------------------------------------------------------------

    def _notes(self, typed: Typed, scope: Sequence[int] | None) -> list[Note]:
        """Verified notes with all the words in question or text, the best first."""
        chosen: dict[int, Note] = {}
        for expression in typed.expressions():
            rows = self._store.fulltext.match_notes(expression, documents=scope, limit=_CANDIDATES)
            notes = self._store.notes.get([id for id, _ in rows])
            there = [notes[id] for id, _ in rows if id in notes and id not in chosen]
            fitting = (note for note in there if _fits(_whole_text(note), typed))
            chosen |= {note.id: note for note in itertools.islice(fitting, _MOST_NOTES)}
            if len(chosen) >= _MOST_NOTES:
                break
        if len(chosen) < _MOST_NOTES and len(typed.words) > 1:
            chosen |= {note.id: note for note in self._notes_with_most(typed, scope)}
        return list(chosen.values())[:_MOST_NOTES]

    def _notes_with_most(self, typed: Typed, scope: Sequence[int] | None) -> list[Note]:
        """Notes with most of the words, by their weight."""
        rows = self._store.fulltext.match_notes(
            " OR ".join(map(quoted, typed.words)), documents=scope, limit=_CANDIDATES
        )
        notes = self._store.notes.get([id for id, _ in rows])
        there = [notes[id] for id, _ in rows if id in notes]
        shares = self._keywords.overlaps(
            " ".join(typed.words), [_whole_text(note) for note in there]
        )
        likely = [note for note, share in zip(there, shares, strict=True) if share >= _MOST]
        return self._with_numbers(likely, typed)

    def _with_numbers(self, notes: Sequence[Note], typed: Typed) -> list[Note]:
        """Those that have every number that is typed, if only as their document's name."""
        numbers = {plain_number(word) for word in typed.words if is_number(word)}
        if not numbers:
            return list(notes)
        titles = self._store.documents.titles(note.document_id for note in notes)
        written = [
            folded_words(f"{titles[note.document_id]} {_whole_text(note)}") for note in notes
        ]
        return [
            note
            for note, has in zip(notes, written, strict=True)
            if numbers <= set(map(plain_number, has))
        ]

    def _found_notes(
        self, text: str, notes: Sequence[Note], marker: Marker
    ) -> tuple[FoundNote, ...]:
        scores = self._keywords.overlaps(text, [_whole_text(note) for note in notes])
        headings = marker.mark([note.question or "" for note in notes])
        texts = marker.snippets([note.text for note in notes])
        titles = self._store.documents.titles(note.document_id for note in notes)
        return tuple(
            FoundNote(note, titles[note.document_id], score, heading, snippet)
            for note, score, heading, snippet in zip(notes, scores, headings, texts, strict=True)
        )

    # -- passages ------------------------------------------------------------------------------

    def _passages(self, typed: Typed, scope: Sequence[int] | None, limit: int) -> list[Passage]:
        """Passages with all the words, those that have them side by side first; then with some."""
        if limit <= 0:
            return []
        if typed.is_unspaced:
            return self._passages_with_pairs(typed, scope, limit)
        chosen: dict[int, Passage] = {}
        for expression in typed.expressions():
            there = self._there(self._matching(expression, scope), chosen)
            fitting = [one for one in there if _fits(f"{one.context} {one.text}", typed)]
            if typed.together:
                fitting.sort(key=lambda one: not has_together(one.text, typed.all))
            chosen |= {one.id: one for one in fitting[: 2 * limit]}
            if len(chosen) >= limit:
                break
        if len(chosen) < limit and len(typed.all) > 1:
            some = self._keywords.candidates(
                " ".join(typed.all), documents=scope, limit=_CANDIDATES
            )
            chosen |= {one.id: one for one in self._there(some, chosen)}
        return list(itertools.islice(distinct(chosen.values()), limit))

    def _passages_with_pairs(
        self, typed: Typed, scope: Sequence[int] | None, limit: int
    ) -> list[Passage]:
        """The same where nothing separates words: those that have all that is typed first."""
        asked = " ".join(typed.all)
        found = self._there(
            self._keywords.candidates(asked, documents=scope, limit=_CANDIDATES), ()
        )
        wanted = [fold(word) for word in typed.all]
        found.sort(key=lambda one: not all(word in fold(one.text) for word in wanted))
        return list(itertools.islice(distinct(found), limit))

    def _matching(self, expression: str, scope: Sequence[int] | None) -> list[int]:
        """Passages that match, the best first."""
        found = self._store.fulltext.match(
            expression, documents=scope, limit=_CANDIDATES, scored=_SCORED
        )
        return [id for id, _ in found]

    def _there(self, ids: Iterable[int], but: Collection[int]) -> list[Passage]:
        """The passages in this order: one may have been removed meanwhile."""
        wanted = [id for id in ids if id not in but]
        passages = self._store.passages.get(wanted)
        return [passages[id] for id in wanted if id in passages]

    def _found_passages(self, hits: Sequence[Hit], marker: Marker) -> tuple[FoundPassage, ...]:
        snippets = marker.snippets([hit.text for hit in hits])
        return tuple(itertools.starmap(FoundPassage, zip(hits, snippets, strict=True)))

    def _hits(self, passages: Sequence[Passage]) -> list[Hit]:
        """As hits; the score only says the order."""
        titles = self._store.documents.titles(passage.document_id for passage in passages)
        return [
            Hit(
                passage_id=passage.id,
                document_id=passage.document_id,
                document=titles[passage.document_id],
                page=passage.page,
                score=1.0 / rank,
                text=passage.text,
                start=passage.start,
                end=passage.end,
                context=passage.context,
            )
            for rank, passage in enumerate(passages, start=1)
        ]


def _fits(text: str, typed: Typed) -> bool:
    """Whether a text that was proposed has a word that begins as the last one does.

    What is stored are stems: some of them only look as if they did.
    """
    return not typed.completes or has_beginning(text, typed.beginning or "")


def _name(document: Document) -> _Name:
    file = PurePath(document.path).stem
    return _Name(document, file, " " + " ".join(folded_words(f"{document.title} {file}")))


def _whole_text(note: Note) -> str:
    return f"{note.question or ''} {note.text}"
