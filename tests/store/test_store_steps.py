"""Steps: planned once, done whole, given up after two failures."""

from __future__ import annotations

from dataclasses import replace

from docqa.model import Evidence, Page, Step, StepCounts, Usage
from docqa.store.usage import Total


def steps(document_id: int, count: int = 3) -> list[Step]:
    return [Step(0, document_id, "numbers", unit, 1, f"hash {unit}") for unit in range(count)]


def test_a_step_is_planned_once(store, add_document):
    id = add_document()
    assert store.steps.plan(steps(id)) == 3
    assert store.steps.plan([*steps(id), replace(steps(id)[0], input_hash="new text")]) == 1
    assert store.steps.plan(steps(99)) == 0  # no such document
    assert store.steps.plan([]) == 0
    assert store.steps.counts() == StepCounts(pending=4)


def test_pending_by_priority_then_in_the_order_planned(store, add_document):
    one, two = add_document(), add_document()
    store.steps.plan(steps(one, 2))
    store.steps.plan(steps(two, 1), priority=-1)
    assert [(s.document_id, s.unit) for s in store.steps.pending()] == [
        (two, 0),
        (one, 0),
        (one, 1),
    ]
    assert [s.unit for s in store.steps.pending([one], limit=1)] == [0]


def test_a_step_is_done_with_its_notes_and_its_cost(store, add_document, question):
    id = add_document()
    store.steps.plan(steps(id, 4))
    first, *_ = store.steps.pending()
    notes = store.steps.complete(
        first, [question(id), question(id, status="rejected")], Usage(100, 60, 20), 2.5
    )
    assert list(store.notes.get(notes)) == notes
    assert store.ledger.totals()["prepare"] == Total(1, Usage(100, 60, 20), 2.5)
    assert first not in store.steps.pending()
    assert store.steps.counts([id]) == StepCounts(done=1, pending=3)
    assert store.steps.prepared_shares() == {id: 0.25}


def test_a_step_brings_its_notes_once(store, add_document, question):
    id = add_document()
    store.steps.plan(steps(id, 1))
    [step] = store.steps.pending()
    assert len(store.steps.complete(step, [question(id)], Usage(), 1.0)) == 1
    assert store.steps.complete(step, [question(id)], Usage(), 1.0) == []
    assert len(store.notes.list()) == 1


def test_two_failures_are_enough(store, add_document):
    id = add_document()
    store.steps.plan(steps(id, 1))
    [step] = store.steps.pending()
    store.steps.fail(step, "no answer")
    [again] = store.steps.pending()
    assert again.attempts == 1
    store.steps.fail(again, "no answer", Usage(5), 1.0)
    assert store.steps.pending() == []
    assert store.steps.counts() == StepCounts(failed=1)
    assert store.ledger.totals()["prepare"].usage == Usage(5)


def test_a_document_removed_meanwhile_costs_but_brings_nothing(store, add_document, question):
    gone, stays = add_document(), add_document()
    store.steps.plan([*steps(gone, 1), *steps(stays, 1)])
    of_gone, of_stays = store.steps.pending()
    store.documents.remove([gone])
    across = question(stays, evidence=(Evidence(gone, 1, 0, 1, "x"),))
    assert store.steps.complete(of_gone, [question(gone)], Usage(10), 1.0) == []
    assert store.steps.complete(of_stays, [across], Usage(10), 1.0) == []
    store.steps.fail(of_gone, "too late")
    assert store.notes.list(status=None) == []
    assert store.ledger.totals()["prepare"].calls == 2


def test_notes_about_a_passage_that_moved_meanwhile_point_to_where_it_is(
    store, add_document, question
):
    """The file changed while the model wrote about what stands on another page now."""
    id = add_document(pages=1)
    passage = store.passages.of_document(id)[0]
    store.steps.plan([Step(0, id, "facts", passage.id, 1, "hash")])
    [step] = store.steps.pending()
    note = question(id, evidence=(Evidence(id, 1, 0, len(passage.text), passage.text),))
    moved = replace(passage, page=2, start=4, end=4 + len(passage.text))
    pages = [Page(0, 1, "New."), Page(0, 2, f"And {passage.text}")]
    store.pages.replace(id, pages, [], [moved])
    [stored] = store.steps.complete(step, [note], Usage(), 1.0)
    found = store.notes.get([stored])[stored]
    assert found.status == "verified"
    assert (found.evidence[0].page, found.evidence[0].start) == (2, 4)
