"""Notes lead to their evidence: passages that a prepared question or fact says hold an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
from docqa.index.semantics import Semantics
from docqa.model import Note
from docqa.store.passages import Span
from docqa.store.store import Store

_NOTES = 24
"""Notes, the most like ones, whose evidence is proposed."""
_UNLIKE = 0.5
"""The cosine from which a note's question says anything about another; 1 is the same question.

With the square of what is above it and 0.3 in the fusion (``tests/bench/finding/notes.py``: SQuAD,
six articles; shares of questions with the paragraph first, and in the first five): with notes of
nearly the matter .814 to .847 and .966 to .976 (gains of .022 to .044, and .005 to .016); with
notes of other sentences of the same paragraphs .874 to .867 and .984 to .986, which is no change.
With 0.8 it would be .02 less for these, and without the square .02 to .05 less at the weights that
bring most to those. BM25 over the notes, added to this, cost .01 to .07 of the first places."""


class NoteEvidence:
    """Proposes passages by verified notes. Any thread may use it."""

    def __init__(self, store: Store, semantics: Semantics) -> None:
        self._store = store
        self._semantics = semantics

    def propose(
        self,
        question: str,
        vector: NDArray[np.float32] | None,
        documents: Sequence[int] | None = None,
    ) -> dict[int, float]:
        """How far (0 to 1) notes say that a passage answers the question, by passage id.

        ``vector`` is the question's unit vector; without it, only a note of the very same question
        counts. Only passages of ``documents`` (None: all). Empty where there are no notes.
        """
        likeness = self._like(vector, documents)
        likeness |= {note.id: 1.0 for note in self._store.notes.by_question(question, documents)}
        if not likeness:
            return {}
        notes = self._store.notes.get(likeness)
        telling = [note for note in notes.values() if _leads_there(note)]
        return self._passages(telling, likeness, documents)

    def _like(
        self, vector: NDArray[np.float32] | None, documents: Sequence[int] | None
    ) -> dict[int, float]:
        """Notes whose question (or text) means something like it, and how much (0 to 1)."""
        if vector is None:
            return {}
        try:
            found = self._semantics.notes().search(vector, _NOTES, documents)
        except DocqaError:
            return {}
        return {id: _share(cosine) for id, cosine in found if cosine > _UNLIKE}

    def _passages(
        self, notes: Sequence[Note], likeness: dict[int, float], documents: Sequence[int] | None
    ) -> dict[int, float]:
        """The passages that hold the notes' evidence; the most like note of each decides."""
        quoted = [
            (likeness[note.id], Span(one.document_id, one.page, one.start, one.end))
            for note in notes
            for one in note.evidence
            if documents is None or one.document_id in documents
        ]
        found: dict[int, float] = {}
        places = self._store.passages.at([span for _, span in quoted])
        for (share, _), passages in zip(quoted, places, strict=True):
            for passage in passages:
                found[passage.id] = max(share, found.get(passage.id, 0.0))
        return found


def _leads_there(note: Note) -> bool:
    """Whether its evidence is what it asks for, or says; a gap, say, quotes what it is not."""
    return note.status == "verified" and note.kind in ("question", "fact")


def _share(cosine: float) -> float:
    """Nearly nothing for a like question, nearly 1 for the same one in other words."""
    return float(min(1.0, (cosine - _UNLIKE) / (1.0 - _UNLIKE)) ** 2)
