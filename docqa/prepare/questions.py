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
    for source, starter in sources:
        question = _question(source, starter, pen)
        if question is None:
            continue
        draft = Draft("question", question, source.sentence.said, source, pass_number)
        draft = replace(draft, predictability=_predictability(draft, pen))
        reason = check_question(draft)
        yield (draft if reason else _answered(draft, pen)), reason


def _question(source: Source, starter: str, pen: Pen) -> str | None:
    prompt = prompts.question_prompt(source.shown, source.sentence.text, starter)
    rest = pen.write(prompt, _QUESTION_TOKENS, stop=("?", "\n"))
    return f"{starter} {rest.strip(_BLANKS_AND_QUOTES)}?" if rest else None


def _predictability(draft: Draft, pen: Pen) -> float:
    """How much likelier the text makes the question (arXiv 2504.13171, section 5.2).

    The paper asks a large model for log P(question | context); the difference to the question's own
    likelihood does not favour what is short and general.
    """
    texts = (f" {draft.question}",)
    (with_text,) = pen.likelihoods(prompts.reader_prompt(draft.source.shown), texts)
    (without,) = pen.likelihoods(prompts.reader_prompt(""), texts)
    return round(with_text - without, 3)


def _answered(draft: Draft, pen: Pen) -> Draft:
    question = draft.question or ""
    prompt = prompts.short_answer_prompt(draft.source.shown, question)
    answer = pen.write(prompt, _ANSWER_TOKENS, stop=("\n",))
    if answer and answers(question, answer, draft.source.sentence.text):
        return draft.with_text(_tidy(answer))
    return draft


def _tidy(answer: str) -> str:
    answer = answer.strip()
    answer = answer[0].upper() + answer[1:]
    return answer if answer[-1] in ".!?" else f"{answer}."
