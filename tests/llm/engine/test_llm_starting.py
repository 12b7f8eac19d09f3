"""Which weights are loaded on which device, with cards made of the real processor."""

from __future__ import annotations

import hashlib
import json
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import starting_bench as bench
from tiny_gguf import write_tiny_gguf

from docqa.errors import DocqaError
from docqa.llm.engine import starting, trials
from docqa.llm.engine.llama import Llama, Setting
from docqa.llm.engine.native import load_library
from docqa.llm.engine.starting import Engine, start
from docqa.llm.engine.trials import subject_of
from docqa.llm.formats.gguf import read_header
from docqa.llm.machine.memory import required_bytes
from docqa.llm.machine.requantise import copy_path, stamp
from docqa.llm.machine.threads import ThreadPlan
from docqa.llm.machine.tuning import Tuning, TuningFile
from docqa.llm.order import Order
from docqa.process import Child, Flag, Urgency
from docqa.settings import EngineSettings

FLAG = Flag()
"""For all tests here: llama.cpp keeps its address."""
PLAN = ThreadPlan(1, 1)

Started = Callable[[Order], Engine]


@pytest.fixture
def order(tiny_path: Path, tmp_path: Path) -> Order:
    return Order(tiny_path, tmp_path / "cache", tmp_path / "states", EngineSettings(context=256), 1)


@pytest.fixture
def started() -> Iterator[Started]:
    engines: list[Engine] = []

    def start_it(order: Order) -> Engine:
        engines.append(start(order, FLAG))
        return engines[-1]

    yield start_it
    for engine in engines:
        engine.llama.close()


# -- which device ----------------------------------------------------------------------------------


class SmallCard(Llama):
    """A card that takes one layer and refuses more, as llama.cpp does when its memory is full."""

    def __init__(self, path: Path, setting: Setting) -> None:
        if setting.placement.layers > 1:
            raise DocqaError("There is not enough memory for the language model.")
        super().__init__(path, setting)


class NoRoom(Llama):
    """A computer where nothing fits any more."""

    def __init__(self, path: Path, setting: Setting) -> None:
        raise DocqaError("There is not enough memory for the language model.")


def tried(order: Order) -> list[tuple[int, str]]:
    """Which numbers of layers failed, and why."""
    (record,) = json.loads(order.attempts.read_text("utf-8")).values()
    return [(one["layers"], one["why"]) for one in record["failed"]]


def test_what_a_card_refuses_leads_to_fewer_layers_and_a_line(
    order: Order, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "devices", bench.card)
    monkeypatch.setattr(starting, "Llama", SmallCard)
    engine = started(order)
    assert engine.placement.layers == 1
    assert engine.note is not None
    assert engine.note.startswith("1 of 3 layers run on the graphics card Test card;")
    assert engine.trials is not None
    assert tried(order) == [(3, "refused"), (2, "refused")]
    assert engine.llama.context == 256


def test_what_a_card_takes_whole_needs_no_trials(
    order: Order, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "devices", bench.card)
    engine = started(order)
    assert (engine.placement.layers, engine.placement.is_whole) == (3, True)
    assert engine.note is None
    assert engine.trials is None


def test_a_model_that_no_rung_takes_is_an_error(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "devices", bench.card)
    monkeypatch.setattr(starting, "Llama", NoRoom)
    with pytest.raises(DocqaError, match="not enough memory"):
        start(order, FLAG)
    assert tried(order) == [(3, "refused"), (2, "refused"), (1, "refused")]


def test_a_card_that_kills_the_child_is_left_out_by_the_next_one(
    order: Order, tmp_path: Path
) -> None:
    log = tmp_path / "child.log"
    child = Child("model", bench.serve_on_a_deadly_card, (order,), log, attempts=order.attempts)
    try:
        (running,) = child.call(bench.DESCRIBE, Urgency.ASKING)
    finally:
        child.close()
    assert running.device == "processor"
    assert "could not take the model; it runs on the processor" in running.note
    assert tried(order) == [(3, "died"), (2, "died"), (1, "died")]


# -- which weights ---------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "this_machine", lambda: "this one")


def with_a_copy(order: Order, width: int = 64) -> Path:
    """Let it be known that a copy of the model runs best."""
    copy = copy_path(order.cache, order.identity())
    copy.parent.mkdir(parents=True)
    write_tiny_gguf(copy, width=width)
    know(order, Tuning(PLAN, "q8_0", stamp(copy)))
    return copy


def know(order: Order, tuning: Tuning) -> None:
    TuningFile(order.tunings).save(subject_of(order, load_library()), tuning)


def test_at_first_the_model_is_loaded_as_it_is(order: Order, started: Started) -> None:
    engine = started(order)
    assert engine.weights == "original"
    assert engine.trials is not None


def test_the_copy_that_was_measured_is_loaded(order: Order, started: Started) -> None:
    with_a_copy(order)
    engine = started(order)
    assert (engine.weights, engine.threads) == ("q8_0", PLAN)
    assert engine.trials is not None


def test_a_copy_that_was_changed_is_removed(order: Order, started: Started) -> None:
    copy = with_a_copy(order)
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    engine = started(order)
    assert (engine.weights, engine.threads) == ("original", PLAN)
    assert not copy.exists()


def test_a_copy_that_needs_too_much_memory_waits_for_better_days(
    order: Order,
    started: Started,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = with_a_copy(order, width=512)
    enough = required_bytes(read_header(order.path), 256) + 1
    assert enough < required_bytes(read_header(copy), 256)
    memory = namedtuple("memory", "available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(enough))
    engine = started(order)
    assert engine.weights == "original"
    assert engine.trials is None  # Each night they would find out again what cannot be used.
    assert copy.exists()
    assert "choose a smaller model. So the model is loaded as it is." in capsys.readouterr().err


def test_copies_are_removed_with_their_models(order: Order, started: Started) -> None:
    copy = with_a_copy(order)
    gone = copy_path(order.cache, "1234")
    gone.write_bytes(b"weights")
    started(order)
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.parametrize("why", ["as it is", "setting"])
def test_a_copy_that_is_not_wanted_any_more_is_removed(
    order: Order, started: Started, why: str
) -> None:
    copy = with_a_copy(order)
    if why == "setting":
        order = replace(order, settings=EngineSettings(requantise=False))
    else:
        know(order, Tuning(PLAN, "original"))
    assert started(order).weights == "original"
    assert not copy.exists()


def test_the_model_is_hashed_once_where_nothing_can_be_remembered(
    order: Order, started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Any] = []

    def hash_it(file: Any, _: str) -> Any:
        hashed.append(file)
        return hashlib.sha256()

    monkeypatch.setattr(hashlib, "file_digest", hash_it)
    (tmp_path / "file").write_text("in the way")
    started(replace(order, cache=tmp_path / "file"))
    assert len(hashed) == 1
