"""Drafts as a model could write them, about sentences of a page."""

from __future__ import annotations

from docqa.answer.evidence import Sentence
from docqa.model import NoteKind
from docqa.prepare.draft import Draft, Source


def source(text: str, before: str = "", context: str = "") -> Source:
    start = len(before) + 1 if before else 0
    sentence = Sentence(1, 1, start, start + len(text), text)
    ahead = Sentence(1, 1, 0, len(before), before) if before else None
    return Source(sentence, ahead, context)


def question(
    asked: str, text: str, *, before: str = "", predictability: float | None = 3.0
) -> Draft:
    return Draft("question", asked, text, source(text, before), 1, predictability)


def fact(written: str, text: str, *, before: str = "", context: str = "") -> Draft:
    kind: NoteKind = "fact"
    return Draft(kind, None, written, source(text, before, context), 1)
