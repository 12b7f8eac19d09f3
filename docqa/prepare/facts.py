"""Writes facts: sentences of a passage in words that need no other sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docqa.answer.compare import names, numbers
from docqa.llm import prompts
from docqa.prepare.draft import Draft, Source
from docqa.prepare.verify import check_fact
from docqa.prepare.writing import Pen

_FACT_TOKENS = 80


def write_facts(sources: Sequence[Source], pen: Pen) -> Iterator[tuple[Draft, str | None]]:
    """Yield a fact for each sentence that names or counts something, and why it is rejected.

    Raises Cancelled.
    """
    told = [source for source in sources if _tells(source.sentence.text)]
    shown = [prompts.fact_prompt(source.shown, source.sentence.text) for source in told]
    for source, fact in zip(told, pen.write(shown, _FACT_TOKENS, stop=("\n",)), strict=True):
        if fact:
            draft = Draft("fact", None, fact, source, pass_number=1)
            yield draft, check_fact(draft)


def _tells(sentence: str) -> bool:
    return bool(numbers(sentence) or names(sentence))
