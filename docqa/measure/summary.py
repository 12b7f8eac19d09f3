"""From single questions to shares, gains and seconds, with how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docqa.measure.bootstrap import Estimate, Values, estimates
from docqa.measure.ranks import CUTS, Ranks, within
from docqa.measure.retrieval import Arm, Asked, Method

GAIN_CUT = 5
"""Gains are told for the first so many passages."""


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """How good one way to search is: shares of questions with a wanted page in the first 1 to 10.

    ``passages`` looks at the first so many passages, ``pages`` at the first so many distinct pages,
    which is the milder of the two; ``mrr`` is the mean of 1 / place among the pages.
    """

    arm: Arm
    questions: int
    passages: dict[int, Estimate]
    pages: dict[int, Estimate]
    mrr: Estimate


@dataclass(frozen=True, slots=True)
class Gain:
    """What one way adds to the share of another, question by question, in the first 5 passages."""

    arm: Arm
    over: Method
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole result; ``median`` and ``slow`` (95th percentile) are seconds of a search."""

    arms: tuple[ArmSummary, ...]
    gains: tuple[Gain, ...]
    median: float
    slow: float


def summarise(asked: Sequence[Asked], seconds: Sequence[float]) -> Summary:
    """Sum up questions (one at least), which were all asked in the same ways."""
    arms = tuple(asked[0].ranks)
    return Summary(
        tuple(summarise_arm(asked, arm) for arm in arms),
        tuple(
            gain(asked, arm, over)
            for arm in arms
            for over in ("keywords", "meaning")
            if arm.method == "both" and Arm(arm.scope, over) in arms
        ),
        float(np.quantile(seconds, 0.5)),
        float(np.quantile(seconds, 0.95)),
    )


def summarise_arm(asked: Sequence[Asked], arm: Arm) -> ArmSummary:
    """Shares and reciprocal places of one way to search."""
    values = np.array([_measures(one.ranks[arm]) for one in asked])
    found = estimates(values, _clusters(asked))
    count = len(CUTS)
    return ArmSummary(
        arm,
        len(asked),
        dict(zip(CUTS, found[:count], strict=True)),
        dict(zip(CUTS, found[count : 2 * count], strict=True)),
        found[-1],
    )


def gain(asked: Sequence[Asked], arm: Arm, over: Method, cut: int = GAIN_CUT) -> Gain:
    """The paired difference of two ways in the same scope."""
    other = Arm(arm.scope, over)
    differences = [
        within(one.ranks[arm].passage, cut) - within(one.ranks[other].passage, cut) for one in asked
    ]
    column: Values = np.array(differences, np.float64)[:, None]
    return Gain(arm, over, estimates(column, _clusters(asked))[0])


def _measures(found: Ranks) -> list[float]:
    return [
        *(within(found.passage, cut) for cut in CUTS),
        *(within(found.page, cut) for cut in CUTS),
        found.reciprocal,
    ]


def _clusters(asked: Sequence[Asked]) -> list[str]:
    return [one.question.cluster for one in asked]
