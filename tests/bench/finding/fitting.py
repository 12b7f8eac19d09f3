"""Chooses settings without looking at what they are judged by: one group is left out each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Setting = TypeVar("Setting")


@dataclass(frozen=True, slots=True)
class Fitted(Generic[Setting]):
    """``value``: the mean over all questions, each judged by the setting its group was fitted with.

    ``chosen`` is that setting by group, and ``best`` the one that all questions together choose,
    whose mean ``optimistic`` is too good by what was fitted to chance.
    """

    value: float
    chosen: dict[str, Setting]
    best: Setting
    optimistic: float


def leave_one_out(
    results: Mapping[Setting, Sequence[float]], groups: Sequence[str]
) -> Fitted[Setting]:
    """``results``: by setting what each question scored (1 found, 0 not); ``groups``: whose it is.

    Of settings that are as good the first counts, so begin with the simplest. Raises ValueError
    without settings, with fewer than two groups, or if a length differs.
    """
    if not results or len(set(groups)) < 2:
        raise ValueError("give settings, and questions of two groups at least")
    if any(len(scores) != len(groups) for scores in results.values()):
        raise ValueError("each setting needs one score for each question")
    chosen = {
        group: _best(results, (i for i, one in enumerate(groups) if one != group))
        for group in dict.fromkeys(groups)
    }
    best = _best(results, range(len(groups)))
    scores = judged(results, groups, chosen)
    return Fitted(sum(scores) / len(groups), chosen, best, sum(results[best]) / len(groups))


def judged(
    results: Mapping[Setting, Sequence[float]],
    groups: Sequence[str],
    chosen: Mapping[str, Setting],
) -> list[float]:
    """What each question scored with the setting that was ``chosen`` for its group."""
    return [results[chosen[group]][i] for i, group in enumerate(groups)]


def _best(results: Mapping[Setting, Sequence[float]], questions: Iterable[int]) -> Setting:
    counted = list(questions)
    return max(results, key=lambda setting: sum(results[setting][i] for i in counted))
