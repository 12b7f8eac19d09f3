"""How sure a mean is: intervals by drawing the same number of questions again and again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 20
_LEVEL = 0.95
_AT_ONCE = 1_000_000
"""Numbers drawn at once, so that memory stays small."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the mean lies with 95 % confidence, by what chance there is in the choice."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions; ``by_question`` as if all were chosen one by one.

    ``by_cluster``: as if documents (or groups) were chosen, each with all its questions, which is
    more honest where one document has many; None if all are of one.
    """

    value: float
    by_question: Interval
    by_cluster: Interval | None


def estimates(
    values: Values,
    clusters: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[Estimate]:
    """The mean of each column of ``values`` (n questions, m measures) with its intervals.

    ``clusters`` names what each question belongs to. The same ``seed`` gives the same intervals.
    Raises ValueError without questions, or if the lengths differ.
    """
    count = len(values)
    if not count or values.ndim != 2 or len(clusters) != count:
        raise ValueError(f"{len(clusters)} clusters for values of shape {values.shape}")
    single = _intervals(values, np.ones(count), resamples, seed)
    sums, sizes = _by_cluster(values, clusters)
    grouped: Sequence[Interval | None] = [None] * values.shape[1]
    if len(sizes) > 1:
        grouped = _intervals(sums, sizes, resamples, seed)
    return [
        Estimate(float(mean), one, other)
        for mean, one, other in zip(values.mean(axis=0), single, grouped, strict=True)
    ]


def _by_cluster(values: Values, clusters: Sequence[Hashable]) -> tuple[Values, Values]:
    """The sums (c, m) and sizes (c,) of the clusters, in the order in which they come."""
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    rows = np.array([numbers[cluster] for cluster in clusters])
    sums = np.zeros((len(numbers), values.shape[1]))
    np.add.at(sums, rows, values)
    return sums, np.bincount(rows, minlength=len(numbers)).astype(np.float64)


def _intervals(sums: Values, sizes: Values, resamples: int, seed: int) -> list[Interval]:
    means = np.concatenate(_resampled(sums, sizes, resamples, seed))
    tail = (1.0 - _LEVEL) / 2
    low, high = np.quantile(means, (tail, 1.0 - tail), axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def _resampled(sums: Values, sizes: Values, resamples: int, seed: int) -> list[Values]:
    """Means (r, m) of as many clusters as there are, drawn with repetition."""
    count = len(sizes)
    generator = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // count)
    parts = []
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        weights = times.astype(np.float64)
        parts.append((weights @ sums) / (weights @ sizes)[:, None])
    return parts
