"""The model as everybody sees it: deaths are told once, notes are of the child that runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from tiny_gguf import write_tiny_gguf

from docqa.errors import Cancelled, ChildDied
from docqa.llm import client
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.client import LlamaModel
from docqa.llm.engine.service import LlamaService
from docqa.llm.engine.starting import start
from docqa.llm.machine.device import Device
from docqa.llm.machine.ladder import Attempt, Ladder
from docqa.llm.machine.placement import Placement
from docqa.llm.messages import Request, Tune, Tuned
from docqa.llm.order import Order
from docqa.process import Cancel, Flag, Urgency
from docqa.settings import EngineSettings

ASKING, _, PREPARING = Urgency
_CONTEXT = 20_000
_CARD = Device(0, "CUDA0", "GeForce", "gpu", 8 << 30, 8 << 30)
_ON_CARD, _ON_PROCESSOR = Placement(_CARD, 33, 33), Placement(None, 0, 33)


@pytest.fixture(scope="module")
def patient_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that can write for a minute."""
    return write_tiny_gguf(tmp_path_factory.mktemp("model") / "m.gguf", context=_CONTEXT)


def open_model(path: Path, tmp_path: Path) -> LlamaModel:
    return LlamaModel(path, log=tmp_path / "log", settings=EngineSettings(context=_CONTEXT))


@pytest.fixture
def model(patient_path: Path, tmp_path: Path) -> Iterator[LlamaModel]:
    opened = open_model(patient_path, tmp_path)
    yield opened
    opened.close()


def write(
    model: LlamaModel, tokens: int = _CONTEXT - 100, cancel: Cancel | None = None
) -> Iterator[Piece | Finished]:
    """Write so many letters."""
    return model.generate(
        Prompt("", ("Write.",)),
        max_tokens=tokens,
        urgency=ASKING,
        grammar="root ::= [a-z] root",
        cancel=cancel,
    )


def last(events: Iterator[Piece | Finished]) -> Finished:
    *_, end = events
    assert isinstance(end, Finished)
    return end


# -- deaths ----------------------------------------------------------------------------------------


def test_a_death_while_writing_is_told_once_and_the_next_call_works(model: LlamaModel) -> None:
    events = write(model)
    assert isinstance(next(events), Piece)
    dead = model.pid
    assert dead is not None
    psutil.Process(dead).kill()
    with pytest.raises(ChildDied, match=r"ended unexpectedly .* try again, it starts afresh\.$"):
        list(events)
    assert last(write(model, 5)).usage.completion_tokens == 5
    assert model.pid != dead


def a_card_runs_it(attempts: Path) -> Ladder:
    """The memory of cards, with the word of a child of this process that a card runs the model."""
    attempt = Attempt("999999999:gone", Attempt.of_this_process().process)
    ladder = Ladder(attempts, (_ON_CARD, _ON_PROCESSOR), "model", attempt=attempt)
    ladder.worked(_ON_CARD)
    return ladder


def test_a_card_whose_child_died_twice_is_not_used_again(model: LlamaModel, tmp_path: Path) -> None:
    for left in (2, 1):
        model.load(ASKING)
        ladder = a_card_runs_it(tmp_path / "graphics-cards.json")
        events = write(model)
        next(events)
        psutil.Process(model.pid).kill()
        with pytest.raises(ChildDied):
            list(events)
        assert len(ladder.open) == left


def test_a_card_is_not_to_blame_for_a_child_that_had_to_be_killed(
    model: LlamaModel, tmp_path: Path
) -> None:
    attempts, cancel = tmp_path / "graphics-cards.json", Cancel()
    model.load(ASKING)
    a_card_runs_it(attempts)
    before = attempts.read_bytes()
    events = write(model, cancel=cancel)
    next(events)
    psutil.Process(model.pid).suspend()
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    assert model.pid is None
    assert attempts.read_bytes() == before


# -- notes and restarts ----------------------------------------------------------------------------


class Restless(LlamaService):
    """A real model that always finds another way to run."""

    def handle(self, request: Request) -> Iterator[Any]:
        if isinstance(request, Tune):
            yield Tuned(restart=True)
        else:
            yield from super().handle(request)


def noted(flag: Flag, order: Order) -> Restless:
    """Start it with a note for the person."""
    engine = replace(start(order, flag), note="It runs on the processor.")
    return Restless(flag, engine, order.worth_saving)


def test_the_note_is_there_as_long_as_the_model_is_loaded(
    patient_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_start", noted)
    model = open_model(patient_path, tmp_path)
    assert model.note is None
    last(write(model, 1))  # Loaded by the call itself.
    assert model.note == "It runs on the processor."
    model.close()
    assert model.note is None
    assert model.load(ASKING) > 0
    assert model.load(ASKING) == 0
    assert model.note == "It runs on the processor."
    model.close()


def test_a_question_is_not_stopped_by_the_restart_that_follows_tuning(
    patient_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_start", noted)
    model = open_model(patient_path, tmp_path)
    model.load(ASKING)
    before, writing, tune = model.pid, threading.Event(), model._only

    def ask() -> int:
        events = write(model, 1000)
        next(events)
        writing.set()
        return last(events).usage.completion_tokens

    with ThreadPoolExecutor() as pool:
        asked: list[Future[int]] = []

        def tune_and_be_overtaken(*arguments: Any) -> Any:
            tuned = tune(*arguments)
            asked.append(pool.submit(ask))
            assert writing.wait(20)
            return tuned

        monkeypatch.setattr(model, "_only", tune_and_be_overtaken)
        model.tune(PREPARING)
        assert asked[0].result(60) == 1000
    assert model.pid not in (None, before)
    assert model.note == "It runs on the processor."
    model.close()


def test_a_description_is_of_the_processor_and_can_be_cancelled(model: LlamaModel) -> None:
    described = model.describe(ASKING)
    assert described.device == "processor"
    assert described.threads > 0
    assert described.note is None
    events, cancel = write(model), Cancel()
    next(events)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(model.describe, ASKING, cancel)
        time.sleep(0.1)
        cancel.set()
        with pytest.raises(Cancelled):
            waiting.result(20)
    assert isinstance(next(events), Piece)
    del events
