"""One question under way: what was asked, the library at that moment, and the clock."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from docqa.answer.cite import Cited
from docqa.answer.route import MAX_QUESTION_CHARACTERS
from docqa.errors import DocqaError
from docqa.model import (
    NO_SOURCE,
    UNFINISHED,
    Answer,
    AnswerSentence,
    AskRoute,
    Delta,
    Document,
    Hit,
    Note,
    Seconds,
    Usage,
    Verbosity,
)

_NOT_YET = {
    "notes": "Answering from notes alone is not there yet: use the route auto or passages.",
    "deep": "The deep route is not there yet: use the route auto or passages.",
}
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question and how it is to be answered; ``documents`` None means all."""

    text: str
    documents: tuple[int, ...] | None = None
    route: AskRoute = "auto"
    verbosity: Verbosity = "normal"
    with_notes: bool = True

    def check(self) -> None:
        """Raise DocqaError if this cannot be asked of any library."""
        if self.route in _NOT_YET:
            raise DocqaError(_NOT_YET[self.route])
        if not self.text.strip():
            raise DocqaError("The question is empty: type what you want to know.")
        if len(self.text) > MAX_QUESTION_CHARACTERS:
            raise DocqaError(
                f"The question has {len(self.text):,} characters: "
                f"ask it in at most {MAX_QUESTION_CHARACTERS:,}."
            )


@dataclass(slots=True)
class Asking:
    """A question while it is being answered. Its seconds leave out what ``load`` counts."""

    question: Question
    library: Sequence[Document]
    load: float = 0.0
    _started: float = field(default_factory=time.perf_counter)
    _first_token: float | None = None

    def __post_init__(self) -> None:
        """Raise DocqaError if the library has nothing, or not the documents that are asked for."""
        if not self.library:
            raise DocqaError("There are no documents yet: add a PDF first.")
        known = {document.id for document in self.library}
        for document in self.question.documents or ():
            if document not in known:
                raise DocqaError(f"There is no document {document}: see the list of documents.")

    @property
    def scope(self) -> tuple[Document, ...]:
        """The documents that are asked."""
        wanted = self.question.documents
        return tuple(one for one in self.library if wanted is None or one.id in wanted)

    @property
    def titles(self) -> dict[int, str]:
        """The documents' titles by id."""
        return {document.id: document.title for document in self.library}

    def piece(self, text: str) -> Delta:
        """A piece of the answer; the first one stops the clock of the first token."""
        if self._first_token is None:
            self._first_token = self._elapsed()
        return Delta(text)

    def not_found(self, hits: Sequence[Hit] = (), usage: Usage | None = None) -> Answer:
        """Nothing in the documents says it; ``hits`` are the nearest passages, best first."""
        return Answer(
            question=self.question.text,
            text=None,
            found=False,
            route="not_found",
            usage=usage or Usage(),
            seconds=self._seconds(),
            nearest=tuple(hits[:_NEAREST]),
            still_reading=self._still_reading(),
        )

    def prepared(self, note: Note, cited: Cited) -> Answer:
        """The answer that a note holds."""
        return Answer(
            question=self.question.text,
            text=note.text,
            found=True,
            route="prepared",
            citations=cited.citations,
            sentences=cited.sentences,
            seconds=self._seconds(),
            still_reading=self._still_reading(),
            note_id=note.id,
        )

    def from_passages(self, cited: Cited, usage: Usage) -> Answer:
        """An answer written, or quoted, from passages."""
        return Answer(
            question=self.question.text,
            text=_with_marks(cited.sentences),
            found=True,
            route="passages",
            citations=cited.citations,
            sentences=cited.sentences,
            usage=usage,
            seconds=self._seconds(),
            still_reading=self._still_reading(),
        )

    def _still_reading(self) -> tuple[str, ...]:
        """What was not complete when the question was asked: the answer may lack it."""
        return tuple(one.title for one in self.scope if one.status in UNFINISHED)

    def _elapsed(self) -> float:
        return time.perf_counter() - self._started - self.load

    def _seconds(self) -> Seconds:
        total = self._elapsed()
        first = total if self._first_token is None else self._first_token
        return Seconds(load=self.load, first_token=first, total=total)


def _with_marks(sentences: Sequence[AnswerSentence]) -> str:
    """The answer as one text, in which what no page bears out is marked."""
    return " ".join(
        sentence.text if sentence.citations else f"{sentence.text} {NO_SOURCE}"
        for sentence in sentences
    )
