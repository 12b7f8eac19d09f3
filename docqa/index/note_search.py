"""Finds prepared questions: the same question, a like one, or what somebody begins to type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docqa.errors import DocqaError
from docqa.index import words
from docqa.index.keywords import quoted
from docqa.index.semantics import Semantics
from docqa.model import NOTE_KINDS, Note
from docqa.process import Cancel, Urgency
from docqa.store.notes import question_key
from docqa.store.store import Store

_QUESTION = NOTE_KINDS.index("question")
_TYPED_WORDS = 12
_SURE_LETTERS = 3
"""So many first letters a stem shares with its word."""
_LETTERS = 12
_CANDIDATES = 60
_VARIETY = 120
"""Notes among which a varied few are chosen when nothing has been typed."""


class NoteSearch:
    """Searches verified question notes."""

    def __init__(self, store: Store, semantics: Semantics) -> None:
        self._store = store
        self._semantics = semantics

    def same(self, question: str, documents: Sequence[int] | None) -> list[Note]:
        """Notes of this very question, whatever its case and punctuation; no model is needed."""
        found = self._store.notes.by_question(question, documents)
        return [note for note in found if _is_served(note)]

    def similar(
        self,
        question: str,
        k: int,
        documents: Sequence[int] | None,
        urgency: Urgency,
        cancel: Cancel | None,
    ) -> list[tuple[Note, float]]:
        """Notes whose question means nearly the same: note and similarity, best first.

        The same question comes first, with 1.0. Without an embedder there is nothing else.
        """
        same = [(note, 1.0) for note in self.same(question, documents)]
        known = {note.id for note, _ in same}
        rest = (pair for pair in self._like(question, k + len(known), documents, urgency, cancel)
                if pair[0].id not in known)  # fmt: skip
        return [*same, *rest][:k]

    def suggest(self, prefix: str, documents: Sequence[int] | None, limit: int) -> list[Note]:
        """Prepared questions that have all typed words, the last one as a beginning; then some.

        Nothing typed: a varied few. No model is needed.
        """
        typed = words.split(prefix[: words.MAX_QUESTION])[-_TYPED_WORDS:]
        if not typed:
            return self._varied(documents, limit)
        if prefix[-1:].isspace() or not prefix[-1:].isalnum():
            earlier, last = typed, None
        else:
            earlier, last = typed[:-1], typed[-1]
        chosen: dict[str, Note] = {}
        for expression in _expressions(earlier, last):
            for note in self._matching(expression, documents):
                if last is None or _begins_word(last, note.question or ""):
                    chosen.setdefault(question_key(note.question or ""), note)
            if len(chosen) >= limit:
                break
        return list(chosen.values())[:limit]

    def _like(
        self,
        question: str,
        k: int,
        documents: Sequence[int] | None,
        urgency: Urgency,
        cancel: Cancel | None,
    ) -> list[tuple[Note, float]]:
        try:
            shelf = self._semantics.notes()
        except DocqaError:
            return []
        if not len(shelf):
            return []
        vector = self._semantics.question(question, urgency, cancel)
        if vector is None:
            return []
        # Notes that are no longer verified keep their vectors: look at some more than are wanted.
        found = shelf.search(vector, 2 * k + 16, documents, _QUESTION)
        notes = self._store.notes.get([id for id, _ in found])
        served = ((notes[id], score) for id, score in found if id in notes)
        return [(note, min(score, 1.0)) for note, score in served if _is_served(note)][:k]

    def _matching(self, expression: str, documents: Sequence[int] | None) -> list[Note]:
        found = self._store.fulltext.match_notes(
            expression, documents=documents, kind="question", limit=_CANDIDATES
        )
        notes = self._store.notes.get([id for id, _ in found])
        return [notes[id] for id, _ in found if id in notes]

    def _varied(self, documents: Sequence[int] | None, limit: int) -> list[Note]:
        notes = self._store.notes.list(documents=documents, kind="question", limit=_VARIETY)
        different = list({question_key(note.question or ""): note for note in notes}.values())
        if len(different) <= limit:
            return different
        return [different[i * len(different) // limit] for i in range(limit)]


def _is_served(note: Note) -> bool:
    return note.status == "verified" and note.kind == "question"


def _expressions(earlier: Sequence[str], last: str | None) -> Iterator[str]:
    """FTS5 expressions for what was typed, the strictest first."""
    meant = [word for word in earlier if word not in words.STOP_WORDS] or list(earlier)
    parts = [quoted(word) for word in meant]
    ending = [] if last is None else [_beginning(last)]
    yield "{question} : (" + " AND ".join([*parts, *ending]) + ")"
    if parts and ending:
        yield "{question} : ((" + " OR ".join(parts) + ") AND " + ending[0] + ")"
    elif len(parts) > 1:
        yield "{question} : (" + " OR ".join(parts) + ")"


def _beginning(word: str) -> str:
    """FTS5 expression for words that may begin with ``word``, and some more.

    Stored words are stems: "operatin" begins no stem of "operating", but "ope" does. The more
    letters agree, the better the rank; who calls looks at the words as they are written.
    """
    lengths = range(min(len(word), _SURE_LETTERS), min(len(word), _LETTERS) + 1)
    return "(" + " OR ".join(f"{quoted(word[:length])} *" for length in lengths) + ")"


def _begins_word(typed: str, question: str) -> bool:
    return any(word.startswith(typed) for word in words.split(question))
