"""The model as everybody sees it: deaths are told once, notes are of the child that runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
from docqa.llm.messages import Request, Tune, Tuned
from docqa.llm.order import Order
from docqa.process import Cancel, Flag, Urgency
from docqa.settings import EngineSettings

ASKING, _, PREPARING = Urgency
_CONTEXT = 20_000


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


def write(model: LlamaModel, tokens: int = _CONTEXT - 100) -> Iterator[Piece | Finished]:
    """Write so many letters."""
    return model.generate(
        Prompt("", ("Write.",)),
        max_tokens=tokens,
        urgency=ASKING,
        grammar="root ::= [a-z] root",
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


# -- notes and restarts ----------------------------------------------------------------------------


class Restless(LlamaService):
    """A real model that always finds another way to run, after a second."""

    def handle(self, request: Request) -> Iterator[Any]:
        if isinstance(request, Tune):
            time.sleep(1)
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


def test_a_question_goes_before_the_restart_that_follows_tuning(
    patient_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_start", noted)
    model = open_model(patient_path, tmp_path)
    model.load(ASKING)
    before = model.pid
    with ThreadPoolExecutor() as pool:
        tuning = pool.submit(model.tune, PREPARING)
        time.sleep(0.3)  # It is tuning now, and whoever asks waits for that.
        assert last(write(model, 300)).usage.completion_tokens == 300
        tuning.result(60)
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
