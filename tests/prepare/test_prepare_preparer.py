"""The sleep-time loop: bounded, interrupted, resumed, complete."""

import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from docqa.errors import ChildDied
from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.client import LlamaModel
from docqa.llm.prompts import FACT
from docqa.model import Answer, Prepared, PrepareProgress
from docqa.prepare.preparer import Preparer
from docqa.process import Cancel, Urgency
from docqa.settings import EngineSettings
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

TEXT = "Old Bess was built in May 2012 by Piotr Lindqvist. Cats sleep on its roof all day long."


@pytest.fixture
def small(
    open_workspace: Callable[..., Workspace], make_pdf: Callable[..., Path], tmp_path: Path
) -> Workspace:
    """A workspace with one passage: two steps, one of each kind."""
    workspace = open_workspace(tmp_path / "workspace")
    list(workspace.add([make_pdf([TEXT])]))
    return workspace


def end(events: list[PrepareProgress | Prepared]) -> Prepared:
    *progress, prepared = events
    assert all(isinstance(event, PrepareProgress) for event in progress)
    assert isinstance(prepared, Prepared)
    return prepared


def test_no_time_at_all(small):
    prepared = end(list(small.prepare(minutes=0)))
    assert (prepared.stopped, prepared.steps.done) == ("budget", 0)
    assert prepared.steps.pending > 0


def test_stopped_before_it_began(small):
    cancel = Cancel()
    cancel.set()
    prepared = end(list(small.prepare(cancel=cancel)))
    assert (prepared.stopped, prepared.steps.done) == ("cancelled", 0)


def test_stopped_resumed_and_complete(small):
    cancel, events = Cancel(), []
    for event in small.prepare(passes=1, cancel=cancel):
        events.append(event)
        cancel.set()
    first = end(events)
    assert (first.stopped, first.steps.done, first.steps.pending) == ("cancelled", 1, 1)
    assert len(events) == 2
    second = end(list(small.prepare(passes=1)))
    assert (second.stopped, second.steps.done, second.steps.pending) == ("complete", 1, 0)
    third = end(list(small.prepare(passes=1)))
    assert (third.stopped, third.steps.done, third.usage.prompt_tokens) == ("complete", 0, 0)
    (summary,) = small.documents()
    assert summary.prepared == 1.0
    stored = small.notes(status=None)
    assert len(stored) == first.verified + first.rejected + second.verified + second.rejected
    assert sum(summary.notes.values()) == first.verified + second.verified


def test_progress_tells_what_came_in(small):
    *progress, prepared = small.prepare(passes=1)
    assert [event.steps.done for event in progress] == [1, 2]
    assert progress[-1].seconds_left == 0.0
    assert {event.document for event in progress} == {"made"}
    assert sum(len(event.notes) for event in progress) == prepared.verified
    assert prepared.verified == sum(prepared.by_kind.values())
    assert prepared.rejected == sum(prepared.rejected_by_reason.values())
    assert prepared.usage.completion_tokens > 0


def test_only_the_documents_that_are_wanted(small):
    assert end(list(small.prepare(documents=[]))).steps.done == 0
    assert end(list(small.prepare(documents=[77]))).stopped == "complete"
    assert small.documents()[0].prepared == 0.0


class Untunable(LlamaModel):
    """A model whose trials end badly, as with an abort while a copy is made."""

    def tune(self, urgency: Urgency, cancel: Cancel | None = None) -> None:
        raise ChildDied("The language model process ended unexpectedly (code -6); try again.")


class Deadly(LlamaModel):
    """A model whose child is killed in the middle whenever it shall write facts."""

    deaths = 0

    def generate_many(
        self, prompts: tuple[Prompt, ...], **options: Any
    ) -> Iterator[tuple[int, Piece | Finished]]:
        if prompts[0].instructions == FACT.instructions:
            self.load(Urgency.PREPARING)
            child = psutil.Process(self.pid)
            child.suspend()  # So that it cannot be faster.
            threading.Timer(0.1, child.kill).start()
            self.deaths += 1
        yield from super().generate_many(prompts, **options)


@contextmanager
def preparing(
    directory: Path, embedder: ChildEmbedder, model: LlamaModel
) -> Iterator[tuple[Store, list[PrepareProgress | Prepared]]]:
    """What happened when a closed workspace was prepared with a model of one's own."""
    with Store.open(directory / DATABASE_NAME) as store:
        preparer = Preparer(store, Search(store, embedder, directory), model)
        try:
            events = preparer.prepare(
                documents=None, passes=1, seconds_left=lambda: math.inf, cancel=Cancel()
            )
            yield store, list(events)
        finally:
            model.close()


def starter_as(
    kind: type[LlamaModel], folder: Path, starter: LlamaModel, context: int = 4096
) -> LlamaModel:
    """The starter in a child of its own, without trials of what runs fastest."""
    path = Path(__file__).resolve().parents[2] / "models" / f"{starter.info().name}.gguf"
    settings = EngineSettings(context=context, threads=1, requantise=False)
    return kind(path, log=folder / "logs" / "llama.log", settings=settings)


def test_a_step_that_fails_twice_is_given_up(
    small, tmp_path, starter_embedder: ChildEmbedder, starter_model: LlamaModel
):
    """A context too small for any prompt: every step fails, and the loop still ends."""
    model = starter_as(LlamaModel, tmp_path, starter_model, context=32)
    with preparing(tmp_path / "workspace", starter_embedder, model) as (store, events):
        assert store.steps.counts().failed == 2
    prepared = end(events)
    assert (prepared.steps.done, prepared.steps.failed, prepared.stopped) == (0, 4, "complete")


def test_trials_that_fail_do_not_keep_from_preparing(
    small, tmp_path, starter_embedder: ChildEmbedder, starter_model: LlamaModel, caplog
):
    caplog.set_level(logging.INFO, "docqa")
    model = starter_as(Untunable, tmp_path, starter_model)
    with preparing(tmp_path / "workspace", starter_embedder, model) as (_, events):
        prepared = end(events)
    assert (prepared.steps.done, prepared.stopped) == (2, "complete")
    assert [record.getMessage() for record in caplog.records if "tuned" in record.getMessage()] == [
        "not tuned: The language model process ended unexpectedly (code -6); try again."
    ]


def test_a_step_that_kills_the_child_twice_is_given_up_and_the_others_are_done(
    small, tmp_path, starter_embedder: ChildEmbedder, starter_model: LlamaModel
):
    model = starter_as(Deadly, tmp_path, starter_model)
    with preparing(tmp_path / "workspace", starter_embedder, model) as (store, events):
        counts = store.steps.counts()
        assert store.steps.pending() == []
    prepared = end(events)
    assert (prepared.steps.done, prepared.steps.failed, prepared.stopped) == (1, 2, "complete")
    assert (counts.done, counts.failed) == (1, 1)
    assert model.deaths == 2


def test_a_question_interrupts_and_preparing_goes_on(open_workspace, sample_copy):
    workspace = open_workspace(sample_copy)
    cancel, first = Cancel(), threading.Event()
    events: list[PrepareProgress | Prepared] = []

    def preparing() -> None:
        for event in workspace.prepare(cancel=cancel):
            events.append(event)
            first.set()
            if asked.is_set():
                cancel.set()

    asked = threading.Event()
    thread = threading.Thread(target=preparing)
    thread.start()
    assert first.wait(120)
    *_, answer = workspace.ask(
        "Who is the chair of the board?", route="passages", verbosity="brief"
    )
    asked.set()
    before = len(events)
    thread.join(120)
    assert isinstance(answer, Answer)
    assert "Halloran" in str(answer.text)
    assert len(events) > before
    prepared = end(events)
    assert (prepared.stopped, prepared.steps.failed) == ("cancelled", 0)
    assert prepared.steps.done == len(events) - 1


def test_a_night_brings_checked_questions_and_facts(open_workspace, prepared_sample_copy):
    workspace = open_workspace(prepared_sample_copy)
    notes = workspace.notes()
    assert {note.kind for note in notes} == {"question", "fact"}
    for note in notes:
        assert note.status == "verified"
        for evidence in note.evidence:
            page = workspace.page(evidence.document_id, evidence.page)
            assert page.text[evidence.start : evidence.end] == evidence.quote
    assert all(note.question.endswith("?") for note in notes if note.kind == "question")
    assert all(note.reason for note in workspace.notes(status="rejected"))
    assert workspace.suggestions()
