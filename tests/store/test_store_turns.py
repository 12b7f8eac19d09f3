"""The conversation: every part of an answer comes back."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docqa.model import Answer, AnswerSentence, Citation, Hit, Seconds, Usage

FULL = Answer(
    question="What moves?",
    text="The pump moves. Nobody knows why.",
    found=True,
    route="passages",
    citations=(Citation(1, "Paper 1", 1, "pump", 4, 8),),
    sentences=(AnswerSentence("The pump moves.", (1,)), AnswerSentence("Nobody knows why.", ())),
    usage=Usage(10, 5, 2),
    seconds=Seconds(1.0, 0.5, 2.0),
    nearest=(Hit(1, 1, "Paper 1", 1, 0.5, "pump", 4, 8, "Paper › Pumps", 0.25, 0.75),),
    still_reading=("Paper 2",),
    note_id=7,
)


def test_an_answer_comes_back_whole(store, add_document):
    add_document()
    assert store.turns.add(FULL) == 1
    assert store.turns.recent(10) == [FULL]


def test_the_last_ones_oldest_first(store):
    for number in range(5):
        store.turns.add(Answer(f"Question {number}?", None, False, "not_found"))
    assert [a.question for a in store.turns.recent(2)] == ["Question 3?", "Question 4?"]
    store.turns.clear()
    assert store.turns.recent(2) == []


def test_an_answer_about_a_document_that_is_gone_is_not_kept(store):
    assert store.turns.add(FULL) == 0
    assert store.turns.recent(10) == []


def test_fields_of_another_version_do_no_harm(store, add_document):
    add_document()
    store.turns.add(FULL)
    with store.database.write() as connection:
        fields = json.loads(connection.execute("SELECT answer FROM turns").fetchone()[0])
        fields["mood"] = fields["usage"]["mood"] = "good"
        del fields["note_id"], fields["still_reading"], fields["nearest"][0]["overlap"]
        connection.execute("UPDATE turns SET answer = ?", (json.dumps(fields),))
    [answer] = store.turns.recent(10)
    assert (answer.text, answer.note_id, answer.nearest[0].overlap) == (FULL.text, None, 0.0)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_kept(store, text):
    store.turns.add(Answer(text, text, True, "deep"))
    assert store.turns.recent(1) == [Answer(text, text, True, "deep")]
