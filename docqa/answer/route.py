"""Which way a question goes: a prepared answer, passages, or an honest "not found".

Every threshold stands here. They were chosen on the sample PDF's checked-in questions and on pairs
of questions that differ in one word, with all-MiniLM-L6-v2. Cosines of another embedder come on
its scale (``docqa.index.likeness``), which fits less exactly: so no prepared answer is served by
likeness alone, its question has to agree word for word.
"""

from __future__ import annotations

from docqa.answer.compare import in_order, number_list, stem
from docqa.model import Hit

MAX_QUESTION_CHARACTERS = 2_000
EVIDENCE_TOKENS = 800
"""With 1,200 the evidence would hold the answer's words for .48 of the questions about filings
instead of .36, and for .70 of those about other documents instead of .65; but each 400 tokens are
20 s before the first word where a 7B model computes 20 a second (two cores)."""
SEARCH_PASSAGES = 8
"""800 tokens hold some four. With 12 or 16 to choose from the answer was there no more often; with
24, for two questions more of 69, at three times the passages to weigh."""
RANK_PASSAGES = 4

MIN_SAME_SIMILARITY = 0.85
"""Cosine of two questions that also agree in every word that carries meaning. Words decide, since
"the capacity of Old Bess" and "the capacity of Young Bess" have a cosine of about 0.95."""
MIN_SCORE, MIN_SCORE_AND_OVERLAP = 0.8, 1.33
"""What the best sentence's score (``extract.score``), and that with the overlap, must reach. On the
sample PDF: its 14 questions 0.86 and 1.37 or more; 99 of 100 SQuAD questions about other things
less than 0.79; "the salary of the harbour master", which it does not give, 0.94 and 1.30."""
MIN_QUOTABLE_SCORE = 0.95
"""What the best sentence needs to stand for an answer that the model did not manage to write: on
filings, sentences below it were about the matter and no answer."""
MAX_BEHIND_BEST = 0.25
"""How far (in score) the cited sentences may be behind the best one for an answer to count."""
RIVAL_SIMILARITY, RIVAL_OVERLAP = 0.15, 0.15
"""How far another document's best passage may be behind for it to have an answer of its own."""

_EMPTY = frozenset("a an the please tell me us s".split())
"""The only words that may differ: "by" for "to", "did" for "will" make another question."""


def answerable(score: float, overlap: float) -> bool:
    """Whether a best sentence of that score, in passages of that overlap, speaks of the matter."""
    return score >= MIN_SCORE and score + overlap >= MIN_SCORE_AND_OVERLAP


def same_question(asked: str, prepared: str, similarity: float) -> bool:
    """Whether a prepared question asks the very same, in other words only where they are empty."""
    return (
        similarity >= MIN_SAME_SIMILARITY
        and number_list(asked) == number_list(prepared)
        and _carriers(asked) == _carriers(prepared)
    )


def rivals(hit: Hit, other: Hit) -> bool:
    """Whether ``other`` speaks of what was asked nearly as well as ``hit``."""
    return (
        other.similarity >= hit.similarity - RIVAL_SIMILARITY
        and other.overlap >= hit.overlap - RIVAL_OVERLAP
    )


def _carriers(text: str) -> list[str]:
    """Stems of all but empty words, in order: who sued whom is told by nothing else."""
    return [stem(word) for word in in_order(text.replace("'s", " is")) if word not in _EMPTY]
