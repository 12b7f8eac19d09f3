"""How much text the embedder's child computes at a time, so that nobody waits long for it."""

from __future__ import annotations

_SECONDS = 0.09
"""What a part should take: a question waits for the parts that are being computed, one a thread."""
_MOST, _LEAST = 512, 64
"""Tokens of a part: with 256 all takes 10 % longer, and with 2,048 only 3 % less than with 512."""
_INERTIA = 0.7
_TELLING = 100
"""A part with fewer tokens says nothing about speed."""


class Pace:
    """Learns how many tokens one thread computes in a short time on this computer just now."""

    def __init__(self, tokens_per_second: float = 3_000.0) -> None:
        self.tokens_per_second = tokens_per_second

    @property
    def tokens(self) -> int:
        """Of one part; a text that has more is computed alone."""
        return max(_LEAST, min(_MOST, int(_SECONDS * self.tokens_per_second)))

    def learn(self, tokens: int, seconds: float) -> None:
        """Take into account how long a part took."""
        if tokens >= _TELLING:
            speed = tokens / max(seconds, 1e-4)
            self.tokens_per_second = _INERTIA * self.tokens_per_second + (1 - _INERTIA) * speed
