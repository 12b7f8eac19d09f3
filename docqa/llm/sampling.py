"""Choosing the next token from logits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from docqa.errors import DocqaError
from docqa.llm.grammar import Grammar, Logits

_LEAST_PROBABLE = 0.05
"""When sampling, tokens below this share of the best one's probability are left out."""


class Sampler:
    """Chooses the next token: the most probable one, or by chance; within a grammar if there is."""

    def __init__(
        self,
        temperature: float,
        seed: int,
        silent: npt.NDArray[np.int64],
        grammar: Grammar | None,
    ) -> None:
        self._temperature = temperature
        self._random = np.random.default_rng(seed)
        self._silent = silent
        self._grammar = grammar

    def next(self, logits: Logits) -> int:
        """Choose; the grammar is asked about one token first, about all only if that is refused."""
        logits[self._silent] = -np.inf
        token = self._choose(logits)
        if self._grammar is None or self._grammar.allows(token):
            return token
        allowed = self._grammar.masked(logits)
        if not np.isfinite(allowed).any():
            raise DocqaError("The grammar for the reply leads nowhere.")
        return self._choose(allowed)

    def accept(self, token: int) -> None:
        """Go on behind the token."""
        if self._grammar is not None:
            self._grammar.accept(token)

    def _choose(self, logits: Logits) -> int:
        if self._temperature <= 0:
            return int(logits.argmax())
        weights = np.exp((logits - logits.max()) / self._temperature)
        weights[weights < _LEAST_PROBABLE] = 0.0
        steps = np.cumsum(weights, dtype=np.float64)
        drawn = self._random.random() * steps[-1]
        return int(np.searchsorted(steps, drawn, side="right"))
