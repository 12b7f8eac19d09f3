"""llama.cpp by its low-level bindings: tokens in, logits out. Used in the child only.

The only importer of llama_cpp. One context, whose sequence 0 holds the tokens in :attr:`held`;
whatever fails or is stopped, ``held`` says what the cache really contains.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from docqa.errors import Cancelled, DocqaError
from docqa.llm.grammar import Grammar, Logits

_BATCH = 512
_MICRO_BATCH = 256
MOST_OUTPUTS = 32
"""Tokens of one batch whose logits are wanted: each takes four bytes times the vocabulary."""

_ABORTED = 2
_WARNING, _ERROR, _CONTINUED = 3, 4, 5
_SENTENCEPIECE = 1


class Llama:
    """A loaded model with one context."""

    def __init__(self, path: Path, context: int, threads: int) -> None:
        """Load; ``context`` is in tokens (at most what the model was trained for is used).

        Raises DocqaError when llama.cpp refuses the file or has no memory for the context.
        """
        os.environ["GGML_NO_BACKTRACE"] = "1"  # It would start a debugger on an assertion.
        import llama_cpp.llama_cpp as native

        self._native: Any = native
        self._log = _Log()
        self._log_callback = native.llama_log_callback(self._log)  # llama.cpp keeps a pointer only.
        native.llama_log_set(self._log_callback, ctypes.c_void_p(0))
        native.llama_backend_init()
        self._model = self._load(path)
        self._vocabulary = native.llama_model_get_vocab(self._model)
        self._is_sentencepiece = native.llama_vocab_type(self._vocabulary) == _SENTENCEPIECE
        self._newline: list[int] | None = None
        self._context = self._create_context(context, threads)
        self._memory = native.llama_get_memory(self._context)
        self._batch = _Batch(native.llama_batch_init(_BATCH, 0, 1))
        self._row = ctypes.c_float * self.vocabulary_size
        self.held: list[int] = []

    def _load(self, path: Path) -> Any:
        model = self._native.llama_model_load_from_file(
            os.fsencode(path), self._native.llama_model_default_params()
        )
        if not model:
            raise DocqaError(
                f"The model {path.name} cannot be loaded: it is damaged, incomplete or of a kind "
                "that this llama.cpp does not know; download it again or choose another one."
            )
        return model

    def _create_context(self, context: int, threads: int) -> Any:
        parameters = self._native.llama_context_default_params()
        trained = self._native.llama_model_n_ctx_train(self._model)
        parameters.n_ctx = min(context, trained) if trained > 0 else context
        parameters.n_batch, parameters.n_ubatch = _BATCH, _MICRO_BATCH
        parameters.n_outputs_max = MOST_OUTPUTS
        parameters.n_seq_max = 1
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.flash_attn_type = self._native.LLAMA_FLASH_ATTN_TYPE_ENABLED
        created = self._native.llama_init_from_model(self._model, parameters)
        if not created:
            raise DocqaError(
                "There is not enough memory for the language model; close other programs "
                "or choose a smaller model."
            )
        return created

    def stop_at(self, flag: int) -> None:
        """Abort any decoding while the C string at address ``flag`` is not empty.

        llama.cpp asks ``strlen`` itself, so that it needs no Python in the middle of a prefill.
        """
        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        callback = ctypes.cast(library.strlen, self._native.ggml_abort_callback)
        self._abort_callback = callback
        self._native.llama_set_abort_callback(self._context, callback, ctypes.c_void_p(flag))
        self._log.is_stopping = lambda: bool(ctypes.c_byte.from_address(flag).value)

    # -- vocabulary ----------------------------------------------------------------------------

    @property
    def context(self) -> int:
        """Tokens that fit."""
        return int(self._native.llama_n_ctx(self._context))

    @property
    def vocabulary_size(self) -> int:
        """Number of different tokens."""
        return int(self._native.llama_vocab_n_tokens(self._vocabulary))

    @property
    def bos(self) -> int:
        """The token that begins a text (-1: the model has none)."""
        return int(self._native.llama_vocab_bos(self._vocabulary))

    def marker(self, text: str) -> int | None:
        """The single control token that ``text`` stands for, or None."""
        tokens = self._tokens(text, special=True)
        if len(tokens) == 1 and self._native.llama_vocab_is_control(self._vocabulary, tokens[0]):
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
                self._vocabulary, data, len(data), buffer, size, False, special
            )
            if count >= 0:
                return list(buffer[:count])
            size = -count

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; nothing for control tokens."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = self._native.llama_token_to_piece(
                self._vocabulary, token, buffer, size, 0, False
            )
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def is_end(self, token: int) -> bool:
        """Whether a token ends the reply."""
        return bool(self._native.llama_vocab_is_eog(self._vocabulary, token))

    def silent_tokens(self) -> npt.NDArray[np.int64]:
        """Control tokens that do not end a reply: the model must never write them."""
        control, size = self._native.llama_vocab_is_control, self.vocabulary_size
        return np.array(
            [t for t in range(size) if control(self._vocabulary, t) and not self.is_end(t)],
            dtype=np.int64,
        )

    # -- decoding ------------------------------------------------------------------------------

    def keep(self, length: int) -> None:
        """Forget everything behind the first ``length`` tokens of the sequence."""
        if length < len(self.held):
            self._native.llama_memory_seq_rm(self._memory, 0, length, -1)
            del self.held[length:]

    def decode(self, tokens: Sequence[int], *, all_logits: bool = False) -> None:
        """Append tokens to the sequence; logits are kept for the last one, or for all (of ≤ 32).

        Raises Cancelled when the flag of :meth:`stop_at` was set meanwhile.
        """
        if all_logits and len(tokens) > MOST_OUTPUTS:
            raise ValueError("too many tokens to keep the logits of all")
        for start in range(0, len(tokens), _BATCH):
            chunk = tokens[start : start + _BATCH]
            last = start + _BATCH >= len(tokens)
            wanted = len(chunk) if all_logits else int(last)
            self._batch.fill(chunk, len(self.held), wanted)
            self._submit(chunk)

    def _submit(self, chunk: Sequence[int]) -> None:
        status = self._native.llama_decode(self._context, self._batch.native)
        if status == 0:
            self.held.extend(chunk)
            return
        # What was computed before the failure stays in the cache and counts.
        before = len(self.held)
        reached = self._native.llama_memory_seq_pos_max(self._memory, 0) + 1
        self.held.extend(chunk[: max(0, reached - before)])
        self._native.llama_memory_seq_rm(self._memory, 0, len(self.held), -1)
        if status == _ABORTED:
            raise Cancelled
        raise RuntimeError(f"llama_decode returned {status}")

    def logits(self, index: int = -1) -> Logits:
        """A view (no copy) of the logits at a token of the last batch; valid until the next one."""
        pointer = self._native.llama_get_logits_ith(self._context, index)
        address = ctypes.addressof(pointer.contents)
        return np.frombuffer(memoryview(self._row.from_address(address)), dtype=np.float32)

    def grammar(self, text: str) -> Grammar:
        """A grammar in GBNF with the rule ``root``; raises DocqaError if it is not valid."""
        return Grammar(self._native, self._vocabulary, text)


class _Batch:
    """A reusable llama_batch, filled through views of its memory."""

    def __init__(self, native: Any) -> None:
        self.native = native
        self._token = np.ctypeslib.as_array(native.token, (_BATCH,))
        self._position = np.ctypeslib.as_array(native.pos, (_BATCH,))
        self._wanted = np.ctypeslib.as_array(native.logits, (_BATCH,))
        for index in range(_BATCH):
            native.n_seq_id[index] = 1
            native.seq_id[index][0] = 0

    def fill(self, tokens: Sequence[int], position: int, wanted: int) -> None:
        """Set the tokens from ``position`` on; logits are wanted for the last ``wanted``."""
        count = len(tokens)
        self.native.n_tokens = count
        self._token[:count] = tokens
        self._position[:count] = np.arange(position, position + count)
        self._wanted[:count] = 0
        self._wanted[count - wanted : count] = 1


class _Log:
    """Passes llama.cpp's warnings and errors on to the log file, nothing else."""

    def __init__(self) -> None:
        self.is_stopping: Callable[[], bool] = bool
        """While this is true, complaints about the abort that was ordered are left out."""
        self._passing = False

    def __call__(self, level: int, text: bytes, _: object) -> None:
        if level != _CONTINUED:
            self._passing = level in (_WARNING, _ERROR) and not self.is_stopping()
        if self._passing:
            sys.stderr.write(text.decode("utf-8", "replace"))
