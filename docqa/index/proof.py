"""Proves that a document can be found: looks a sentence of it up again, each way by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from docqa.index import words
from docqa.index.embedder import Embedder
from docqa.index.keywords import quoted
from docqa.index.semantics import Semantics
from docqa.ingest.sentences import sentences
from docqa.model import Passage
from docqa.store.store import Store

_LOOKED_AT = 5
"""Passages in the middle of a document among which a sentence is chosen."""
_PHRASE = 16
"""Words of it that are looked up, in their order."""
_FOUND_AMONG = 100
_ITSELF = 0.98
"""Cosine of a vector to itself, with room for its storing as float16."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence and the passage it is from."""

    passage: Passage
    sentence: str


class Proof:
    """Looks samples up. Any thread may use it."""

    def __init__(self, store: Store, embedder: Embedder, semantics: Semantics) -> None:
        self._store = store
        self._embedder = embedder
        self._semantics = semantics

    def sample(self, document_id: int) -> Sample | None:
        """The sentence with most different words of the middle of a document, None without text."""
        samples = _samples(self._store.passages.amid(document_id, _LOOKED_AT))
        return max(samples, key=lambda sample: len(set(words.split(sample.sentence))), default=None)

    def by_words(self, sample: Sample) -> bool:
        """Whether keyword search finds the sentence in its passage (or it has no words)."""
        phrase = " ".join(sample.sentence.split()[:_PHRASE])
        if not self._store.fulltext.terms([phrase])[0]:
            return True
        found = self._store.fulltext.match(
            quoted(phrase), documents=[sample.passage.document_id], limit=_FOUND_AMONG
        )
        ids = [id for id, _ in found]
        return sample.passage.id in ids or len(ids) == _FOUND_AMONG  # All of them have it.

    def by_meaning(self, sample: Sample) -> bool:
        """Whether search by vectors finds the passage where its own vector points.

        What is proved is the index and not the model, whose idea of a sentence is not exact.
        Raises DocqaError if the embedder's model is not there.
        """
        passage = sample.passage
        ids, rows = self._store.vectors.of("passage", self._embedder.identity, [passage.id])
        if not len(ids):
            return False
        shelf = self._semantics.passages()
        found = dict(shelf.search(rows[0], _FOUND_AMONG, [passage.document_id]))
        if passage.id in found:
            return found[passage.id] >= _ITSELF
        return len(found) == _FOUND_AMONG and min(found.values()) >= _ITSELF  # All are the same.


def _samples(passages: Iterable[Passage]) -> Iterable[Sample]:
    for passage in passages:
        for start, end in sentences(passage.text):
            yield Sample(passage, passage.text[start:end])
