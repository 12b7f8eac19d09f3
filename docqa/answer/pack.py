"""Packs the best passages into a token budget, for the model to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docqa.model import Hit

Count = Callable[[tuple[str, ...]], tuple[int, ...]]
"""The model's tokens of each text."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The passages that fit, best first, and the text of each as the model is shown it."""

    hits: tuple[Hit, ...]
    texts: tuple[str, ...]
    tokens: int


def pack(hits: Sequence[Hit], count: Count, budget: int) -> Packed:
    """Take passages, best first, as long as ``budget`` (tokens) lasts; the first is always taken.

    A passage that does not fit is left out and a shorter one behind it may still be taken.
    """
    texts = tuple(shown(hit) for hit in hits)
    chosen: list[int] = []
    total = 0
    for index, tokens in enumerate(count(texts) if texts else ()):
        if not chosen or total + tokens <= budget:
            chosen.append(index)
            total += tokens
    return Packed(tuple(hits[i] for i in chosen), tuple(texts[i] for i in chosen), total)


def shown(hit: Hit) -> str:
    """A passage as the model sees it: its text on one line after where it stands."""
    where = f"({hit.document}, page {hit.page}) " if hit.document else ""
    return where + " ".join(hit.text.split())
