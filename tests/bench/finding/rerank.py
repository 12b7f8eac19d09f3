"""Whether the language model's own score puts the right page further up: an experiment.

The first passages are scored in two ways: how likely the model says "yes" when asked whether the
text answers the question, and how likely it would ask this question after reading the text.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from finding.libraries import ROOT, Libraries
from finding.sets import Sets
from numpy.typing import NDArray
from table import Row

from docqa.answer.pack import shown
from docqa.llm.base import LanguageModel, Prompt
from docqa.llm.catalogue import default_model
from docqa.llm.client import LlamaModel
from docqa.measure.bootstrap import estimates
from docqa.measure.places import PlacedQuestion, place
from docqa.model import Hit
from docqa.process import Urgency

_SETS = ("financebench", "mmlongbench")
_CANDIDATES = 8
_QUESTIONS = 30
"""Of each set, drawn by chance, but always the same ones."""
_CUTS = (1, 3, 5)
_SHARES = (0.25, 0.5, 1.0)
"""What the model's score counts against the search's, both by their standard deviations."""

_INSTRUCTIONS = "You decide which text answers a question."
_YES_OR_NO = "Question: {question}\nDoes the text answer the question?"
_WHICH = "Which question does this text answer?"


@dataclass(frozen=True, slots=True)
class _Scored:
    """A question with its first passages' scores, in their order, and which are on its page."""

    document: int
    right: tuple[bool, ...]
    search: NDArray[np.float64]
    yes: NDArray[np.float64]
    asks: NDArray[np.float64]
    seconds: float


def rerank(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """The page among the first passages in the order of the search, and by the model's scores."""
    path = default_model((ROOT / "models",))
    assert path is not None
    model = LlamaModel(path, log=libraries.folder / "logs" / "llama.log")
    try:
        model.load(Urgency.ASKING)
        scored = [one for name in _SETS for one in _set(name, sets, libraries, model)]
    finally:
        model.close()
    seconds = float(np.median([one.seconds for one in scored]))
    detail = f"{_CANDIDATES} passages, both ways to ask; {len(scored)} questions, {path.stem}"
    return (
        *_rows("says yes", scored, [one.yes for one in scored]),
        *_rows("asks the question", scored, [one.asks for one in scored]),
        Row("rerank: seconds for a question, median", seconds, None, unit=" s", detail=detail),
    )


def _set(name: str, sets: Sets, libraries: Libraries, model: LanguageModel) -> Iterator[_Scored]:
    with libraries.pdfs(name, sets.pdfs(name)) as library:
        placed = place(sets.questions(name), library.documents).questions
        drawn = np.random.default_rng(1).permutation(len(placed))[:_QUESTIONS]
        for number in sorted(drawn.tolist()):
            question = placed[number]
            hits = library.search.search(question.text, k=_CANDIDATES, documents=question.own)
            if len(hits) > 1:
                yield _score(question, hits, model)


def _score(question: PlacedQuestion, hits: Sequence[Hit], model: LanguageModel) -> _Scored:
    started = time.perf_counter()
    pairs = [_asked(model, shown([hit]), question.text) for hit in hits]
    return _Scored(
        question.own[0],
        tuple((hit.document_id, hit.page) in question.wanted for hit in hits),
        np.array([hit.score for hit in hits]),
        np.array([yes for yes, _ in pairs]),
        np.array([asks for _, asks in pairs]),
        time.perf_counter() - started,
    )


def _asked(model: LanguageModel, text: str, question: str) -> tuple[float, float]:
    """The two scores of a text. What the prompts begin with is computed once."""
    fixed = f"Text: {text}\n\n"
    judge = Prompt(_INSTRUCTIONS, (fixed, _YES_OR_NO.format(question=question)), "Answer:")
    said = model.score(judge, (" yes", " no"), urgency=Urgency.ASKING).total
    reader = Prompt(_INSTRUCTIONS, (fixed, _WHICH), "Question:")
    asks = model.score(reader, (f" {question}",), urgency=Urgency.ASKING).mean
    return said[0] - said[1], asks[0]


def _rows(
    name: str, scored: Sequence[_Scored], scores: Sequence[NDArray[np.float64]]
) -> Iterator[Row]:
    for cut in _CUTS:
        before = [_within(one.right, one.search, cut) for one in scored]
        gains = []
        for share in _SHARES:
            after = [
                _within(one.right, _mixed(one.search, own, share), cut)
                for one, own in zip(scored, scores, strict=True)
            ]
            (gain,) = estimates(
                (np.array(after) - np.array(before))[:, None], [one.document for one in scored]
            )
            low, high = gain.by_question.low, gain.by_question.high
            gains.append(f"counting {share:g}: {gain.value:+.3f} ({low:+.2f} to {high:+.2f})")
        detail = f"gain when the model {name}, " + "; ".join(gains)
        yield Row(f"rerank, {name}: page in the first {cut}, as searched", float(np.mean(before)),
                  None, detail=detail)  # fmt: skip


def _mixed(
    search: NDArray[np.float64], own: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Both scores in one; with a share of 1 the model's decides alone."""
    return (1.0 - share) * _even(search) + share * _even(own)


def _even(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread else np.zeros_like(scores)


def _within(right: Sequence[bool], scores: NDArray[np.float64], cut: int) -> float:
    first = np.argsort(-scores, kind="stable")[:cut]
    return float(any(right[at] for at in first))
