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
    for source in sources:
        text = source.sentence.text
        if not numbers(text) and not names(text):
            continue
        fact = pen.write(prompts.fact_prompt(source.shown, text), _FACT_TOKENS, stop=("\n",))
        if fact:
            draft = Draft("fact", None, fact, source, pass_number=1)
            yield draft, check_fact(draft)
