"""Likelihoods from a server that repeats a text with the log-probability of each of its tokens."""

from __future__ import annotations

from collections.abc import Sequence

from docqa.llm.base import Scores
from docqa.llm.remote.answers import Echo
from docqa.llm.remote.api import ServerApi
from docqa.llm.remote.side_by_side import each
from docqa.model import Usage
from docqa.process import Cancel, Urgency

_PATTERN = ", ".join(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday") * 3)
_PATTERN_END = 8
_LEAST_LIKELY = -3.0
"""Mean log-probability of the pattern's last tokens: -0.4 with the starter model where the numbers
are right and -10.3 where they are one token off; a model with random weights finds -6."""


class Rater:
    """Finds out once whether the server tells likelihoods that can be believed."""

    def __init__(self, api: ServerApi, at_a_time: int = 1) -> None:
        """``at_a_time`` is the number of requests that the server may get side by side."""
        self._api = api
        self._at_a_time = at_a_time
        self.is_offered = True
        """Whether it does, as far as is known by now."""
        self._is_believed = False

    def rate(
        self, shown: str, continuations: Sequence[str], model: str, urgency: Urgency, stop: Cancel
    ) -> Scores | None:
        """How likely each continuation of ``shown`` is, or None where the server does not tell."""
        if not self._is_believed:
            self._is_believed = self._makes_sense(model, urgency, stop)
        if not self._is_believed:
            self.is_offered = False
            return None
        base, *wholes = each(
            lambda text, order: self._api.echo(text, model, urgency, order),
            [shown, *(shown + continuation for continuation in continuations)],
            self._at_a_time,
            stop,
        )
        if base is None:
            self.is_offered = False
            return None
        return _scores(base, wholes)

    def _makes_sense(self, model: str, urgency: Urgency, stop: Cancel) -> bool:
        """Whether a pattern that goes on is found likely.

        A server that is one token off (llama_cpp.server is, with models whose texts have no token
        for the beginning) tells numbers that look right and are not.
        """
        echo = self._api.echo(_PATTERN, model, urgency, stop)
        if echo is None or len(echo.tokens) < 2 * _PATTERN_END:
            return False
        logs = [log for log in echo.logs[-_PATTERN_END:] if log is not None]
        return len(logs) == _PATTERN_END and sum(logs) / len(logs) > _LEAST_LIKELY


def _scores(base: Echo, wholes: Sequence[Echo | None]) -> Scores | None:
    totals, means, tokens = [], [], len(base.tokens)
    for whole in wholes:
        added = _added(base, whole) if whole is not None else None
        if whole is None or added is None:
            return None
        totals.append(sum(added))
        means.append(totals[-1] / max(1, len(added)))
        tokens += len(whole.tokens)
    return Scores(tuple(totals), tuple(means), Usage(tokens, 0, 0))


def _added(base: Echo, whole: Echo) -> list[float] | None:
    """The log-probabilities behind what both have in common; None if one is missing.

    By tokens, not by characters: a token may reach over the border, or be half a character.
    """
    common = 0
    for mine, theirs in zip(base.tokens, whole.tokens, strict=False):
        if mine != theirs:
            break
        common += 1
    logs = [log for log in whole.logs[common:] if log is not None]
    return logs if len(logs) == len(whole.logs) - common else None
