"""Ready means ready: a sentence of the document was found again through the index."""

from __future__ import annotations

from docqa.index.search import Search
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

_NOT_BY_WORDS = "Searching by words does not find its text; remove it and add it again."
_NOT_BY_MEANING = "Searching by meaning does not find its text; remove it and add it again."


class Readiness:
    """Proves that documents can be found, and mends the index where they cannot."""

    def __init__(self, store: Store, search: Search) -> None:
        self._store = store
        self._search = search

    def problem(self, document_id: int, cancel: Cancel) -> str | None:
        """Why the document is not ready, as a sentence; None if it is. It takes milliseconds.

        What is missing from the index is made anew first, once. Raises DocqaError if the embedder
        cannot be used, and Cancelled.
        """
        sample = self._search.proof.sample(document_id)
        if sample is None:
            return None
        proof = self._search.proof
        if not proof.by_words(sample):
            self._store.fulltext.rebuild()
            if not proof.by_words(sample):
                return _NOT_BY_WORDS
        if not proof.by_meaning(sample):
            self._put_up_again(document_id, cancel)
            if not proof.by_meaning(sample):
                self._embed_again(document_id, cancel)
                if not proof.by_meaning(sample):
                    return _NOT_BY_MEANING
        return None

    def _put_up_again(self, document_id: int, cancel: Cancel) -> None:
        """Read the vectors from the database once more, all of them where many are missing."""
        self._search.remove([document_id])
        self._search.refresh()
        for _ in self._search.rebuild():
            cancel.raise_if_set()

    def _embed_again(self, document_id: int, cancel: Cancel) -> None:
        self._search.remove([document_id])
        self._store.vectors.forget(document_id)
        for _ in self._search.index_passages(document_id, urgency=Urgency.READING, cancel=cancel):
            pass
