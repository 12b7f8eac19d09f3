"""Where the wanted page stands in what was found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from docqa.model import Hit

CUTS = (1, 3, 5, 10)
"""The first so many are looked at."""

PageKey = tuple[int, int]
"""A document's id and a page (1-based)."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """The place (1 is first) of the first passage on a wanted page; None: it was not found.

    ``page`` counts the distinct pages of the passages, in their order, so it is never more than
    ``passage``.
    """

    passage: int | None
    page: int | None

    @property
    def reciprocal(self) -> float:
        """1 divided by the place among the pages; 0 if it was not found."""
        return 0.0 if self.page is None else 1.0 / self.page


def ranks(hits: Sequence[Hit], wanted: Collection[PageKey]) -> Ranks:
    """Where the first of the ``wanted`` pages stands among the ``hits``."""
    keys = [(hit.document_id, hit.page) for hit in hits]
    return Ranks(_first(keys, wanted), _first(list(dict.fromkeys(keys)), wanted))


def within(rank: int | None, cut: int) -> float:
    """1 if the place is among the first ``cut``, else 0."""
    return 1.0 if rank is not None and rank <= cut else 0.0


def _first(keys: Sequence[PageKey], wanted: Collection[PageKey]) -> int | None:
    return next((place for place, key in enumerate(keys, 1) if key in wanted), None)
