"""Grammars for replies, in llama.cpp's GBNF: which tokens may come next."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from docqa.errors import DocqaError

Logits = npt.NDArray[np.float32]

_INVALID = "The grammar for the reply is not valid."
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Grammar:
    """Which tokens may come next; it holds native memory: :meth:`close` it."""

    def __init__(self, native: Any, vocabulary: Any, text: str) -> None:
        self._native = native
        # llama.cpp would take nothing for "no grammar", and a null byte for the grammar's end.
        if not text.strip() or "\0" in text:
            raise DocqaError(_INVALID)
        with _without_error_output():  # A syntax error would print the grammar into the log.
            sampler = native.llama_sampler_init_grammar(vocabulary, text.encode("utf-8"), b"root")
        if not sampler:
            raise DocqaError(_INVALID)
        self._sampler = sampler

    def close(self) -> None:
        """Give the memory back; nothing else may be called afterwards."""
        self._native.llama_sampler_free(self._sampler)

    def allows(self, token: int) -> bool:
        """Whether the token may come next."""
        return bool(np.isfinite(self.masked(np.array([token]), np.zeros(1, np.float32)))[0])

    def masked(self, tokens: npt.NDArray[np.int64], logits: Logits) -> Logits:
        """The tokens' logits with minus infinity for what may not come next.

        That takes milliseconds for a whole vocabulary.
        """
        candidates = np.zeros(len(tokens), dtype=_CANDIDATE)
        candidates["id"], candidates["logit"] = tokens, logits
        native = self._native
        array = native.llama_token_data_array(
            data=candidates.ctypes.data_as(native.llama_token_data_p),
            size=len(candidates),
            selected=-1,
            sorted=False,
        )
        native.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return np.ascontiguousarray(candidates["logit"])

    def accept(self, token: int) -> None:
        """Go on behind a token that is allowed (never an end token)."""
        self._native.llama_sampler_accept(self._sampler, token)


@contextmanager
def _without_error_output() -> Iterator[None]:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
