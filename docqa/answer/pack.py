"""Packs the best passages, and what completes them, into a token budget for the model to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from docqa.index.surroundings import table_heads
from docqa.model import Hit

Count = Callable[[tuple[str, ...]], tuple[int, ...]]
"""The model's tokens of each text."""

_GAP = 3
"""Characters between passages of a page that follow each other."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The passages that fit and the texts that the model is shown, both in reading order.

    Documents come in the order of their best passages. A text holds one passage, or several that
    follow each other on a page.
    """

    hits: tuple[Hit, ...]
    texts: tuple[str, ...]
    tokens: int


def pack(groups: Sequence[Sequence[Hit]], count: Count, budget: int) -> Packed:
    """Take passages, best first, as long as ``budget`` (tokens) lasts; the first is always taken.

    Each group is a passage found and what completes it: where that does not fit, the passage comes
    alone. One that does not fit is left out and a shorter one behind it may still be taken. The
    same text comes once.
    """
    chosen = _choose(groups, _Costs(groups, count), budget)
    while True:
        runs = _runs(chosen)
        texts = _texts(runs)
        tokens = sum(count(texts)) if texts else 0
        # What was added up can be a little less than what the texts have in one piece.
        if tokens <= budget or len(chosen) == 1:
            return Packed(tuple(hit for run in runs for hit in run), texts, tokens)
        chosen.pop()


class _Costs:
    """Tokens of passages and of what stands before them, counted all at once."""

    def __init__(self, groups: Sequence[Sequence[Hit]], count: Count) -> None:
        bodies = dict.fromkeys(_body(hit) for group in groups for hit in group)
        openings = dict.fromkeys(
            _opening(group[0], titled) for group in groups for titled in (True, False)
        )
        texts = (*bodies, *openings)
        self._tokens = dict(zip(texts, count(texts) if texts else (), strict=True))

    def of(self, hits: Sequence[Hit], titled: bool) -> int:
        """Of the first one with what stands before it, and of the others."""
        opening = self._tokens[_opening(hits[0], titled)]
        return opening + sum(self._tokens[_body(hit)] for hit in hits)


def _choose(groups: Sequence[Sequence[Hit]], costs: _Costs, budget: int) -> list[Hit]:
    chosen: list[Hit] = []
    bodies: set[str] = set()
    left = budget
    for hit, *completing in groups:
        if _body(hit) in bodies:
            continue
        new = [hit, *(one for one in completing if _body(one) not in bodies)]
        titled = all(hit.document_id != other.document_id for other in chosen)
        for wanted in (new, new[:1]):
            cost = costs.of(wanted, titled)
            if cost <= left or (not chosen and len(wanted) == 1):
                chosen += wanted
                bodies.update(map(_body, wanted))
                left -= cost
                break
    return chosen


def _runs(chosen: Iterable[Hit]) -> list[list[Hit]]:
    """The passages in reading order, those that follow each other together."""
    chosen = list(chosen)
    documents = list(dict.fromkeys(hit.document_id for hit in chosen))
    runs: list[list[Hit]] = []
    for hit in sorted(
        chosen, key=lambda hit: (documents.index(hit.document_id), hit.page, hit.start)
    ):
        if runs and _follows(runs[-1][-1], hit):
            runs[-1].append(hit)
        else:
            runs.append([hit])
    return runs


def _follows(first: Hit, second: Hit) -> bool:
    same_page = (first.document_id, first.page) == (second.document_id, second.page)
    return same_page and 0 <= second.start - first.end <= _GAP


def _texts(runs: Sequence[Sequence[Hit]]) -> tuple[str, ...]:
    """What the model is shown; the title only at the first text of each document."""
    seen: set[int] = set()
    texts = []
    for run in runs:
        texts.append(shown(run, titled=run[0].document_id not in seen))
        seen.add(run[0].document_id)
    return tuple(texts)


def shown(hits: Sequence[Hit], *, titled: bool = True) -> str:
    """Passages that follow each other as the model sees them, after where they stand."""
    return _opening(hits[0], titled) + " ".join(map(_body, hits))


def _opening(hit: Hit, titled: bool) -> str:
    """Where a passage stands, and the heads of the columns if it begins inside of a table."""
    if not hit.document:
        return ""
    where = f"{hit.document}, page {hit.page}" if titled else f"page {hit.page}"
    heads = table_heads(hit)
    return f"({where}; columns: {heads}) " if heads else f"({where}) "


def _body(hit: Hit) -> str:
    return " ".join(hit.text.split())
