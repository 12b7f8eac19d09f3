"""Aligns the sentences of an answer with sentences of pages that say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docqa.answer.claims import contradicts
from docqa.answer.compare import (
    content_stems,
    coverage,
    kept_order,
    names,
    numbers,
    words,
)
from docqa.answer.evidence import Sentence, follows, leans
from docqa.ingest.sentences import sentences
from docqa.model import AnswerSentence, Citation

MIN_NEW = 0.8
"""Share of the words that an answer adds to its question which the cited text must have."""
MIN_ORDER = 0.6
"""Share of the common words that keep their order: who owes whom is told by nothing else."""
MIN_ALL = 0.5
"""The same for all its words: a question must not smuggle in what no page says."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer's sentences with the numbers of their citations, and what these cite."""

    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    sources: tuple[Sentence, ...]


def cite(
    answer: str, question: str, evidence: Sequence[Sentence], titles: Mapping[int, str]
) -> Cited:
    """Cite, for each sentence of ``answer``, the sentence (or two) of ``evidence`` that says it.

    ``titles`` are the documents' titles by id.
    """
    sources: list[Sentence] = []
    cited: list[AnswerSentence] = []
    for text in _distinct(answer):
        numbered = []
        for sentence in support(text, question, evidence):
            if sentence not in sources:
                sources.append(sentence)
            numbered.append(sources.index(sentence) + 1)
        cited.append(AnswerSentence(text, tuple(sorted(numbered))))
    citations = tuple(source.citation(titles[source.document_id]) for source in sources)
    return Cited(tuple(cited), citations, tuple(sources))


def support(claim: str, question: str, evidence: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentence that says ``claim``, or two that follow each other and do together, or none."""
    ranked = sorted(
        evidence, key=lambda sentence: coverage(_marks(claim), _marks(sentence.text)), reverse=True
    )
    for sentence in ranked:
        if _supports(claim, question, sentence.text):
            return (sentence,)
    for first, second in pairwise(evidence):
        # Two sentences say one thing only where the second leans on the first, and figures of both
        # must not be mixed.
        if not follows(first, second) or not leans(second.text):
            continue
        figures = numbers(claim)
        whole = figures <= numbers(first.text) or figures <= numbers(second.text)
        if whole and _supports(claim, question, f"{first.text} {second.text}"):
            return (first, second)
    return ()


def _supports(claim: str, question: str, text: str) -> bool:
    claimed, given = content_stems(claim), content_stems(text)
    if not claimed and not numbers(claim):
        return False
    new = claimed - content_stems(question)
    return (
        not contradicts(claim, text)
        and names(claim) <= words(text)
        and kept_order(claim, text) >= MIN_ORDER
        and coverage(new, given) >= MIN_NEW
        and coverage(claimed, given) >= MIN_ALL
    )


def _marks(text: str) -> frozenset[str]:
    return content_stems(text) | numbers(text)


def _distinct(answer: str) -> list[str]:
    """The sentences of an answer, each once: small models repeat themselves."""
    found = [" ".join(answer[start:end].split()) for start, end in sentences(answer)]
    return list(dict.fromkeys(found))
