"""Loads a model as well as this computer can: what fits, where, with how many threads.

Used in the child only.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from docqa.errors import DocqaError
from docqa.host.load import OthersLoad
from docqa.llm.engine.batch import Part
from docqa.llm.engine.llama import ASKING, CacheType, Llama, Setting
from docqa.llm.engine.native import load_library
from docqa.llm.engine.states import StateFiles, StateKey
from docqa.llm.engine.trials import Trials, library_version, plan_for, recall, subject_of
from docqa.llm.formats.gguf import Header, read_header
from docqa.llm.formats.templates import Template, choose_template
from docqa.llm.identity import present_identities
from docqa.llm.machine.device import devices, driver
from docqa.llm.machine.kernels import lays_out_anew
from docqa.llm.machine.ladder import Attempt, Ladder
from docqa.llm.machine.memory import require_memory, required_bytes
from docqa.llm.machine.placement import Placement, placements, sentence, spared_bytes
from docqa.llm.machine.requantise import copy_path, remove_copies
from docqa.llm.machine.threads import ThreadPlan
from docqa.llm.machine.tuning import Tuning, Weights
from docqa.llm.order import Order
from docqa.process import Flag

_Loaded = tuple[Llama, Placement, str | None]
_VALUE_BYTES: dict[CacheType, float] = {"f16": 2.0, "q8_0": 34 / 32}


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded model, ready for prompts; ``note``: one line for the person, or None.

    ``trials`` is None where nothing is to be found out.
    """

    llama: Llama
    template: Template
    states: StateFiles | None
    threads: ThreadPlan
    placement: Placement
    weights: Weights
    trials: Trials | None
    note: str | None


@dataclass(frozen=True, slots=True)
class _Choice:
    """The file to load and the threads to load it with."""

    path: Path
    header: Header
    weights: Weights
    threads: ThreadPlan


def start(order: Order, flag: Flag) -> Engine:
    """Load a model. Raises DocqaError: not a model, not a known chat format, no memory for it."""
    header = read_header(order.path)
    choose_template(header.metadata, order.path.stem)  # Refuse it before the weights are loaded.
    native = load_library()
    subject = subject_of(order, native)
    known = recall(order, subject)
    _remove_unused_copies(order, subject.model, known)
    choices = _choices(order, header, subject.model, known)
    choice, (llama, placement, note) = _load_best(order, choices, subject.model, native)
    vocabulary = llama.vocabulary
    template = choose_template(
        header.metadata,
        order.path.stem,
        lambda text: vocabulary.marker(text) is not None,
        vocabulary.ends(),
    )
    llama.stop_at(flag.address)
    # Neither for a card that does it all, nor where what was found out could not be used.
    is_settled = placement.is_whole or choice is not choices[0]
    # The program is our parent: what it and its other children do is ours, too.
    trials = Trials(order, header, subject, flag, OthersLoad((os.getppid(),)))
    return Engine(
        llama=llama,
        template=template,
        states=_states(order, llama, subject.model, choice.weights, library_version(native)),
        threads=choice.threads,
        placement=placement,
        weights=choice.weights,
        trials=None if is_settled else trials,
        note=note,
    )


def _remove_unused_copies(order: Order, identity: str, known: Tuning) -> None:
    """Remove the copies of models that are gone, and this one's where it runs without."""
    keep = present_identities(order.hashes) | {identity}
    if known.weights == "original" or not order.settings.requantise:
        keep -= {identity}
    remove_copies(order.cache, keep)


def _choices(order: Order, header: Header, identity: str, known: Tuning) -> tuple[_Choice, ...]:
    """What to load, the best first."""
    threads = plan_for(order.settings, known.threads)
    original = _Choice(order.path, header, "original", threads)
    if known.weights != "q8_0" or not order.settings.requantise:
        return (original,)
    copy = copy_path(order.cache, identity)
    return _Choice(copy, read_header(copy), "q8_0", threads), original


def _load_best(
    order: Order, choices: Sequence[_Choice], identity: str, native: Any
) -> tuple[_Choice, _Loaded]:
    """Load the first choice that can be loaded: a copy may need more memory than is free now."""
    *better, last = choices
    for choice in better:
        try:
            return choice, _load(order, choice, identity, native)
        except DocqaError as error:
            sys.stderr.write(f"{error} So the model is loaded as it is.\n")
    return last, _load(order, last, identity, native)


def _load(order: Order, choice: _Choice, identity: str, native: Any) -> _Loaded:
    """Load on the best device that takes the model, and on the processor at last."""
    settings, header = order.settings, choice.header
    available = psutil.virtual_memory().available
    context = header.context(settings.context)
    rungs = placements(
        header,
        devices(native),
        2 * context,
        available=available,
        forced_device=None if settings.device == "auto" else settings.device,
        forced_layers=settings.gpu_layers,
    )
    circumstances = f"{identity}|{choice.weights}|{context}|{driver()}"
    ladder = Ladder(order.attempts, rungs, circumstances, attempt=Attempt.of_this_process())
    anew = lays_out_anew(header, platform.machine())
    for placement in ladder.open:
        # Outside the try: with fewer layers on the card, the computer needs only more memory.
        cells, cache = _cache_size(header, context, placement, available)
        ladder.trying(placement)
        try:
            setting = Setting(context, cells, choice.threads, cache, placement, anew)
            llama = _warm(Llama(choice.path, setting), placement)
        except DocqaError:
            ladder.refused(placement)
            if placement.device is None:
                raise
            continue
        ladder.worked(placement)
        forced = settings.gpu_layers is not None
        note = sentence(rungs[: rungs.index(placement)], placement, forced=forced)
        return llama, placement, note
    raise AssertionError("the processor is the last placement and returns or raises")


def _cache_size(
    header: Header, context: int, placement: Placement, available: int
) -> tuple[int, CacheType]:
    """Cells and type of the cache: room to ask while preparing, if there is memory for it."""
    choices: tuple[tuple[int, CacheType], ...] = (
        (2 * context, "f16"),
        (context, "f16"),
        (context, "q8_0"),
    )
    for cells, cache in choices:
        value_bytes = _VALUE_BYTES[cache]
        elsewhere = spared_bytes(header, placement, cells, value_bytes)
        if required_bytes(header, cells, value_bytes, elsewhere) <= available:
            return cells, cache
    require_memory(header, cells, value_bytes, elsewhere)
    return cells, cache


def _warm(llama: Llama, placement: Placement) -> Llama:
    """Touch all weights once, so that the first call costs what every call costs.

    On a card a full batch is computed, which takes milliseconds there: then the largest buffers
    were used, and what did not fail now will not fail later. Raises DocqaError when it fails.
    """
    tokens = llama.vocabulary.tokenize("Warm up. " * (1 if placement.device is None else 200))
    try:
        llama.decode([Part(ASKING, tokens[: llama.context - 1])])
    except RuntimeError as error:
        llama.close()
        raise DocqaError(f"The model could not be run ({error}); try again.") from error
    llama.keep(ASKING, 0)
    return llama


def _states(
    order: Order, llama: Llama, identity: str, weights: Weights, version: str
) -> StateFiles | None:
    if order.states is None:
        return None
    # A copy in another format computes slightly other states.
    key = StateKey(identity, version, f"{llama.parameters}, {weights}")
    return StateFiles(order.states, key, int(order.settings.state_gigabytes * 2**30))
