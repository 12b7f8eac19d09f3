"""From a draft to a note, with the evidence that it needs."""

from drafts import fact, question, source

NARROWS = "The Otter lies in the Narrows."
DEPTH = "It lies 18 metres deep."


def test_a_verified_and_a_rejected_note():
    draft = question("How deep does the Otter lie?", DEPTH, before=NARROWS)
    verified, rejected = draft.note(None), draft.note("form")
    assert (verified.status, verified.reason) == ("verified", None)
    assert (rejected.status, rejected.reason) == ("rejected", "form")
    assert verified.question == "How deep does the Otter lie?"
    assert (verified.text, verified.predictability, verified.pass_number) == (DEPTH, 3.0, 1)


def test_the_sentence_before_is_evidence_only_where_something_comes_from_it():
    alone = fact("It lies 18 metres deep.", DEPTH, before=NARROWS).note(None)
    both = fact("The Otter lies 18 metres deep.", DEPTH, before=NARROWS).note(None)
    assert [e.quote for e in alone.evidence] == [DEPTH]
    assert [e.quote for e in both.evidence] == [NARROWS, DEPTH]


def test_the_model_is_shown_the_sentence_before():
    assert source(DEPTH, NARROWS).shown == f"{NARROWS} {DEPTH}"
    assert source(DEPTH).shown == DEPTH


def test_another_answer_changes_only_the_text():
    draft = question("How deep does the Otter lie?", DEPTH)
    assert draft.with_text("18 metres.").note(None).text == "18 metres."
    assert draft.text == DEPTH
