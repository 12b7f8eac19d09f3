"""Writes the questions that a reader will ask about a passage, with their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docqa.llm import prompts
from docqa.prepare.draft import Draft, Source
from docqa.prepare.verify import answers, check_question
from docqa.prepare.writing import Pen

_QUESTION_TOKENS = 32
_ANSWER_TOKENS = 48
_BLANKS_AND_QUOTES = " \"'"


def write_questions(
    sources: Sequence[tuple[Source, str]], pass_number: int, pen: Pen
) -> Iterator[tuple[Draft, str | None]]:
    """Yield a draft for each (source, how its question begins), and why it is rejected, or None.

    The answer is the model's own if the sentence bears it out, and else the sentence itself, so
    that an answer is never less true than the page. Raises Cancelled.
    """
    drafts = _ask(sources, pass_number, pen)
    if not drafts:
        return
    drafts = _with_predictability(drafts, pen)
    reasons = [check_question(draft) for draft in drafts]
    sound = [draft for draft, reason in zip(drafts, reasons, strict=True) if reason is None]
    answered = iter(_answered(sound, pen))
    for draft, reason in zip(drafts, reasons, strict=True):
        yield (draft if reason else next(answered)), reason


def _ask(sources: Sequence[tuple[Source, str]], pass_number: int, pen: Pen) -> list[Draft]:
    """A question about each source, with the sentence itself as its answer."""
    shown = [
        prompts.question_prompt(source.shown, source.sentence.text, starter)
        for source, starter in sources
    ]
    rests = pen.write(shown, _QUESTION_TOKENS, stop=("?", "\n"))
    return [
        Draft(
            "question",
            f"{starter} {rest.strip(_BLANKS_AND_QUOTES)}?",
            source.sentence.said,
            source,
            pass_number,
        )
        for (source, starter), rest in zip(sources, rests, strict=True)
        if rest
    ]


def _with_predictability(drafts: Sequence[Draft], pen: Pen) -> list[Draft]:
    """How much likelier the text makes the question (arXiv 2504.13171, section 5.2).

    The paper asks a large model for log P(question | context); the difference to the question's own
    likelihood does not favour what is short and general.
    """
    texts = [f" {draft.question}" for draft in drafts]
    without = pen.likelihoods(prompts.reader_prompt(""), texts)
    if without is None:
        return list(drafts)
    rated = []
    for draft, text, alone in zip(drafts, texts, without, strict=True):
        shown = pen.likelihoods(prompts.reader_prompt(draft.source.shown), [text])
        gain = None if shown is None else round(shown[0] - alone, 3)
        rated.append(replace(draft, predictability=gain))
    return rated


def _answered(drafts: Sequence[Draft], pen: Pen) -> list[Draft]:
    """Each draft with the model's own short answer, where the sentence bears it out."""
    shown = [
        prompts.short_answer_prompt(draft.source.shown, draft.question or "") for draft in drafts
    ]
    answered = []
    for draft, answer in zip(drafts, pen.write(shown, _ANSWER_TOKENS, stop=("\n",)), strict=True):
        good = answer and answers(draft.question or "", answer, draft.source.sentence.text)
        answered.append(draft.with_text(_tidy(answer)) if answer and good else draft)
    return answered


def _tidy(answer: str) -> str:
    answer = answer.strip()
    answer = answer[0].upper() + answer[1:]
    return answer if answer[-1] in ".!?" else f"{answer}."
