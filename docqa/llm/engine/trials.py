"""Tries what runs fastest: numbers of threads, and a copy of slow weights. In the child only."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psutil

from docqa.errors import DocqaError
from docqa.llm.engine.batch import Part
from docqa.llm.engine.llama import BRANCHES, Llama, Setting
from docqa.llm.engine.native import load_library
from docqa.llm.formats.gguf import Header, read_header
from docqa.llm.machine.memory import required_bytes
from docqa.llm.machine.probe import probe_threads
from docqa.llm.machine.requantise import (
    choose_weights,
    copy_path,
    is_whole,
    requantise,
    worth_trying,
)
from docqa.llm.machine.threads import (
    Speed,
    ThreadPlan,
    candidates,
    choose,
    default_plan,
    physical_cores,
)
from docqa.llm.machine.tuning import Subject, Tuning, TuningFile, Weights, this_machine
from docqa.llm.order import Order

_CONTEXT = 512
"""Tokens: what is measured is much shorter."""
_TOKEN = 17
"""Any token will do: all take the same time."""


class Trials:
    """Finds out, once per model and computer, what runs fastest, and remembers it."""

    def __init__(
        self, order: Order, header: Header, subject: Subject, raise_if_stopped: Callable[[], None]
    ) -> None:
        """``subject`` is what the results are true for."""
        self._order = order
        self._header = header
        self._subject = subject
        self._file = TuningFile(order.tunings)
        self._raise_if_stopped = raise_if_stopped
        self._copy = copy_path(order.cache, order.identity())

    def tune(self, llama: Llama, running: Weights) -> Tuning:
        """What runs fastest; tried on the loaded model, and on a copy, where that is not known.

        ``running``: what weights the loaded model has. What was found is saved at once, so that
        little is lost when this is stopped. Raises Cancelled.
        """
        settings = self._order.settings
        known = self._file.load(self._subject)
        if known.weights == "q8_0" and not is_whole(self._copy):
            known = replace(known, weights=None)
        if known.threads is None and not settings.threads:
            measured = self._speeds(llama, candidates(physical_cores()))
            known = replace(known, threads=choose(measured))
            self._file.save(self._subject, known)
        if known.weights is None and running == "original":
            known = replace(known, weights=self._weights(llama, known))
            if known.weights is not None:
                self._file.save(self._subject, known)
        return Tuning(
            None if settings.threads else known.threads,
            known.weights if settings.requantise else "original",
        )

    def _speeds(self, llama: Llama, threads: tuple[int, ...]) -> dict[int, Speed]:
        probed = _Probed(llama)
        try:
            return dict(probe_threads(probed, threads, self._raise_if_stopped))
        finally:
            probed.forget()

    def _weights(self, llama: Llama, known: Tuning) -> Weights | None:
        """Which weights are the best, or None where that could not be found out now."""
        if not self._order.settings.requantise:
            return None
        if not worth_trying(self._header, platform.machine()):
            return "original"
        try:
            return self._compare(llama, known)
        except DocqaError as error:  # No room, say: the model is used as it is.
            sys.stderr.write(f"{error}\n")
            return None

    def _compare(self, llama: Llama, known: Tuning) -> Weights | None:
        requantise(load_library(), self._order.path, self._copy, self._raise_if_stopped)
        if required_bytes(read_header(self._copy), _CONTEXT) > psutil.virtual_memory().available:
            return None
        plan = known.threads or default_plan()
        copy = Llama(self._copy, Setting(_CONTEXT, threads=plan))
        try:
            # Both with the same threads, one right after the other.
            (speed,) = self._speeds(llama, (plan.prefill,)).values()
            (rival,) = self._speeds(copy, (plan.prefill,)).values()
        finally:
            copy.close()
        chosen = choose_weights(speed, rival)
        if chosen == "original":
            self._copy.unlink(missing_ok=True)
        return chosen


class _Probed:
    """A loaded model as the probe sees it; what it has read in other sequences stays."""

    def __init__(self, llama: Llama) -> None:
        self._llama = llama
        self._sequence = BRANCHES[-1]

    def set_threads(self, plan: ThreadPlan) -> None:
        self._llama.set_threads(plan)

    def prefill(self, tokens: int) -> None:
        self._llama.keep(self._sequence, 0)
        self._llama.decode([Part(self._sequence, [_TOKEN] * tokens, 0)])

    def step(self) -> None:
        self._llama.decode([Part(self._sequence, [_TOKEN])])

    def forget(self) -> None:
        self._llama.keep(self._sequence, 0)


def subject_of(order: Order, native: Any) -> Subject:
    """What measurements of a model on this computer are true for."""
    features = native.llama_print_system_info().decode("utf-8", "replace")
    return Subject(order.identity(), this_machine(), f"{library_version(native)} {features}")


def library_version(native: Any) -> str:
    """Of llama.cpp and of its format for saved states."""
    import llama_cpp

    return f"{llama_cpp.__version__}/{native.LLAMA_STATE_SEQ_VERSION}"
