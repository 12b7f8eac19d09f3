"""Which way a question goes: a prepared answer, passages, or an honest "not found".

Every threshold stands here. They were chosen on the sample PDF's checked-in questions and on pairs
of questions that differ in one word, with all-MiniLM-L6-v2; another embedder needs its own.
"""

from __future__ import annotations

from docqa.answer.compare import content_stems, is_negated, names, numbers, question_type

MAX_QUESTION_CHARACTERS = 2_000
EVIDENCE_TOKENS = 800
SEARCH_PASSAGES = 8
RANK_PASSAGES = 4

MIN_SAME_SIMILARITY = 0.85
"""Cosine of two questions that also agree in every word that carries meaning. Words decide, since
"the capacity of Old Bess" and "the capacity of Young Bess" have a cosine of about 0.95."""
MIN_SCORE, MIN_SCORE_AND_OVERLAP = 0.8, 1.33
"""What the best sentence's score (``extract.score``), and that with the overlap, must reach. On the
sample PDF: its 14 questions 0.86 and 1.37 or more; 99 of 100 SQuAD questions about other things
less than 0.79; "the salary of the harbour master", which it does not give, 0.94 and 1.30."""
MAX_BEHIND_BEST = 0.25
"""How far (in score) the cited sentences may be behind the best one for an answer to count."""


def answerable(score: float, overlap: float) -> bool:
    """Whether a best sentence of that score, in passages of that overlap, speaks of the matter."""
    return score >= MIN_SCORE and score + overlap >= MIN_SCORE_AND_OVERLAP


def same_question(asked: str, prepared: str, similarity: float) -> bool:
    """Whether a prepared question asks the very same, in other words only where they are empty."""
    return (
        similarity >= MIN_SAME_SIMILARITY
        and content_stems(asked) == content_stems(prepared)
        and numbers(asked) == numbers(prepared)
        and question_type(asked) == question_type(prepared)
        and is_negated(asked) == is_negated(prepared)
        and _order_of_names(asked, prepared)
    )


def _order_of_names(asked: str, prepared: str) -> bool:
    """Whether names come in the same order: A sued B, or B sued A."""
    both = names(prepared)
    return _sequence(asked, both) == _sequence(prepared, both)


def _sequence(text: str, wanted: frozenset[str]) -> list[str]:
    folded = text.casefold()
    return sorted((name for name in wanted if name in folded), key=folded.index)
