"""One step of preparation with the starter model, and its transaction."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from docqa.errors import Cancelled
from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.llm.client import LlamaModel
from docqa.model import Note, Step
from docqa.prepare.plan import FACTS, QUESTIONS
from docqa.prepare.runner import StepResult, StepRunner
from docqa.process import Cancel, Urgency
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME

REASONS = {
    "form", "unspecific", "words not in the text", "negation", "not answered by the sentence",
    "improbable", "duplicate", "not found again", "changed meaning",
}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """A workspace's parts, with one step of each kind planned for its richest passage."""

    store: Store
    runner: StepRunner
    questions: Step
    facts: Step


@pytest.fixture
def bench(
    sample_copy: Path, starter_embedder: ChildEmbedder, starter_model: LlamaModel
) -> Iterator[Bench]:
    with Store.open(sample_copy / DATABASE_NAME) as store:
        search = Search(store, starter_embedder, sample_copy)
        (passage,) = (p for p in store.passages.of_document(1) if "Saltmarsh Savings" in p.text)
        store.steps.plan([Step(0, 1, kind, passage.id, 1, kind) for kind in (QUESTIONS, FACTS)])
        questions, facts = store.steps.pending()
        yield Bench(store, StepRunner(store, search, starter_model), questions, facts)


def assert_verbatim(store: Store, notes: tuple[Note, ...]) -> None:
    for note in notes:
        assert note.evidence
        for evidence in note.evidence:
            page = store.pages.get(evidence.document_id, evidence.page)
            assert page is not None
            assert page.text[evidence.start : evidence.end] == evidence.quote


def test_a_step_and_its_notes_are_stored_together(bench: Bench):
    result = bench.runner.run(bench.facts, Cancel())
    stored = bench.store.notes.list(status=None)
    assert [n.text for n in stored] == [n.text for n in result.notes] != []
    assert {n.kind for n in stored} == {"fact"}
    assert all((n.reason is None) == (n.status == "verified") for n in stored)
    assert {n.reason for n in stored} - {None} <= REASONS
    assert_verbatim(bench.store, result.notes)
    assert bench.store.steps.counts().done == 1
    assert result.usage.prompt_tokens > result.usage.completion_tokens > 0
    assert bench.store.ledger.totals()["prepare"].usage == result.usage


def first_with_a_question(bench: Bench) -> tuple[Step, StepResult]:
    """The first step, by passages, that brings a verified question."""
    passages = bench.store.passages.of_document(1)
    bench.store.steps.plan([Step(0, 1, QUESTIONS, one.id, 1, "every passage") for one in passages])
    for step in [one for one in bench.store.steps.pending() if one.input_hash == "every passage"]:
        result = bench.runner.run(step, Cancel())
        if any(note.status == "verified" for note in result.notes):
            return step, result
    raise AssertionError("no passage of the sample brings a question")


def test_a_question_that_is_known_is_not_kept_twice(bench: Bench):
    step, first = first_with_a_question(bench)
    bench.store.steps.plan([Step(0, 1, QUESTIONS, step.unit, 1, "another model")])
    second = bench.runner.run(bench.store.steps.pending()[-1], Cancel())
    verified = [n for n in first.notes if n.status == "verified"]
    assert verified
    assert {n.kind for n in first.notes} == {"question"}
    assert_verbatim(bench.store, first.notes)
    assert not [n for n in second.notes if n.status == "verified"]
    assert [n.question for n in second.notes if n.reason == "duplicate"] == [
        n.question for n in verified
    ]


def test_a_passage_that_is_gone_has_no_notes(bench: Bench):
    bench.store.steps.plan([Step(0, 1, FACTS, 9999, 1, "gone")])
    result = bench.runner.run(bench.store.steps.pending()[-1], Cancel())
    assert (result.notes, result.usage.prompt_tokens) == ((), 0)
    assert bench.store.steps.counts().done == 1


def test_stopped_in_the_middle_the_step_stays_pending(bench: Bench, starter_model: LlamaModel):
    starter_model.load(Urgency.ASKING)
    cancel = Cancel()
    stopper = threading.Timer(0.3, cancel.set)
    stopper.start()
    with pytest.raises(Cancelled):
        bench.runner.run(bench.questions, cancel)
    stopper.join()
    (still, _) = bench.store.steps.pending()
    assert (still.id, still.attempts) == (bench.questions.id, 0)
    assert bench.store.notes.list(status=None) == []
    assert bench.store.ledger.totals()["prepare"].calls == 0


def test_a_document_removed_meanwhile_gets_no_notes(bench: Bench):
    bench.store.documents.remove([1])
    assert bench.runner.run(bench.facts, Cancel()).notes == ()
    assert bench.store.notes.list(status=None) == []
