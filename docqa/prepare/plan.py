"""Which steps a document needs, and in what order: the most value per second first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from docqa.answer.compare import names, numbers
from docqa.answer.evidence import sentences_of
from docqa.llm import prompts
from docqa.model import Passage, Step
from docqa.prepare.lenses import LENSES, lens_of, targets

_PAGE = re.compile(r"(?:^| — )page \d+(?= — |$)")
"""In a context line. A passage that only moved to another page is the same."""
QUESTIONS, FACTS = "questions", "facts"
_FACTS_PASS = 1
_FACTS_BEHIND = 250
"""A short night shall bring facts too."""
_WORDINGS = {
    QUESTIONS: (prompts.QUESTION, prompts.SHORT_ANSWER, prompts.GUESS),
    FACTS: (prompts.FACT,),
}


def steps_for(passages: Sequence[Passage], model: str, passes: int) -> Iterator[tuple[int, Step]]:
    """Yield (priority, step) for every passage that a lens sees something in; low goes first.

    ``model`` is the identity of the language model: another model, prompt or text means another
    step. Pass 1 of all passages comes before pass 2 of any, rich passages before poor ones, and
    the facts of rich ones before the questions of the poorest.
    """
    for passage in passages:
        sentences = sentences_of(passage)
        rank = _poverty(passage)
        for pass_number in range(1, min(passes, len(LENSES)) + 1):
            lens = lens_of(pass_number)
            if any(True for _ in targets(lens, sentences)):
                key = _key(model, QUESTIONS, lens.name, passage)
                step = Step(0, passage.document_id, QUESTIONS, passage.id, pass_number, key)
                yield 2000 * (pass_number - 1) + rank, step
        if passage.text.strip():
            key = _key(model, FACTS, "", passage)
            yield (
                _FACTS_BEHIND + rank,
                Step(0, passage.document_id, FACTS, passage.id, _FACTS_PASS, key),
            )


def _poverty(passage: Passage) -> int:
    """0 for a passage full of names and numbers, up to 999 for one that has none."""
    words = max(1, len(passage.text.split()))
    density = (len(numbers(passage.text)) + len(names(passage.text))) / words
    return 999 - min(999, round(999 * density / 0.25))


def _key(model: str, kind: str, lens: str, passage: Passage) -> str:
    versions = ",".join(str(wording.version) for wording in _WORDINGS[kind])
    context = _PAGE.sub("", passage.context)
    content = "\0".join((model, kind, lens, versions, context, passage.text))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
