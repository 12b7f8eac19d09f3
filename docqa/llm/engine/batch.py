"""What llama.cpp computes in one go: tokens of one or several sequences. Used in the child only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens to append to a sequence; logits are wanted for the last ``wanted`` of them."""

    sequence: int
    tokens: Sequence[int]
    wanted: int = 1


class Batch:
    """A reusable llama_batch of ``size`` tokens, filled through views of its memory."""

    def __init__(self, native: Any, size: int) -> None:
        self.native = native.llama_batch_init(size, 0, 1)
        self._size = size
        self._token = np.ctypeslib.as_array(self.native.token, (size,))
        self._position = np.ctypeslib.as_array(self.native.pos, (size,))
        self._wanted = np.ctypeslib.as_array(self.native.logits, (size,))
        for index in range(size):
            self.native.n_seq_id[index] = 1

    def fill(self, parts: Sequence[Part], lengths: Sequence[int]) -> list[int]:
        """Set the parts; ``lengths``: how long each one's sequence is. Returns where each ends."""
        at = 0
        ends = []
        for part, length in zip(parts, lengths, strict=True):
            end = at + len(part.tokens)
            self._token[at:end] = part.tokens
            self._position[at:end] = np.arange(length, length + end - at)
            self._wanted[at:end] = 0
            self._wanted[end - part.wanted : end] = 1
            for index in range(at, end):
                self.native.seq_id[index][0] = part.sequence
            ends.append(end)
            at = end
        self.native.n_tokens = at
        return ends


def split(parts: Sequence[Part], size: int) -> list[list[Part]]:
    """Cut parts into batches of at most ``size`` tokens; what is wanted comes all in the last.

    Only there are its logits still at hand when everything is computed. Raises ValueError when
    more is wanted than fits.
    """
    if sum(part.wanted for part in parts) > size:
        raise ValueError("more logits are wanted than a batch has tokens")
    surplus = max(0, sum(len(part.tokens) for part in parts) - size)
    early, last = [], []
    for part in parts:
        cut = min(surplus, len(part.tokens) - part.wanted)
        surplus -= cut
        early += [
            Part(part.sequence, part.tokens[at : min(at + size, cut)], 0)
            for at in range(0, cut, size)
        ]
        last.append(Part(part.sequence, part.tokens[cut:], part.wanted))
    return [*([part] for part in early), last]
