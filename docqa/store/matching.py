"""Finds the passages of a document that are still there when its file was read anew."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence

from docqa.model import Passage

_LIKENESS: tuple[Callable[[Passage], Hashable], ...] = (
    lambda passage: (passage.text, passage.page, passage.start, passage.context),
    lambda passage: (passage.text, passage.context),
    lambda passage: (passage.text, passage.page),
    lambda passage: passage.text,
)
"""What two passages have in common, the closest first."""


def pair(old: Sequence[Passage], new: Sequence[Passage]) -> list[Passage | None]:
    """For each of ``new`` the one of ``old`` that has its text, None if there is none.

    None of ``old`` is taken twice. Of several with one text the one with the same place or context
    is taken, else the first in the order given.
    """
    found: list[Passage | None] = [None] * len(new)
    free = {passage.id: passage for passage in old}
    for likeness in _LIKENESS:
        waiting: dict[Hashable, deque[Passage]] = defaultdict(deque)
        for passage in free.values():
            waiting[likeness(passage)].append(passage)
        for index, passage in enumerate(new):
            alike = waiting.get(likeness(passage)) if found[index] is None else None
            if alike:
                match = alike.popleft()
                found[index] = match
                del free[match.id]
    return found
