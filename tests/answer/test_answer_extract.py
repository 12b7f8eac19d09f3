"""Ranking the sentences of the evidence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from page_text import sentences

from docqa.answer.compare import content_stems
from docqa.answer.extract import rank, score

VOCABULARY = 512


def by_words(question: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Cosines of vectors that are near each other when the texts share words."""
    rows = np.full((len(texts) + 1, VOCABULARY), 1e-6, np.float32)
    for row, text in zip(rows, [question, *texts], strict=True):
        for stem in content_stems(text):
            row[sum(map(ord, stem)) % VOCABULARY] += 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows[1:] @ rows[0]


def test_the_sentence_that_answers_is_the_best():
    found = rank(
        "When was the battery built?",
        sentences("The battery is large. The battery was built in 2021. A pump is near."),
        by_words,
    )
    assert found is not None
    assert found.best.text == "The battery was built in 2021."
    assert len(found.scores) == len(found.sentences) == 3


def test_nothing_to_rank():
    assert rank("Who?", [], by_words) is None
    assert rank("Who?", sentences("Grants.\n\nOld pumps."), by_words) is None


def test_a_pronoun_takes_its_noun_along_and_what_leans_on_it():
    text = "A turbine lies in the sea. It is called the Otter. Its blades turn. Fish swim here."
    found = rank("What is the turbine called?", sentences(text), by_words)
    assert found is not None
    assert [s.text for s in found.with_neighbours()][:2] == [
        "A turbine lies in the sea.",
        "It is called the Otter.",
    ]
    assert found.sentences[3] not in found.with_neighbours()


def test_a_sentence_that_stands_alone_comes_alone():
    text = "Fish swim here. The turbine is called Otter. Boats come by."
    found = rank("What is the turbine called?", sentences(text), by_words)
    assert found is not None
    assert [s.text for s in found.with_neighbours()] == ["The turbine is called Otter."]


def test_neighbours_on_another_page_are_none():
    here = sentences("A turbine lies in the sea.", page=1)
    there = sentences("It is called the Otter.", page=2)
    found = rank("What is called the Otter?", [*here, *there], by_words)
    assert found is not None
    assert found.with_neighbours() == tuple(there)


def test_a_sentence_that_was_not_ranked_has_no_score():
    first, other = sentences("The battery is large. The pump is old.")
    found = rank("How large is the battery?", [first], by_words)
    assert found is not None
    assert found.score_of(first) == found.scores[0]
    assert found.score_of(other) == 0.0


def test_the_kind_of_answer_that_is_asked_for_counts_more():
    asked = "When did the meeting end?"
    assert score(asked, "It ended in May.", 0.5) > score(asked, "It ended in peace.", 0.5)


def test_another_year_counts_less():
    asked = "What was the surplus in 2024?"
    right = score(asked, "In 2024 the surplus was large.", 0.5)
    assert right > score(asked, "In 2023 the surplus was large.", 0.5)
    assert score(asked, "The surplus was 2,150 pounds.", 0.5) > score(
        asked, "The surplus of 2021 was large.", 0.5
    )


def test_a_heading_counts_less_than_a_sentence():
    found = rank(
        "Who owns it?", sentences("Who owns the boat\n\nWho owns the boat is Ann."), by_words
    )
    assert found is not None
    heading, sentence = found.scores
    assert heading < sentence
