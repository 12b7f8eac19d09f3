"""Tries what runs fastest: numbers of threads, and a copy of slow weights. In the child only."""

from __future__ import annotations

import contextlib
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from docqa.errors import Cancelled, DocqaError
from docqa.host.cores import physical_cores
from docqa.host.load import OthersLoad
from docqa.llm.engine.batch import Part
from docqa.llm.engine.llama import BRANCHES, Llama, Setting
from docqa.llm.engine.native import load_library
from docqa.llm.formats.gguf import Header
from docqa.llm.machine.memory import required_bytes
from docqa.llm.machine.probe import probe_threads
from docqa.llm.machine.requantise import (
    as_copied,
    choose_weights,
    conversions,
    copy_path,
    requantise,
    stamp,
    worth_trying,
)
from docqa.llm.machine.threads import (
    NEARLY_FREE,
    Speed,
    ThreadPlan,
    candidates,
    choose,
    default_plan,
)
from docqa.llm.machine.tuning import Subject, Tuning, TuningFile, Weights, this_machine
from docqa.llm.order import Order
from docqa.process import Flag
from docqa.settings import EngineSettings

_CONTEXT = 512
"""Tokens: what is measured is much shorter."""
_TOKEN = 17
"""Any token will do: all take the same time."""
_MOST_TRIES = 2
"""Processes that may die of the copy before it is left alone: the first one may be an accident."""


class Trials:
    """Finds out, once per model and computer, what runs fastest, and remembers it."""

    def __init__(
        self, order: Order, header: Header, subject: Subject, flag: Flag, others: OthersLoad
    ) -> None:
        """``subject`` is what the results are true for; ``others`` is watched by nobody else."""
        self._order = order
        self._header = header
        self._subject = subject
        self._flag = flag
        self._others = others
        self._file = TuningFile(order.tunings)
        self._copy = copy_path(order.cache, subject.model)
        self._for_now: ThreadPlan | None = None
        """Measured while others used the computer: better than nothing, as long as this runs."""

    def tune(self, llama: Llama, running: Weights) -> Tuning:
        """What runs fastest; tried on the loaded model, and on a copy, where that is not known.

        ``running``: what weights the loaded model has. What was found is saved at once, so that
        little is lost when this is stopped; but not what was measured while others used the
        computer. Raises Cancelled.
        """
        settings = self._order.settings
        known = recall(self._order, self._subject)
        if known.threads is None and self._for_now is None and not settings.threads:
            known = self._with_threads(llama, known)
        plan = plan_for(settings, known.threads or self._for_now)
        if known.weights is None and running == "original" and settings.requantise:
            known = self._with_weights(llama, known, plan)
        return replace(
            known,
            threads=None if settings.threads else known.threads or self._for_now,
            weights=known.weights if settings.requantise else "original",
        )

    def _with_threads(self, llama: Llama, known: Tuning) -> Tuning:
        self._others.busy_cores()  # The next look is about the time from here on.
        plan = choose(self._speeds(llama, candidates(physical_cores())))
        if self._is_disturbed():
            self._for_now = plan
            return known
        return self._saved(replace(known, threads=plan))

    def _with_weights(self, llama: Llama, known: Tuning, plan: ThreadPlan) -> Tuning:
        """Add which weights are the best, where that can be found out now."""
        if not worth_trying(self._header, platform.machine()) or known.tries >= _MOST_TRIES:
            return self._saved(replace(known, weights="original", tries=0))
        # Neither making nor loading the copy may ever end the process for good.
        after = self._saved(replace(known, tries=known.tries + 1))
        try:
            after = self._compare(llama, known, plan)
        except Cancelled:
            after = known
            raise
        except DocqaError as error:  # No room, say: the model is used as it is.
            after = known
            sys.stderr.write(f"{error}\n")
        finally:
            self._saved(after)
        return after

    def _compare(self, llama: Llama, known: Tuning, plan: ThreadPlan) -> Tuning:
        """Make the copy and measure both; raises DocqaError where there is no room for that."""
        available = psutil.virtual_memory().available
        if required_bytes(as_copied(self._header), _CONTEXT) > available:
            raise DocqaError(
                f"There is no memory to try a faster copy of the model {self._order.path.stem}; "
                "it is used as it is."
            )
        requantise(load_library(), self._order.path, self._copy, self._flag.raise_if_set)
        copy = Llama(self._copy, Setting(_CONTEXT, threads=plan), stop=self._flag.address)
        self._others.busy_cores()
        try:
            # Both with the same threads, one right after the other.
            (speed,) = self._speeds(llama, (plan.prefill,)).values()
            (rival,) = self._speeds(copy, (plan.prefill,)).values()
        finally:
            copy.close()
        if choose_weights(speed, rival) == "q8_0":
            # Also beside others: that these formats are slow is known, only not how much.
            return replace(known, weights="q8_0", copy=stamp(self._copy), tries=0)
        if self._is_disturbed():
            return known
        _remove(self._copy)
        return replace(known, weights="original", copy=None, tries=0)

    def _speeds(self, llama: Llama, threads: tuple[int, ...]) -> dict[int, Speed]:
        probed = _Probed(llama)
        try:
            return dict(probe_threads(probed, threads, self._flag.raise_if_set))
        finally:
            probed.forget()

    def _is_disturbed(self) -> bool:
        """Whether others used the computer since the last look, or a copy is still being made."""
        return self._others.busy_cores() + conversions() > NEARLY_FREE

    def _saved(self, tuning: Tuning) -> Tuning:
        self._file.save(self._subject, tuning)
        return tuning


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


def recall(order: Order, subject: Subject) -> Tuning:
    """What is known; a copy that is not the one that was measured is removed and forgotten."""
    known = TuningFile(order.tunings).load(subject)
    if known.weights != "q8_0":
        return known
    copy = copy_path(order.cache, subject.model)
    found = stamp(copy)
    if found is not None and found == known.copy:
        return known
    _remove(copy)
    return replace(known, weights=None, copy=None)


def plan_for(settings: EngineSettings, measured: ThreadPlan | None) -> ThreadPlan:
    """The threads to use: what the person set, else what was measured, else a guess."""
    forced = settings.threads
    return ThreadPlan(forced, forced) if forced else measured or default_plan()


def _remove(copy: Path) -> None:
    with contextlib.suppress(OSError):  # Windows refuses where another docqa uses it: later, then.
        copy.unlink(missing_ok=True)


def subject_of(order: Order, native: Any) -> Subject:
    """What measurements of a model on this computer are true for."""
    features = native.llama_print_system_info().decode("utf-8", "replace")
    return Subject(order.identity(), this_machine(), f"{library_version(native)} {features}")


def library_version(native: Any) -> str:
    """Of llama.cpp and of its format for saved states."""
    import llama_cpp

    return f"{llama_cpp.__version__}/{native.LLAMA_STATE_SEQ_VERSION}"
