"""How much text the embedder is given at a time, so that nobody waits long for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_SECONDS = 0.09
"""What a call should take: a question waits for one call at most."""
_MOST_TEXTS = 64
_INERTIA = 0.7
_READ_CHARACTERS = 1300
"""About as much as 256 tokens hold: the model reads no more of a text."""
_TELLING = 800.0
"""Calls with less text than this say nothing about speed."""


class Pace:
    """Learns how much text the model reads in one short call on this computer just now."""

    def __init__(self, characters_per_second: float = 30_000.0) -> None:
        self.characters_per_second = characters_per_second

    def groups(self, order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
        """Cut ``order`` into groups, each as large as a short call allows at that moment.

        ``order`` lists indexes into ``lengths`` (characters), the shortest texts first.
        """
        group: list[int] = []
        for index in order:
            budget = _SECONDS * self.characters_per_second
            too_much = _cost(len(group) + 1, lengths[index]) > budget
            if group and (too_much or len(group) == _MOST_TEXTS):
                yield group
                group = []
            group.append(index)
        if group:
            yield group

    def learn(self, lengths: Sequence[int], seconds: float) -> None:
        """Take into account how long a call with texts of these lengths took."""
        cost = _cost(len(lengths), max(lengths, default=0))
        if cost >= _TELLING:
            speed = cost / max(seconds, 1e-4)
            old = self.characters_per_second
            self.characters_per_second = _INERTIA * old + (1 - _INERTIA) * speed


def _cost(count: int, longest: int) -> float:
    """Characters that the model reads, padding included, and a little for each text."""
    return count * (min(longest, _READ_CHARACTERS) + 40.0)
