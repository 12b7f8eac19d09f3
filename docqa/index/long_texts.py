"""Texts that are longer than an embedding model reads: cut into windows, whose vectors are joined.

Without that a model would leave out the end of a text without a word. Passages fit the model that
was in use when they were read; another one may make more tokens of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Part = tuple[list[int], NDArray[np.float32]]
"""Indexes of some texts, and their unit rows."""


@dataclass(frozen=True, slots=True)
class Window:
    """So much of the text with the index ``owner`` as the model reads at once.

    ``tokens`` are those of the ``prompt`` too, and the special ones; ``text`` is without it.
    """

    owner: int
    text: str
    tokens: list[int]
    prompt: str = ""


class Windows:
    """Cuts texts by a model's tokenizer."""

    def __init__(self, tokenizer: Any, most: int) -> None:
        """``most``: tokens that the model reads at once, special ones included."""
        self._tokenizer = tokenizer
        self._most = most

    def cut(self, texts: Sequence[str], prompt: str) -> list[Window]:
        """The windows of the texts, in their order: mostly one each."""
        if not texts:
            return []
        windows: list[Window] = []
        for owner, tokens in enumerate(self._tokens(texts, prompt)):
            if len(tokens) <= self._most:
                windows.append(Window(owner, texts[owner], tokens, prompt))
                continue
            parts = self._parts(texts[owner], prompt)
            for part, found in zip(parts, self._tokens(parts, prompt, True), strict=True):
                windows.append(Window(owner, part, found, prompt))
        return windows

    def _tokens(self, texts: Sequence[str], prompt: str, truncated: bool = False) -> Any:
        whole = [(prompt + text).strip() for text in texts]
        if truncated:
            found = self._tokenizer(whole, truncation=True, max_length=self._most)
        else:
            found = self._tokenizer(whole, truncation=False, verbose=False)
        return found["input_ids"]

    def _parts(self, text: str, prompt: str) -> list[str]:
        """A text in parts of about the same number of tokens, each with room for the prompt."""
        encoded = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        spans = encoded["offset_mapping"]
        room = max(1, self._most - len(self._tokens([""], prompt)[0]))
        each = math.ceil(len(spans) / math.ceil(len(spans) / room))
        starts = [spans[first][0] for first in range(0, len(spans), each)]
        return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


class Joining:
    """Takes the vectors of windows and gives those of texts, as soon as a text is complete."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._left: dict[int, int] = {}
        self._sums: dict[int, NDArray[np.float32]] = {}
        for window in windows:
            self._left[window.owner] = self._left.get(window.owner, 0) + 1
        self._whole = all(count == 1 for count in self._left.values())

    def add(self, part: Part) -> Iterator[Part]:
        """Yield the unit rows of the texts that are complete now.

        A text's vector points to the mean of its windows' vectors, weighted by their tokens.
        """
        indexes, rows = part
        owners = [self._windows[index].owner for index in indexes]
        if self._whole:
            yield owners, rows
            return
        done = []
        for index, owner, row in zip(indexes, owners, rows, strict=True):
            weighted = row * len(self._windows[index].tokens)
            self._sums[owner] = self._sums.get(owner, 0.0) + weighted
            self._left[owner] -= 1
            if not self._left[owner]:
                done.append(owner)
        if done:
            sums = np.stack([self._sums.pop(owner) for owner in done])
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            yield done, (sums / np.maximum(lengths, 1e-12)).astype(np.float32)
