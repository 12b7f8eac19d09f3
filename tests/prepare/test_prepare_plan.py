"""What the lenses see, and which steps follow from it."""

from dataclasses import replace

import pytest

from docqa.answer.evidence import sentences_of
from docqa.llm import prompts
from docqa.model import Passage
from docqa.prepare import plan
from docqa.prepare.lenses import LENSES, lens_of, targets
from docqa.prepare.plan import FACTS, QUESTIONS, steps_for


def passage(text: str, id: int = 1) -> Passage:
    return Passage(id, 1, 1, 0, len(text), text, "Report")


RICH = passage(
    "Old Bess was built in 2012 by Lindqvist. It cost 40 pounds because steel was cheap. "
    "Capacity is the highest power of a generator. Output grew by 19 per cent in 2025."
)
POOR = passage("The wind blows mostly in winter here, and then the sea is rather rough.", id=2)


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        (1, [(0, "When"), (3, "When")]),
        (2, [(1, "How many"), (3, "How many")]),
        (3, [(1, "Why")]),
        (4, [(2, "What is")]),
        (5, [(3, "How much")]),
    ],
)
def test_what_each_lens_sees(number, seen):
    found = targets(lens_of(number), sentences_of(RICH))
    assert [(target.index, target.starter) for target in found] == seen


def test_a_name_without_a_date_asks_for_who():
    (target,) = targets(LENSES[0], sentences_of(passage("The group is led by Joss Farrimond.")))
    assert target.starter == "Who"


def test_no_lens_sees_anything_in_headings_and_tables():
    rows = sentences_of(passage("6. The Fault of 2025\n\nSalaries 2024 236\nGrants and Joss 40 15"))
    assert not [target for lens in LENSES for target in targets(lens, rows)]


def test_the_steps_of_a_passage():
    steps = [step for _, step in steps_for([RICH], "model", 5)]
    assert [(s.kind, s.pass_number) for s in steps] == [
        *((QUESTIONS, n) for n in (1, 2, 3, 4, 5)),
        (FACTS, 1),
    ]
    assert {(s.document_id, s.unit, s.state) for s in steps} == {(1, 1, "pending")}
    assert len({s.input_hash for s in steps}) == 6


def test_fewer_passes_fewer_steps_and_never_more_than_there_are_lenses():
    assert [s.pass_number for _, s in steps_for([RICH], "model", 1)] == [1, 1]
    assert len(list(steps_for([RICH], "model", 99))) == 6
    assert list(steps_for([], "model", 5)) == []


def test_the_first_pass_and_rich_passages_come_first():
    order = [
        (step.unit, step.kind, step.pass_number)
        for _, step in sorted(steps_for([POOR, RICH], "model", 2), key=lambda pair: pair[0])
    ]
    assert order == [
        (1, QUESTIONS, 1),
        (1, FACTS, 1),
        (2, FACTS, 1),
        (1, QUESTIONS, 2),
    ]


def hashes(passage: Passage, model: str = "model") -> dict[tuple[str, int], str]:
    return {(s.kind, s.pass_number): s.input_hash for _, s in steps_for([passage], model, 5)}


def test_a_step_is_the_same_as_long_as_nothing_changes():
    assert hashes(RICH) == hashes(replace(RICH, id=9, start=4, page=3))


@pytest.mark.parametrize(
    "changed",
    [replace(RICH, text=RICH.text.replace("40", "41")), replace(RICH, context="Other")],
)
def test_another_text_is_another_step(changed):
    assert not set(hashes(RICH).values()) & set(hashes(changed).values())


def test_another_model_is_another_step():
    assert not set(hashes(RICH).values()) & set(hashes(RICH, "other").values())


def test_another_wording_is_another_step_of_its_kind(monkeypatch):
    before = hashes(RICH)
    newer = replace(prompts.FACT, version=prompts.FACT.version + 1)
    monkeypatch.setitem(plan._WORDINGS, FACTS, (newer,))
    after = hashes(RICH)
    assert {key for key in before if before[key] != after[key]} == {(FACTS, 1)}


@pytest.mark.parametrize("heads", ["", " — Year 2024 2025"])
def test_a_passage_that_only_moved_has_the_same_steps(heads):
    """Its page stands in its context line, mostly before the heads of a table."""
    here = replace(RICH, context=f"Report — Chapter 2 — page 3{heads}")
    there = replace(here, page=4, context=f"Report — Chapter 2 — page 4{heads}")
    assert hashes(here) == hashes(there)
    elsewhere = replace(there, context=f"Report — Chapter 3 — page 4{heads}")
    assert not set(hashes(here).values()) & set(hashes(elsewhere).values())
