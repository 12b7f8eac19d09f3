"""Does one step of preparation: writes notes about one passage and checks each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from docqa.answer.evidence import Sentence, is_prose, sentences_of
from docqa.index.search import Search
from docqa.llm.base import LanguageModel
from docqa.model import Note, Passage, Step, Usage
from docqa.prepare.draft import Draft, Source
from docqa.prepare.facts import write_facts
from docqa.prepare.lenses import lens_of, targets
from docqa.prepare.plan import FACTS
from docqa.prepare.questions import write_questions
from docqa.prepare.verify import leads_back
from docqa.prepare.writing import Pen
from docqa.process import Cancel, Urgency
from docqa.store.notes import question_key
from docqa.store.store import Store

_FIND_AGAIN_WITHIN = 3


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step brought and cost; ``seconds`` of wall-clock time."""

    notes: tuple[Note, ...]
    usage: Usage
    seconds: float


class StepRunner:
    """Turns a step into checked notes and commits both in one transaction."""

    def __init__(self, store: Store, search: Search, model: LanguageModel) -> None:
        self._store = store
        self._search = search
        self._model = model

    def run(self, step: Step, cancel: Cancel) -> StepResult:
        """Do ``step`` and store it. Raises Cancelled (the step stays pending) and DocqaError."""
        started = time.perf_counter()
        pen = Pen(self._model, cancel)
        passage = self._store.passages.get([step.unit]).get(step.unit)
        notes = tuple(self._notes(step, passage, pen, cancel)) if passage else ()
        seconds = time.perf_counter() - started
        ids = self._store.steps.complete(step, notes, pen.usage, seconds)
        # No ids: the document was removed meanwhile, and its notes with it.
        stored = tuple(replace(note, id=id) for id, note in zip(ids, notes, strict=False))
        return StepResult(stored, pen.usage, seconds)

    def _notes(self, step: Step, passage: Passage, pen: Pen, cancel: Cancel) -> Iterator[Note]:
        seen: set[str] = set()
        for draft, reason in _drafts(step, passage, pen):
            reason = reason or self._known(draft, seen) or self._lost(draft, cancel)
            if reason is None:
                seen.add(_key(draft))
            yield draft.note(reason)

    def _known(self, draft: Draft, seen: set[str]) -> str | None:
        """A question (or fact) that is in the notes already is not kept twice."""
        if _key(draft) in seen:
            return "duplicate"
        documents = [draft.source.sentence.document_id]
        if draft.question and self._store.notes.by_question(draft.question, documents):
            return "duplicate"
        return None

    def _lost(self, draft: Draft, cancel: Cancel) -> str | None:
        if draft.question is None:
            return None
        found = leads_back(draft, lambda question: self._find(draft, question, cancel))
        return None if found else "not found again"

    def _find(self, draft: Draft, question: str, cancel: Cancel) -> Sequence[Sentence]:
        hits = self._search.search(
            question,
            k=_FIND_AGAIN_WITHIN,
            documents=[draft.source.sentence.document_id],
            urgency=Urgency.PREPARING,
            cancel=cancel,
            with_notes=False,  # Notes must not prove each other.
        )
        return [sentence for hit in hits for sentence in sentences_of(hit)]


def _drafts(step: Step, passage: Passage, pen: Pen) -> Iterator[tuple[Draft, str | None]]:
    sentences = sentences_of(passage)
    if step.kind == FACTS:
        prose = [index for index, sentence in enumerate(sentences) if is_prose(sentence)]
        return write_facts([_source(passage, sentences, index) for index in prose], pen)
    lens = lens_of(step.pass_number)
    asked = [
        (_source(passage, sentences, target.index), target.starter)
        for target in targets(lens, sentences)
    ]
    return write_questions(asked, step.pass_number, pen)


def _source(passage: Passage, sentences: Sequence[Sentence], index: int) -> Source:
    before = sentences[index - 1] if index and is_prose(sentences[index - 1]) else None
    return Source(sentences[index], before, passage.context)


def _key(draft: Draft) -> str:
    return question_key(draft.question or draft.text)
