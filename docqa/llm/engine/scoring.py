"""Rates how likely continuations are: several of them in one go. Used in the child only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from docqa.llm.engine.batch import Part
from docqa.llm.engine.grammar import Logits
from docqa.llm.engine.llama import BRANCHES, Llama
from docqa.llm.machine.batches import MOST_OUTPUTS

_Continuation = tuple[int, Sequence[int]]


def score(
    llama: Llama, sequence: int, continuations: Sequence[Sequence[int]], first: Logits, free: int
) -> list[float]:
    """Log-probability of each continuation (its tokens) after what ``sequence`` holds.

    ``first`` are the logits behind that, ``free`` the cells for continuations. Logits are computed
    only where a token of a continuation follows. Raises Cancelled.
    """
    opening = log_probabilities(first)
    totals = [float(opening[tokens[0]]) if tokens else 0.0 for tokens in continuations]
    behind = [(index, tokens) for index, tokens in enumerate(continuations) if len(tokens) > 1]
    for group in _groups(behind, min(free, MOST_OUTPUTS)):
        for (index, _), total in zip(group, _behind_first(llama, sequence, group), strict=True):
            totals[index] += total
    return totals


def log_probabilities(logits: Logits) -> npt.NDArray[np.float64]:
    """The logarithm of the probability of every token."""
    shifted = logits.astype(np.float64) - float(logits.max())
    result: npt.NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result


def _groups(continuations: Sequence[_Continuation], most: int) -> Iterator[list[_Continuation]]:
    """Continuations of ``most`` tokens together; one that is longer goes alone."""
    group: list[_Continuation] = []
    wanted = 0
    for index, tokens in continuations:
        length = len(tokens) - 1
        if group and (len(group) == len(BRANCHES) or wanted + length > most):
            yield group
            group, wanted = [], 0
        group.append((index, tokens))
        wanted += length
    if group:
        yield group


def _behind_first(llama: Llama, sequence: int, group: Sequence[_Continuation]) -> list[float]:
    """For each continuation, the sum over its tokens behind the first one."""
    length = len(llama.held(sequence))
    totals = [0.0] * len(group)
    try:
        for branch in BRANCHES[: len(group)]:
            llama.copy(sequence, branch, length)
        longest = max(len(tokens) for _, tokens in group) - 1
        # Only a continuation that is alone is longer than one batch.
        for start in range(0, longest, MOST_OUTPUTS):
            parts = [
                Part(branch, shown, len(shown))
                for branch, (_, tokens) in zip(BRANCHES, group, strict=False)
                for shown in [tokens[:-1][start : start + MOST_OUTPUTS]]
            ]
            for number, place in enumerate(llama.decode(parts)):
                shown = parts[number].tokens
                expected = group[number][1][start + 1 : start + 1 + len(shown)]
                for offset, token in enumerate(expected):
                    row = llama.logits(place - len(shown) + 1 + offset)
                    totals[number] += float(log_probabilities(row)[token])
    finally:
        for branch in BRANCHES[: len(group)]:
            llama.keep(branch, 0)
    return totals
