"""Answers a question: from a prepared note at once, else from passages, else "not found"."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from docqa.answer import route as gates
from docqa.answer.cite import Cited, cite
from docqa.answer.evidence import Sentence, sentences_of
from docqa.answer.extract import Ranking, fits, rank
from docqa.answer.pack import Packed, pack
from docqa.errors import DocqaError
from docqa.index.embedder import Embedder
from docqa.index.search import Search
from docqa.llm import prompts
from docqa.llm.base import Finished, LanguageModel, Piece
from docqa.model import (
    NO_SOURCE,
    Answer,
    AnswerEvent,
    AnswerSentence,
    AskRoute,
    Delta,
    Hit,
    Note,
    Route,
    Seconds,
    Usage,
    Verbosity,
)
from docqa.process import Cancel, Urgency
from docqa.store.store import Store

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


@dataclass(slots=True)
class _Clock:
    """Seconds since the question was asked, without those that loading models took."""

    started: float = field(default_factory=time.perf_counter)
    load: float = 0.0
    first_token: float | None = None

    def elapsed(self) -> float:
        return time.perf_counter() - self.started - self.load

    def token(self) -> None:
        if self.first_token is None:
            self.first_token = self.elapsed()

    def seconds(self) -> Seconds:
        total = self.elapsed()
        first = total if self.first_token is None else self.first_token
        return Seconds(load=self.load, first_token=first, total=total)


class Answerer:
    """Answers questions over one workspace; it reads the store and never writes."""

    def __init__(
        self, store: Store, search: Search, embedder: Embedder, model: LanguageModel
    ) -> None:
        self._store = store
        self._search = search
        self._embedder = embedder
        self._model = model

    def ask(self, question: Question, cancel: Cancel) -> Iterator[AnswerEvent]:
        """Yield pieces of the answer and, last, the Answer, whose text may differ from the pieces.

        Raises DocqaError for a question that cannot be asked, and Cancelled.
        """
        self._check(question)
        clock = _Clock()
        if question.with_notes and question.route in ("auto", "prepared"):
            note = self._prepared(question, clock, cancel)
            if note is not None:
                yield from self._serve(question, note, clock)
                return
        if question.route == "prepared":
            yield self._not_found(question, (), Usage(), clock)
            return
        yield from self._from_passages(question, clock, cancel)

    # -- prepared ------------------------------------------------------------------------------

    def _prepared(self, question: Question, clock: _Clock, cancel: Cancel) -> Note | None:
        """The note that answers the very same question; without any model if word for word."""
        documents = question.documents
        same = self._search.same_question(question.text, documents)
        if not same and self._store.notes.counts().get("question"):
            clock.load += self._embedder.load(Urgency.ASKING, cancel)
            same = [
                note
                for note, similarity in self._search.similar_notes(
                    question.text, k=3, documents=documents, cancel=cancel
                )
                if gates.same_question(question.text, note.question or "", similarity)
            ]
        if not same or self._ambiguous(question, same, clock, cancel):
            return None
        return same[0]

    def _ambiguous(
        self, question: Question, notes: Sequence[Note], clock: _Clock, cancel: Cancel
    ) -> bool:
        """Whether another document in question may answer as well, and otherwise.

        One document, one answer. Among several, the index must put the note's document first and
        nothing of another near it.
        """
        documents = question.documents or tuple(d.id for d in self._store.documents.all())
        if len(documents) == 1:
            return False
        if len({note.document_id for note in notes}) > 1:
            return True
        clock.load += self._embedder.load(Urgency.ASKING, cancel)
        hits = self._search.search(
            question.text, k=gates.SEARCH_PASSAGES, documents=documents, cancel=cancel
        )
        if not hits or hits[0].document_id != notes[0].document_id:
            return True
        others = (hit for hit in hits if hit.document_id != notes[0].document_id)
        return any(gates.rivals(hits[0], other) for other in others)

    def _serve(self, question: Question, note: Note, clock: _Clock) -> Iterator[AnswerEvent]:
        titles = {document.id: document.title for document in self._store.documents.all()}
        citations = tuple(
            Sentence(e.document_id, e.page, e.start, e.end, e.quote).citation(
                titles.get(e.document_id, "")  # It may be removed at this very moment.
            )
            for e in note.evidence
        )
        yield self._delta(note.text, clock)
        numbers = tuple(range(1, len(citations) + 1))
        yield Answer(
            question=question.text,
            text=note.text,
            found=True,
            route="prepared",
            citations=citations,
            sentences=(AnswerSentence(note.text, numbers),),
            seconds=clock.seconds(),
            still_reading=self._still_reading(question),
            note_id=note.id,
        )

    # -- passages ------------------------------------------------------------------------------

    def _from_passages(
        self, question: Question, clock: _Clock, cancel: Cancel
    ) -> Iterator[AnswerEvent]:
        clock.load += self._embedder.load(Urgency.ASKING, cancel)
        hits = self._search.search(
            question.text,
            k=gates.SEARCH_PASSAGES,
            documents=question.documents,
            cancel=cancel,
        )
        ranking = self._ranking(question, hits, cancel)
        if ranking is None:
            yield self._not_found(question, hits, Usage(), clock)
            return
        clock.load += self._model.load(Urgency.ASKING, cancel)
        packed = pack(
            hits, lambda texts: self._model.count(texts, Urgency.ASKING), gates.EVIDENCE_TOKENS
        )
        text, usage = "", Usage()
        for event in self._write(question, packed, cancel):
            if isinstance(event, Piece):
                text += event.text
                yield self._delta(event.text, clock)
            else:
                usage = event.usage
        titles = {hit.document_id: hit.document for hit in hits}
        yield self._finish(question, text, packed, ranking, titles, usage, clock)

    def _write(
        self, question: Question, packed: Packed, cancel: Cancel
    ) -> Iterator[Piece | Finished]:
        prompt = prompts.answer_prompt(packed.texts, question.text, question.verbosity)
        return self._model.generate(
            prompt,
            max_tokens=prompts.answer_tokens(question.verbosity),
            urgency=Urgency.ASKING,
            cancel=cancel,
        )

    def _ranking(self, question: Question, hits: Sequence[Hit], cancel: Cancel) -> Ranking | None:
        """The best passages' sentences ranked, or None where nothing speaks of what is asked."""
        sentences = [
            sentence for hit in hits[: gates.RANK_PASSAGES] for sentence in sentences_of(hit)
        ]
        ranking = rank(
            question.text,
            sentences,
            lambda texts: self._embedder.embed(texts, Urgency.ASKING, cancel),
        )
        overlap = max((hit.overlap for hit in hits), default=0.0)
        if ranking is None or not gates.answerable(max(ranking.scores), overlap):
            return None
        return ranking

    def _finish(
        self,
        question: Question,
        text: str,
        packed: Packed,
        ranking: Ranking,
        titles: Mapping[int, str],
        usage: Usage,
        clock: _Clock,
    ) -> Answer:
        """The answer with its sources: the model's if pages bear it out, else the best sentence."""
        if _says_not_found(text):
            return self._not_found(question, packed.hits, usage, clock)
        evidence = [sentence for hit in packed.hits for sentence in sentences_of(hit)]
        cited = cite(text, question.text, evidence, titles)
        if not _to_the_point(question.text, cited, ranking):
            if max(ranking.scores) < gates.MIN_QUOTABLE_SCORE:
                return self._not_found(question, packed.hits, usage, clock)
            cited = _quoted(ranking.with_neighbours(), titles)
        return Answer(
            question=question.text,
            text=_with_marks(cited.sentences),
            found=True,
            route="passages",
            citations=cited.citations,
            sentences=cited.sentences,
            usage=usage,
            seconds=clock.seconds(),
            still_reading=self._still_reading(question),
        )

    # -- all -----------------------------------------------------------------------------------

    def _check(self, question: Question) -> None:
        if question.route in _NOT_YET:
            raise DocqaError(_NOT_YET[question.route])
        if not question.text.strip():
            raise DocqaError("The question is empty: type what you want to know.")
        if len(question.text) > gates.MAX_QUESTION_CHARACTERS:
            raise DocqaError(
                f"The question has {len(question.text):,} characters: "
                f"ask it in at most {gates.MAX_QUESTION_CHARACTERS:,}."
            )
        known = {document.id for document in self._store.documents.all()}
        if not known:
            raise DocqaError("There are no documents yet: add a PDF first.")
        for document in question.documents or ():
            if document not in known:
                raise DocqaError(f"There is no document {document}: see the list of documents.")

    def _not_found(
        self, question: Question, hits: Sequence[Hit], usage: Usage, clock: _Clock
    ) -> Answer:
        route: Route = "not_found"
        return Answer(
            question=question.text,
            text=None,
            found=False,
            route=route,
            usage=usage,
            seconds=clock.seconds(),
            nearest=tuple(hits[:_NEAREST]),
            still_reading=self._still_reading(question),
        )

    def _delta(self, text: str, clock: _Clock) -> Delta:
        clock.token()
        return Delta(text)

    def _still_reading(self, question: Question) -> tuple[str, ...]:
        return tuple(
            document.title
            for document in self._store.documents.all()
            if document.status in ("queued", "reading", "indexing")
            and (question.documents is None or document.id in question.documents)
        )


def _says_not_found(text: str) -> bool:
    plain = text.strip().casefold().strip(".!\"' ")
    return not plain or plain.removeprefix("answer:").strip() == "not found"


def _quoted(sentences: Sequence[Sentence], titles: Mapping[int, str]) -> Cited:
    """Sentences of a page as an answer, word for word."""
    return Cited(
        tuple(AnswerSentence(sentence.text, (n,)) for n, sentence in enumerate(sentences, 1)),
        tuple(sentence.citation(titles[sentence.document_id]) for sentence in sentences),
        tuple(sentences),
    )


def _to_the_point(question: str, cited: Cited, ranking: Ranking) -> bool:
    """Whether what has a source answers the question, about as well as the best sentence does."""
    said = " ".join(sentence.text for sentence in cited.sentences if sentence.citations)
    if not said or not fits(question, said):
        return False
    best = max(ranking.scores)
    return any(ranking.score_of(source) >= best - gates.MAX_BEHIND_BEST for source in cited.sources)


def _with_marks(sentences: Sequence[AnswerSentence]) -> str:
    """The answer as one text, in which what no page bears out is marked."""
    return " ".join(
        sentence.text if sentence.citations else f"{sentence.text} {NO_SOURCE}"
        for sentence in sentences
    )
