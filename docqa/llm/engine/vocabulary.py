"""The vocabulary of a loaded model: text to tokens and back. Used in the child only."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from docqa.llm.formats.templates import Ends

_SENTENCEPIECE = 1


class Vocabulary:
    """Tokens of a model. ``native`` is llama_cpp's low-level module, ``model`` a loaded model."""

    def __init__(self, native: Any, model: Any) -> None:
        self._native = native
        self.native = native.llama_model_get_vocab(model)
        self._is_sentencepiece = native.llama_vocab_type(self.native) == _SENTENCEPIECE
        self._newline: list[int] | None = None

    @property
    def size(self) -> int:
        """Number of different tokens."""
        return int(self._native.llama_vocab_n_tokens(self.native))

    @property
    def bos(self) -> int:
        """The token that begins a text (-1: the model has none)."""
        return int(self._native.llama_vocab_bos(self.native))

    def ends(self) -> Ends:
        """The texts of the tokens that begin and end a text."""
        eos = int(self._native.llama_vocab_eos(self.native))
        return Ends(self._text(self.bos), self._text(eos))

    def _text(self, token: int) -> str:
        if token < 0:
            return "<s>"  # No such token; an empty text would match everywhere.
        text: bytes = self._native.llama_vocab_get_text(self.native, token)
        return text.decode("utf-8", "replace")

    def marker(self, text: str) -> int | None:
        """The single control token that ``text`` stands for, or None."""
        tokens = self._tokens(text, special=True)
        if len(tokens) == 1 and self._native.llama_vocab_is_control(self.native, tokens[0]):
            return tokens[0]
        return None

    def tokenize(self, text: str, *, fresh: bool = False) -> list[int]:
        """Tokens of plain text, in which no control token is ever recognised.

        ``fresh``: a word begins here, so that SentencePiece sets its blank in front.
        """
        if fresh or not self._is_sentencepiece or not text:
            return self._tokens(text)
        # Without a switch for that blank, put a newline in front, which takes the blank and melts
        # with nothing, and take both off again.
        if self._newline is None:
            self._newline = self._tokens("\n")
        tokens = self._tokens("\n" + text)
        width = len(self._newline)
        return tokens[width:] if tokens[:width] == self._newline else self._tokens(text)

    def _tokens(self, text: str, *, special: bool = False) -> list[int]:
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        while True:
            buffer = (self._native.llama_token * size)()
            count = self._native.llama_tokenize(
                self.native, data, len(data), buffer, size, False, special
            )
            if count >= 0:
                return list(buffer[:count])
            size = -count

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; nothing for control tokens."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = self._native.llama_token_to_piece(self.native, token, buffer, size, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def is_end(self, token: int) -> bool:
        """Whether a token ends the reply."""
        return bool(self._native.llama_vocab_is_eog(self.native, token))

    def silent_tokens(self) -> npt.NDArray[np.int64]:
        """Control tokens that do not end a reply: the model must never write them."""
        control = self._native.llama_vocab_is_control
        return np.array(
            [t for t in range(self.size) if control(self.native, t) and not self.is_end(t)],
            dtype=np.int64,
        )
