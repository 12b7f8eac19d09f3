"""A child with bare llama.cpp that makes copies of models: what their tests call."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docqa.errors import Cancelled
from docqa.llm.engine.native import load_library
from docqa.llm.machine.requantise import conversions, is_whole, requantise
from docqa.process import Flag


@dataclass(frozen=True, slots=True)
class Run:
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Bench:
    """Nothing but the library, and a silent log."""

    def __init__(self, _: Flag) -> None:
        self._native = load_library()
        self._log = self._native.llama_log_callback(lambda level, text, data: None)
        self._native.llama_log_set(self._log, ctypes.c_void_p(0))

    def handle(self, request: Run) -> Iterator[Any]:
        yield (request.function(self._native, *request.arguments),)


def copy(native: Any, source: Path, target: Path) -> None:
    requantise(native, source, target, lambda: None)


def copy_on_a_full_disk(native: Any, source: Path, target: Path) -> None:
    """Let no file grow beyond a megabyte meanwhile (Python has the signal for that ignored)."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    try:
        copy(native, source, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def stop_at_once(native: Any, source: Path, target: Path) -> bool:
    """Whether a stop came through before the copy was there."""

    def stop() -> None:
        raise Cancelled

    try:
        requantise(native, source, target, stop)
    except Cancelled:
        return not is_whole(target)
    return False


def stop_and_come_back(native: Any, source: Path, target: Path) -> int:
    """Stop, come back for the copy, and say how many threads wrote it."""
    assert stop_at_once(native, source, target)
    most = 0

    def count() -> None:
        nonlocal most
        most = max(most, conversions())

    requantise(native, source, target, count)
    return most


def threads_at_work(_: Any) -> int:
    """Once the last one that was waited for has ended."""
    return conversions()


def first_token(native: Any, path: Path, prompt: list[int]) -> int:
    """The most likely token behind a prompt."""
    model = native.llama_model_load_from_file(
        os.fsencode(path), native.llama_model_default_params()
    )
    assert model
    parameters = native.llama_context_default_params()
    parameters.n_threads = parameters.n_threads_batch = 1
    context = native.llama_init_from_model(model, parameters)
    tokens = (native.llama_token * len(prompt))(*prompt)
    assert native.llama_decode(context, native.llama_batch_get_one(tokens, len(prompt))) == 0
    size = native.llama_vocab_n_tokens(native.llama_model_get_vocab(model))
    logits = native.llama_get_logits_ith(context, -1)[:size]
    native.llama_free(context)
    native.llama_model_free(model)
    return max(range(size), key=logits.__getitem__)
