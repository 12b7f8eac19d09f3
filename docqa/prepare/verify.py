"""The checks that every note must pass; what fails one is kept as rejected, with the reason.

Cheapest first. They do not trust the model to judge itself: words, numbers and names are compared
with the page, the kind of question with what the sentence gives, and a question must lead back to
its own passage through the index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from docqa.answer.claims import contradicts, says
from docqa.answer.compare import (
    brings,
    content_stems,
    counted,
    coverage,
    dates,
    kept_order,
    names,
    numbers,
    question_type,
    split_reason,
    words,
)
from docqa.answer.evidence import Sentence
from docqa.ingest.sentences import sentences
from docqa.prepare.draft import Draft

FindAgain = Callable[[str], Sequence[Sentence]]
"""Sentences of the best passages that the index finds for a question, without any notes."""

MIN_WORDS, MAX_WORDS, MAX_FACT_WORDS = 4, 18, 60
MIN_ORDER = 0.85
"""Share of the words shared with the sentence that keep its order: no roles swapped."""
MIN_KNOWN = 0.85
"""Share of a question's words that must stand in the text: the starter's inventions have less."""
MIN_SHARED = 0.75
"""Share of a sentence's words that a fact made of it must keep."""
MIN_PREDICTABILITY = 2.0
"""Log-probability per token: over 160 questions on the sample PDF, what was nonsense had mostly
less (loops below 1.5), what a person would ask had 2.2 to 6."""

_ABOUT_TEXT = re.compile(
    r"\b(?:text|sentence|passage|author|answer|question|paragraph|statement|the document|"
    r"suggest)\b",
    re.IGNORECASE,
)
_TWO_QUESTIONS = re.compile(r"\b(?:and|or) (?:what|who|when|where|why|how|which)\b", re.IGNORECASE)
_VAGUE_SUBJECT = re.compile(
    r"\b(?:he|she|it|they|them|this|these|those|the (?:first|second|third|latter|former))\b",
    re.IGNORECASE,
)
_VAGUE_START = re.compile(
    r"(?:[\w,]+ ){0,4}(?:he|she|it|its|they|them|this|these|those|there|the reason|things)\b",
    re.IGNORECASE,
)
_WHO_IS_NAMED = re.compile(r"^Who (?:is|are|was|were) (?:the )?[A-Z]")
_WHO_IS = re.compile(r"^who (?:is|are|was|were)\b", re.IGNORECASE)
_IS = re.compile(r"\b(?:is|are|was|were|been|by)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many ((?:[\w-]+ ){0,3}?[\w-]+)", re.IGNORECASE)


def check_question(draft: Draft) -> str | None:
    """Why a question cannot be kept, or None; the answer is not looked at."""
    question = draft.question or ""
    for reason, fails in (
        ("form", _bad_form(question)),
        ("unspecific", _unspecific(question)),
        ("words not in the text", _foreign(draft, question)),
        ("changed meaning", contradicts(question, draft.source.sentence.text)),
        ("not answered by the sentence", not _asks_for_new(question, draft.source.sentence.text)),
        ("improbable", _improbable(draft)),
    ):
        if fails:
            return reason
    return None


def _improbable(draft: Draft) -> bool:
    """Whether no reader of the text would ask this; a model that cannot tell rejects nothing."""
    return draft.predictability is not None and draft.predictability < MIN_PREDICTABILITY


def answers(question: str, answer: str, sentence: str) -> bool:
    """Whether an answer says only what the sentence says, and gives what the question asks."""
    return (
        says(f"{sentence} {question}", answer)
        and not contradicts(answer, sentence)
        and kept_order(answer, sentence) >= MIN_ORDER
        and _gives(question, answer, sentence)
        and len(answer.split()) <= 40
    )


def check_fact(draft: Draft) -> str | None:
    """Why a fact cannot be kept, or None."""
    sentence, text = draft.source.sentence.text, draft.text
    for reason, fails in (
        ("form", _bad_statement(text)),
        ("unspecific", not (numbers(text) or names(text)) or bool(_VAGUE_START.match(text))),
        ("words not in the text", not says(draft.source.basis, text)),
        ("changed meaning", _changed_meaning(f"{sentence} {draft.source.context}", sentence, text)),
    ):
        if fails:
            return reason
    return None


def _bad_statement(text: str) -> bool:
    return (
        not MIN_WORDS <= len(text.split()) <= MAX_FACT_WORDS
        or text[-1:] not in ".!"
        or len(sentences(text)) != 1
        or bool(_ABOUT_TEXT.search(text))
    )


def _changed_meaning(known: str, sentence: str, text: str) -> bool:
    """Other figures, another sign or direction, other roles, or too little of the sentence.

    ``known`` is the sentence with its section. A fact that takes words from elsewhere (for a
    pronoun) must keep all of the sentence's own.
    """
    kept = coverage(content_stems(sentence), content_stems(text))
    borrows = not content_stems(text) <= content_stems(known)
    return (
        contradicts(text, sentence)
        or numbers(text) != numbers(sentence)
        or kept_order(text, sentence) < MIN_ORDER
        or kept < (1.0 if borrows else MIN_SHARED)
    )


def leads_back(draft: Draft, find_again: FindAgain) -> bool:
    """Whether the index finds the draft's own sentence for its question."""
    sentence = draft.source.sentence
    return any(
        found.document_id == sentence.document_id
        and found.page == sentence.page
        and found.start < sentence.end
        and sentence.start < found.end
        for found in find_again(draft.question or draft.text)
    )


def _bad_form(question: str) -> bool:
    return (
        not question.endswith("?")
        or not MIN_WORDS <= len(question.split()) <= MAX_WORDS
        or bool(_ABOUT_TEXT.search(question))
        or bool(_TWO_QUESTIONS.search(question))
    )


def _unspecific(question: str) -> bool:
    """Nothing to hold on to: a pronoun for its subject, or one bare word."""
    named = len(content_stems(question)) + len(numbers(question))
    return named < 2 or bool(_VAGUE_SUBJECT.search(question))


def _foreign(draft: Draft, question: str) -> bool:
    text = draft.source.basis
    return (
        not numbers(question) <= numbers(text)
        or not names(question) <= words(text)
        or coverage(content_stems(question), content_stems(text)) < MIN_KNOWN
    )


def _asks_for_new(question: str, text: str) -> bool:
    """Whether ``text`` has something of the kind that is asked for and not in the question."""
    kind = question_type(question)
    new = brings(question, text)
    if kind == "when":
        return bool(new) and not dates(question)
    if kind == "how_many":
        return bool(_asked_numbers(question, text) - numbers(question))
    if kind == "who":
        return _names_somebody(question, text)
    if kind == "why":
        parts = split_reason(text)
        explained = content_stems(parts[0]) if parts else frozenset()
        return len(new) >= 2 and coverage(content_stems(question), explained) >= 0.5
    return len(new) >= 2


def _names_somebody(question: str, text: str) -> bool:
    """Whether a new name stands where the one who does it stands: before the deed, or after "by".

    "Who is Harbour Lights?" asks for no name at all, and "who is the chair?" only of a text that
    says who is something.
    """
    new = brings(question, text)
    if not new or _WHO_IS_NAMED.match(question):
        return False
    if _WHO_IS.match(question):
        return _IS.search(text) is not None
    asked = content_stems(question)
    for word in re.findall(r"[\w']+", text):
        if words(word) & new:
            return True
        if word.casefold() != "by" and content_stems(word) & asked:
            break
    _, by, agent = text.partition(" by ")
    return bool(by and names(f"by {agent}") & new)


def _gives(question: str, answer: str, sentence: str) -> bool:
    """Whether an answer brings what is asked for; for a reason, what the sentence gives as one."""
    kind = question_type(question)
    if kind == "how_many":
        return bool(numbers(answer) & (_asked_numbers(question, sentence) - numbers(question)))
    if kind == "who":
        return bool(words(answer) & brings(question, sentence))
    if kind != "why":
        return _asks_for_new(question, answer)
    parts = split_reason(sentence)
    new = content_stems(answer) - content_stems(question)
    return parts is not None and len(new & content_stems(parts[1])) >= 2


def _asked_numbers(question: str, text: str) -> frozenset[str]:
    """The numbers in ``text`` that count what "how many ..." asks for; else all of them."""
    match = _HOW_MANY.search(question)
    if match is None:
        return numbers(text)
    things = match.group(1).split()
    found: frozenset[str] = frozenset()
    for thing in things[:2]:
        found |= counted(text, thing)
    return found
