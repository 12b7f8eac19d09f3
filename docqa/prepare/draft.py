"""A draft: what the model wrote, before anybody believes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from docqa.answer.claims import says
from docqa.answer.evidence import Sentence, leans
from docqa.model import Note, NoteKind


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence to write about; ``before`` is the one ahead of it, ``context`` the section."""

    sentence: Sentence
    before: Sentence | None
    context: str

    @property
    def shown(self) -> str:
        """What the model is shown of the page."""
        if self.before is None:
            return self.sentence.text
        return f"{self.before.text} {self.sentence.text}"

    @property
    def basis(self) -> str:
        """What a note may take its words from: the sentence before only where this one needs it."""
        text = self.shown if leans(self.sentence.text) else self.sentence.text
        return f"{text} {self.context}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A candidate note. ``predictability``: log-probability per token that the text adds to it."""

    kind: NoteKind
    question: str | None
    text: str
    source: Source
    pass_number: int
    predictability: float | None = None

    def with_text(self, text: str) -> Draft:
        """The same draft with another answer."""
        return replace(self, text=text)

    def note(self, reason: str | None) -> Note:
        """This draft as a verified note, or as one that was rejected for ``reason``."""
        return Note(
            id=0,
            document_id=self.source.sentence.document_id,
            kind=self.kind,
            question=self.question,
            text=self.text,
            status="verified" if reason is None else "rejected",
            evidence=tuple(sentence.evidence() for sentence in self._evidence()),
            reason=reason,
            pass_number=self.pass_number,
            predictability=self.predictability,
        )

    def _evidence(self) -> tuple[Sentence, ...]:
        """The sentence, and the one before it where the text takes something from there."""
        sentence, before = self.source.sentence, self.source.before
        if before is None or says(sentence.text, self.text):
            return (sentence,)
        return (before, sentence)
