"""llama.cpp by its low-level bindings: tokens in, logits out. Used in the child only.

One context holds several sequences in one common store of cells: :data:`ASKING` and
:data:`PREPARING` keep what was read last for each of them, :data:`BRANCHES` are short-lived
continuations that share the cells of what they continue. Whatever fails or is stopped,
:meth:`Llama.held` says what the store really contains.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from docqa.errors import Cancelled, DocqaError
from docqa.llm.engine.batch import Batch, Part, split
from docqa.llm.engine.grammar import Grammar, Logits
from docqa.llm.engine.native import load_library, log
from docqa.llm.engine.vocabulary import Vocabulary
from docqa.llm.machine.batches import BATCH, MICRO_BATCH, MOST_OUTPUTS
from docqa.llm.machine.placement import Placement, apply
from docqa.llm.machine.threads import ThreadPlan

ASKING, PREPARING = 0, 1
BRANCHES = tuple(range(2, 18))
"""Replies are written in up to so many of them in step: llama.cpp's fast kernels on processors
take 16 rows at a time, and fewer go through slower ones (see tests/bench)."""

_ABORTED = 2
_CACHE_TYPES = {"f16": 1, "q8_0": 8}
CacheType = Literal["f16", "q8_0"]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a model is run: ``context`` tokens for each sequence, ``cells`` tokens for all.

    ``cells`` is raised to the context where it is less. ``lay_out_anew``: see
    docqa.llm.machine.kernels.
    """

    context: int
    cells: int = 0
    threads: ThreadPlan = field(default_factory=lambda: ThreadPlan(1, 1))
    cache: CacheType = "f16"
    placement: Placement = field(default_factory=Placement)
    lay_out_anew: bool = True


class Watcher(Protocol):
    """Is told about each batch: it may set threads before, and look at the clock behind it."""

    def begin(self, tokens: int) -> None:
        """So many tokens are about to be computed."""

    def end(self, tokens: int) -> None:
        """They were computed, or the attempt failed."""


class Unwatched:
    """Nobody wants to know."""

    def begin(self, tokens: int) -> None:
        """Nothing."""

    def end(self, tokens: int) -> None:
        """Nothing."""


class Llama:
    """A loaded model with one context of several sequences."""

    def __init__(self, path: Path, setting: Setting, stop: int | None = None) -> None:
        """Load. Raises DocqaError when llama.cpp refuses the file or has no memory for it.

        ``stop`` is as for :meth:`stop_at`; loading stops then as well, and raises Cancelled.
        """
        self._native = load_library()
        self._model = self._load(path, setting, stop)
        self.vocabulary = Vocabulary(self._native, self._model)
        trained = int(self._native.llama_model_n_ctx_train(self._model))
        self.context = min(setting.context, trained) if trained > 0 else setting.context
        self._context = self._create_context(setting)
        self._memory = self._native.llama_get_memory(self._context)
        self.parameters = f"cache {setting.cache}, flash attention, unified, {self.cells} cells"
        """What decides about a saved state's content: some models turn positions by the cells."""
        self._batch = Batch(self._native, BATCH)
        self._row = ctypes.c_float * self.vocabulary.size
        self._held: list[list[int]] = [[] for _ in range(BRANCHES[-1] + 1)]
        self._watcher: Watcher = Unwatched()
        if stop is not None:
            self.stop_at(stop)

    def _load(self, path: Path, setting: Setting, stop: int | None) -> Any:
        parameters = self._native.llama_model_default_params()
        self._kept = apply(self._native, parameters, setting.placement)
        parameters.use_extra_bufts = setting.lay_out_anew
        if setting.lay_out_anew and setting.placement.device is None:
            # Of a mapped file, the weights would lie in memory twice.
            parameters.load_mode = self._native.LLAMA_LOAD_MODE_NONE
        goes_on = self._native.llama_progress_callback(lambda *_: stop is None or not _is_set(stop))
        parameters.progress_callback = goes_on
        model = self._native.llama_model_load_from_file(os.fsencode(path), parameters)
        if not model:
            if stop is not None and _is_set(stop):
                raise Cancelled
            raise DocqaError(
                f"The model {path.name} cannot be loaded: it is damaged, incomplete or of a kind "
                "that this llama.cpp does not know; download it again or choose another one."
            )
        native = self._native
        if native.llama_model_is_recurrent(model) or native.llama_model_is_hybrid(model):
            native.llama_model_free(model)
            raise DocqaError(
                f"The model {path.name} is of a kind that cannot go back to an earlier place in a "
                "text, which docqa needs; choose another one."
            )
        return model

    def _create_context(self, setting: Setting) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = max(self.context, setting.cells)
        parameters.n_batch, parameters.n_ubatch = BATCH, MICRO_BATCH
        parameters.n_outputs_max = MOST_OUTPUTS
        parameters.n_seq_max = BRANCHES[-1] + 1
        parameters.kv_unified = True
        parameters.n_threads = setting.threads.decoding
        parameters.n_threads_batch = setting.threads.prefill
        parameters.type_k = parameters.type_v = _CACHE_TYPES[setting.cache]
        parameters.flash_attn_type = self._native.LLAMA_FLASH_ATTN_TYPE_ENABLED
        created = self._native.llama_init_from_model(self._model, parameters)
        if not created:
            self._native.llama_model_free(self._model)
            raise DocqaError(
                "There is not enough memory for the language model; close other programs "
                "or choose a smaller model."
            )
        return created

    def close(self) -> None:
        """Give the memory back; nothing else may be called afterwards."""
        self._native.llama_free(self._context)
        self._native.llama_model_free(self._model)

    def stop_at(self, flag: int) -> None:
        """Abort any decoding while the C string at address ``flag`` is not empty.

        llama.cpp asks ``strlen`` itself, so that it needs no Python in the middle of a prefill.
        """
        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        callback = ctypes.cast(library.strlen, self._native.ggml_abort_callback)
        self._abort_callback = callback
        self._native.llama_set_abort_callback(self._context, callback, ctypes.c_void_p(flag))
        log().is_stopping = lambda: _is_set(flag)

    def watch(self, watcher: Watcher) -> None:
        """Tell ``watcher`` about each batch from now on."""
        self._watcher = watcher

    def set_threads(self, plan: ThreadPlan) -> None:
        """How many threads to use from now on."""
        self._native.llama_set_n_threads(self._context, plan.decoding, plan.prefill)

    def grammar(self, text: str) -> Grammar:
        """A grammar in GBNF with the rule ``root``; raises DocqaError if it is not valid."""
        return Grammar(self._native, self.vocabulary.native, text)

    # -- sequences -----------------------------------------------------------------------------

    @property
    def cells(self) -> int:
        """Tokens that fit, of all sequences together."""
        return int(self._native.llama_n_ctx(self._context))

    def held(self, sequence: int) -> Sequence[int]:
        """The tokens that a sequence contains."""
        return self._held[sequence]

    def keep(self, sequence: int, length: int) -> None:
        """Forget everything behind the first ``length`` tokens of a sequence."""
        if length < len(self._held[sequence]):
            if not self._native.llama_memory_seq_rm(self._memory, sequence, length, -1):
                self._native.llama_memory_seq_rm(self._memory, sequence, -1, -1)  # Never refused.
                length = 0
            del self._held[sequence][length:]

    def copy(self, source: int, target: int, length: int) -> None:
        """Let ``target`` begin anew with the first ``length`` tokens of ``source``.

        They share the cells, so that nothing is computed or copied.
        """
        self.keep(target, 0)
        self._native.llama_memory_seq_cp(self._memory, source, target, 0, length)
        self._held[target][:] = self._held[source][:length]

    # -- decoding ------------------------------------------------------------------------------

    def decode(self, parts: Sequence[Part]) -> list[int]:
        """Append tokens to sequences; return, by part, where :meth:`logits` has its last one.

        The logits that a part wants lie right before and at that index. At most MOST_OUTPUTS may be
        wanted. Raises Cancelled when the flag of :meth:`stop_at` was set meanwhile.
        """
        if sum(part.wanted for part in parts) > MOST_OUTPUTS:
            raise ValueError("too many logits are wanted at once")
        ends: list[int] = []
        for chunk in split(parts, BATCH):
            ends = self._batch.fill(chunk, [len(self._held[part.sequence]) for part in chunk])
            self._submit(chunk)
        return [end - 1 for end in ends]

    def _submit(self, parts: Sequence[Part]) -> None:
        tokens = sum(len(part.tokens) for part in parts)
        self._watcher.begin(tokens)
        status = self._native.llama_decode(self._context, self._batch.native)
        self._watcher.end(tokens)
        if status == 0:
            for part in parts:
                self._held[part.sequence].extend(part.tokens)
            return
        for part in parts:
            self._hold_what_was_computed(part)
        if status == _ABORTED:
            raise Cancelled
        raise RuntimeError(f"llama_decode returned {status}")

    def _hold_what_was_computed(self, part: Part) -> None:
        """After a failure: what was computed before it stays in the store and counts."""
        held = self._held[part.sequence]
        reached = self._native.llama_memory_seq_pos_max(self._memory, part.sequence) + 1
        held.extend(part.tokens[: max(0, reached - len(held))])
        self._native.llama_memory_seq_rm(self._memory, part.sequence, len(held), -1)

    def logits(self, index: int = -1) -> Logits:
        """A view (no copy) of the logits at a token of the last batch; valid until the next one."""
        pointer = self._native.llama_get_logits_ith(self._context, index)
        address = ctypes.addressof(pointer.contents)
        return np.frombuffer(memoryview(self._row.from_address(address)), dtype=np.float32)

    # -- saved states --------------------------------------------------------------------------

    def state_bytes(self, sequence: int) -> int:
        """How large the file of :meth:`save` would be."""
        state = self._native.llama_state_seq_get_size(self._context, sequence)
        return int(state) + 4 * (len(self._held[sequence]) + 3)  # The tokens and a header.

    def save(self, sequence: int, path: Path) -> int:
        """Write what a sequence holds to a file; return the bytes written, 0 when that failed."""
        tokens = self._held[sequence]
        array = (self._native.llama_token * len(tokens))(*tokens)
        written = self._native.llama_state_seq_save_file(
            self._context, os.fsencode(path), sequence, array, len(tokens)
        )
        return int(written)

    def restore(self, sequence: int, path: Path, length: int) -> bool:
        """Let a sequence hold the ``length`` tokens of a file that :meth:`save` wrote.

        llama.cpp aborts the process on a file that is cut off: the caller has checked it.
        """
        self.keep(sequence, 0)
        array = (self._native.llama_token * length)()
        count = ctypes.c_size_t(0)
        read = self._native.llama_state_seq_load_file(
            self._context, os.fsencode(path), sequence, array, length, ctypes.byref(count)
        )
        if not read or count.value != length:
            self._native.llama_memory_seq_rm(self._memory, sequence, -1, -1)
            return False
        self._held[sequence][:] = array[:length]
        return True


def _is_set(flag: int) -> bool:
    """Whether the C string at this address is not empty."""
    return bool(ctypes.c_byte.from_address(flag).value)
