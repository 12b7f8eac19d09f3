"""Choosing the next token from logits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from docqa.errors import DocqaError
from docqa.llm.engine.grammar import Grammar, Logits

_LEAST_PROBABLE = 0.05
"""When sampling, tokens below this share of the best one's probability are left out."""
_LIKELIEST = 256
"""Where a grammar refuses the best token, it is asked about so many at first: for a vocabulary of
49,152 that takes 0.4 ms instead of 4 ms, and one of them is nearly always allowed."""


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
        """Choose; the grammar is asked about one token first, then some, then all of them."""
        logits[self._silent] = -np.inf
        token = self._choose(logits)
        if self._grammar is None or self._grammar.allows(token):
            return token
        for tokens in self._candidates(logits):
            allowed = self._grammar.masked(tokens, logits[tokens])
            if np.isfinite(allowed).any():
                return int(tokens[self._choose(allowed)])
        raise DocqaError("The grammar for the reply leads nowhere.")

    def _candidates(self, logits: Logits) -> Iterator[npt.NDArray[np.int64]]:
        if len(logits) > _LIKELIEST:
            yield np.argpartition(logits, -_LIKELIEST)[-_LIKELIEST:]
        yield np.arange(len(logits))

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
