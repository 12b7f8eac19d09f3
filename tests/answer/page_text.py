"""Pages cut into passages and sentences, for tests that need no PDF."""

from __future__ import annotations

from docqa.answer.evidence import Sentence, sentences_of
from docqa.model import Hit, Passage


def passage(text: str, *, page: int = 1, start: int = 0, document_id: int = 1) -> Passage:
    return Passage(1, document_id, page, start, start + len(text), text)


def sentences(text: str, *, page: int = 1, document_id: int = 1) -> list[Sentence]:
    return sentences_of(passage(text, page=page, document_id=document_id))


def hit(text: str, *, document: str = "Report", page: int = 1) -> Hit:
    return Hit(1, 1, document, page, 1.0, text, 0, len(text))
