"""A child with bare llama.cpp that saves and restores states: what their tests call."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from docqa.llm.engine.states import StateFiles, StateKey
from docqa.process import Flag

KEY = StateKey("tiny", "llama.cpp", "f16")
_CONTEXT = 512


@dataclass(frozen=True, slots=True)
class Run:
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Bench:
    """A model without a context: each function makes its own."""

    def __init__(self, _: Flag, path: Path) -> None:
        os.environ["GGML_NO_BACKTRACE"] = "1"
        import llama_cpp.llama_cpp as native

        native.llama_backend_init()
        self._native: Any = native
        self._model = native.llama_model_load_from_file(
            os.fsencode(path), native.llama_model_default_params()
        )

    def handle(self, request: Run) -> Iterator[Any]:
        context = Context(self._native, self._model)
        try:
            yield (request.function(context, *request.arguments),)
        finally:
            context.close()


class Context:
    """A fresh context and its sequence 0."""

    def __init__(self, native: Any, model: Any) -> None:
        parameters = native.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = _CONTEXT
        parameters.n_threads = parameters.n_threads_batch = 1
        parameters.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_ENABLED
        self._native = native
        self._words = native.llama_vocab_n_tokens(native.llama_model_get_vocab(model))
        self._context = native.llama_init_from_model(model, parameters)

    def close(self) -> None:
        self._native.llama_free(self._context)

    def decode(self, tokens: Sequence[int]) -> None:
        array = self._array(tokens)  # The batch only points to it.
        batch = self._native.llama_batch_get_one(array, len(tokens))
        assert self._native.llama_decode(self._context, batch) == 0

    def best(self) -> int:
        logits = self._native.llama_get_logits_ith(self._context, -1)
        return int(np.argmax(np.ctypeslib.as_array(logits, (self._words,))))

    def size(self) -> int:
        return int(self._native.llama_state_seq_get_size(self._context, 0))

    def write(self, path: Path, tokens: Sequence[int]) -> int:
        return int(
            self._native.llama_state_seq_save_file(
                self._context, os.fsencode(path), 0, self._array(tokens), len(tokens)
            )
        )

    def load(self, path: Path, length: int) -> bool:
        count = ctypes.c_size_t()
        read = self._native.llama_state_seq_load_file(
            self._context, os.fsencode(path), 0, self._array([0] * length), length, count
        )
        return bool(read) and count.value == length

    def _array(self, tokens: Sequence[int]) -> Any:
        return (self._native.llama_token * len(tokens))(*tokens)


def reply(context: Context, prompt: Sequence[int], count: int) -> list[int]:
    """The next tokens after a prompt that is computed in whole."""
    context.decode(prompt)
    return _go_on(context, count)


def save(context: Context, folder: Path, tokens: Sequence[int]) -> bool:
    context.decode(tokens)
    return _save(context, folder, tokens)


def reply_from_disk(
    context: Context, folder: Path, prompt: Sequence[int], count: int
) -> tuple[int, list[int]]:
    """How many tokens were restored, and the next ones after the prompt."""
    restored = StateFiles(folder, KEY).restore(prompt[:-1], 0, context.load)
    context.decode(prompt[restored:])
    return restored, _go_on(context, count)


def save_to_a_disk_with(context: Context, folder: Path, tokens: Sequence[int], lacks: int) -> bool:
    """Save where the last ``lacks`` bytes of llama.cpp's data cannot be written."""
    import resource

    context.decode(tokens)
    probe = folder.with_name("probe")
    room = context.write(probe, tokens) - lacks
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        return _save(context, folder, tokens)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _save(context: Context, folder: Path, tokens: Sequence[int]) -> bool:
    files = StateFiles(folder, KEY)
    return files.save(tokens, [1], context.size(), lambda path: context.write(path, tokens))


def _go_on(context: Context, count: int) -> list[int]:
    said = []
    for _ in range(count):
        said.append(context.best())
        context.decode(said[-1:])
    return said
