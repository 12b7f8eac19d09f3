"""Answers a question: from a prepared note at once, else from passages, else "not found"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from docqa.answer import route as gates
from docqa.answer.asking import Asking, Question
from docqa.answer.cite import Cited, cite
from docqa.answer.compare import brings
from docqa.answer.evidence import Sentence, sentences_of
from docqa.answer.extract import Ranking, rank
from docqa.answer.pack import Packed, pack
from docqa.index.embedder import Embedder
from docqa.index.search import Search
from docqa.index.surroundings import Surroundings
from docqa.llm import prompts
from docqa.llm.base import Finished, LanguageModel, Piece
from docqa.model import Answer, AnswerEvent, AnswerSentence, Hit, Note, Usage
from docqa.process import Cancel, Urgency
from docqa.store.store import Store


class Answerer:
    """Answers questions over one workspace; it reads the store and never writes."""

    def __init__(
        self, store: Store, search: Search, embedder: Embedder, model: LanguageModel
    ) -> None:
        self._store = store
        self._search = search
        self._surroundings = Surroundings(store.passages)
        self._embedder = embedder
        self._model = model

    def ask(self, question: Question, cancel: Cancel) -> Iterator[AnswerEvent]:
        """Yield pieces of the answer and, last, the Answer, whose text may differ from the pieces.

        Raises DocqaError for a question that cannot be asked, and Cancelled.
        """
        question.check()
        asking = Asking(question, self._store.documents.all())
        if question.with_notes and question.route in ("auto", "prepared"):
            note = self._prepared(asking, cancel)
            if note is not None:
                yield asking.piece(note.text)
                yield asking.prepared(note, _evidence(note, asking.titles))
                return
        if question.route == "prepared":
            yield asking.not_found()
            return
        yield from self._from_passages(asking, cancel)

    # -- prepared ------------------------------------------------------------------------------

    def _prepared(self, asking: Asking, cancel: Cancel) -> Note | None:
        """The note that answers the very same question; without any model if word for word."""
        question = asking.question
        same = self._search.same_question(question.text, question.documents)
        if not same and self._store.notes.counts().get("question"):
            asking.load += self._embedder.load(Urgency.ASKING, cancel)
            similar = self._search.similar_notes(
                question.text, k=3, documents=question.documents, cancel=cancel
            )
            same = [
                note
                for note, similarity in similar
                if gates.same_question(question.text, note.question or "", similarity)
            ]
        if not same or self._ambiguous(asking, same, cancel):
            return None
        return same[0]

    def _ambiguous(self, asking: Asking, notes: Sequence[Note], cancel: Cancel) -> bool:
        """Whether another document in question may answer as well, and otherwise.

        One document, one answer. Among several, the index must put the note's document first and
        nothing of another near it.
        """
        if len(asking.scope) == 1:
            return False
        if len({note.document_id for note in notes}) > 1:
            return True
        asking.load += self._embedder.load(Urgency.ASKING, cancel)
        # A note must not vouch for itself by putting its own page first.
        hits = self._hits(asking, cancel, with_notes=False)
        if not hits or hits[0].document_id != notes[0].document_id:
            return True
        others = (hit for hit in hits if hit.document_id != notes[0].document_id)
        return any(gates.rivals(hits[0], other) for other in others)

    # -- passages ------------------------------------------------------------------------------

    def _from_passages(self, asking: Asking, cancel: Cancel) -> Iterator[AnswerEvent]:
        asking.load += self._embedder.load(Urgency.ASKING, cancel)
        hits = self._hits(asking, cancel, with_notes=asking.question.with_notes)
        ranking = self._ranking(asking, hits, cancel)
        if ranking is None:
            yield asking.not_found(hits)
            return
        asking.load += self._model.load(Urgency.ASKING, cancel)

        def count(texts: tuple[str, ...]) -> tuple[int, ...]:
            return self._model.count(texts, Urgency.ASKING, cancel)

        packed = pack(self._surroundings.complete(hits), count, gates.EVIDENCE_TOKENS)
        text, usage = "", Usage()
        for event in self._write(asking, packed, cancel):
            if isinstance(event, Piece):
                text += event.text
                yield asking.piece(event.text)
            else:
                usage = event.usage
        yield _finish(asking, text, hits, packed, ranking, usage)

    def _hits(self, asking: Asking, cancel: Cancel, *, with_notes: bool) -> list[Hit]:
        return self._search.search(
            asking.question.text,
            k=gates.SEARCH_PASSAGES,
            documents=asking.question.documents,
            cancel=cancel,
            with_notes=with_notes,
        )

    def _ranking(self, asking: Asking, hits: Sequence[Hit], cancel: Cancel) -> Ranking | None:
        """The best passages' sentences ranked, or None where nothing speaks of what is asked."""
        sentences = [
            sentence for hit in hits[: gates.RANK_PASSAGES] for sentence in sentences_of(hit)
        ]
        ranking = rank(
            asking.question.text,
            sentences,
            lambda text, texts: self._search.compare(text, texts, cancel=cancel),
        )
        overlap = max((hit.overlap for hit in hits), default=0.0)
        if ranking is None or not gates.answerable(max(ranking.scores), overlap):
            return None
        return ranking

    def _write(self, asking: Asking, packed: Packed, cancel: Cancel) -> Iterator[Piece | Finished]:
        question = asking.question
        owners = [hit.document_id for hit in packed.hits]
        return self._model.generate(
            prompts.answer_prompt(packed.texts, owners, question.text, question.verbosity),
            max_tokens=prompts.answer_tokens(question.verbosity),
            urgency=Urgency.ASKING,
            cancel=cancel,
        )


def _finish(
    asking: Asking,
    text: str,
    hits: Sequence[Hit],
    packed: Packed,
    ranking: Ranking,
    usage: Usage,
) -> Answer:
    """The answer with its sources: the model's if pages bear it out, else the best sentence."""
    question = asking.question.text
    if _says_not_found(text):
        return asking.not_found(hits, usage)
    titles = {hit.document_id: hit.document for hit in packed.hits} | asking.titles
    evidence = [sentence for hit in packed.hits for sentence in sentences_of(hit)]
    cited = cite(text, question, evidence, titles)
    if not _to_the_point(question, cited, ranking):
        quoted = ranking.with_neighbours()
        said = " ".join(sentence.text for sentence in quoted)
        if max(ranking.scores) < gates.MIN_QUOTABLE_SCORE or not brings(question, said):
            return asking.not_found(hits, usage)
        cited = _quoted(quoted, titles)
    return asking.from_passages(cited, usage)


def _says_not_found(text: str) -> bool:
    plain = text.strip().casefold().strip(".!\"' ")
    return not plain or plain.removeprefix("answer:").strip() == "not found"


def _to_the_point(question: str, cited: Cited, ranking: Ranking) -> bool:
    """Whether what has a source answers the question, about as well as the best sentence does."""
    said = " ".join(sentence.text for sentence in cited.sentences if sentence.citations)
    if not said or not brings(question, said):
        return False
    best = max(ranking.scores)
    return any(ranking.score_of(source) >= best - gates.MAX_BEHIND_BEST for source in cited.sources)


def _quoted(sentences: Sequence[Sentence], titles: Mapping[int, str]) -> Cited:
    """Sentences of a page as an answer, word for word."""
    return Cited(
        tuple(AnswerSentence(sentence.text, (n,)) for n, sentence in enumerate(sentences, 1)),
        tuple(sentence.citation(titles[sentence.document_id]) for sentence in sentences),
        tuple(sentences),
    )


def _evidence(note: Note, titles: Mapping[int, str]) -> Cited:
    """A note's text as one sentence with all of its evidence."""
    sources = tuple(
        Sentence(one.document_id, one.page, one.start, one.end, one.quote) for one in note.evidence
    )
    # A document may be removed at this very moment.
    citations = tuple(source.citation(titles.get(source.document_id, "")) for source in sources)
    numbers = tuple(range(1, len(citations) + 1))
    return Cited((AnswerSentence(note.text, numbers),), citations, sources)
