"""Which documents a question names: by words of their titles and file names."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Sequence
from pathlib import PurePath

from docqa.index import words
from docqa.store.store import Store

_ENOUGH = 1.0
"""Rarity (natural logarithm) of the words in common from which a name is taken seriously."""

_KEPT_SECONDS = 10.0


class DocumentNames:
    """The names of all documents, as stems; kept for seconds, or until :meth:`forget`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._names: dict[int, frozenset[str]] | None = None
        self._until = 0.0

    def forget(self) -> None:
        """Documents came, went or were named anew: look again next time."""
        with self._lock:
            self._names = None

    def named(self, question: str, documents: Sequence[int] | None = None) -> dict[int, float]:
        """How far (0 to 1) the question names each document, compared with all the others.

        Words that all names have, or none, say nothing. Only documents above 0 are told, and
        only of ``documents`` (None: all).
        """
        names = self._known()
        if documents is not None:
            names = {id: names[id] for id in documents if id in names}
        if len(names) < 2:
            return {}
        scores = dict.fromkeys(names, 0.0)
        for forms in self._asked(question):
            having = [id for id, stems in names.items() if forms & stems]
            if having:
                rarity = math.log(len(names) / len(having))
                for id in having:
                    scores[id] += rarity
        most = max(*scores.values(), _ENOUGH)
        return {id: score / most for id, score in scores.items() if score > 0}

    def _asked(self, question: str) -> list[set[str]]:
        """The forms that each word may have in a name; neighbours also in one word."""
        asked = words.content_words(question)
        joined = [one.text + other.text for one, other in itertools.pairwise(asked)]
        stems = self._store.fulltext.terms([*(word.text for word in asked), *joined])
        variants = [word.variants for word in asked] + [()] * len(joined)
        return [{*found, *more} for found, more in zip(stems, variants, strict=True)]

    def _known(self) -> dict[int, frozenset[str]]:
        with self._lock:
            if self._names is None or time.monotonic() > self._until:
                documents = self._store.documents.all()
                texts = [f"{d.title} {PurePath(d.path).stem}" for d in documents]
                stems = self._store.fulltext.terms(texts)
                self._names = {
                    document.id: frozenset(found)
                    for document, found in zip(documents, stems, strict=True)
                }
                self._until = time.monotonic() + _KEPT_SECONDS
            return self._names
