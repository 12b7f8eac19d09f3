"""Measures how often a library finds the pages of a person's own question file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docqa.errors import DocqaError
from docqa.index.search import Search
from docqa.measure.places import Placed, PlacedQuestion, place
from docqa.measure.questions import FiledQuestion, Problem
from docqa.measure.ranks import Ranks, within
from docqa.measure.retrieval import ARMS, Arm, Asked, ask, usual_seconds
from docqa.measure.summary import GAIN_CUT, Summary, summarise
from docqa.process import Cancel, Urgency
from docqa.store.store import Store


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """A sign of life: ``done`` of ``total`` questions."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A page (1-based) of a document, and how the passage there begins."""

    document_id: int
    document: str
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class Miss:
    """A question whose page is not among the first 5 passages, with what came instead.

    ``ranks`` is where the page came nevertheless; ``own`` where it comes among the passages of its
    own document, None if there is no other. ``unread`` pages have no text that could be found.
    """

    line: int
    question: str
    document_id: int
    document: str
    pages: tuple[int, ...]
    ranks: Ranks
    own: Ranks | None
    came: tuple[Spot, ...]
    unread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """The whole result. ``summary`` is None if no question could be asked."""

    asked: int
    unanswerable: int
    elsewhere: int
    problems: tuple[Problem, ...]
    summary: Summary | None
    misses: tuple[Miss, ...]


class Evaluation:
    """Asks the questions of a file; nothing is written, and no language model is used."""

    def __init__(self, store: Store, search: Search) -> None:
        self._store = store
        self._search = search

    def run(
        self,
        filed: Sequence[FiledQuestion],
        problems: Sequence[Problem] = (),
        documents: Sequence[int] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[EvaluationProgress | RetrievalReport]:
        """Yield progress after each question and, last, the report; raises Cancelled.

        ``documents`` restricts the library (None: all of it). ``problems`` of the file are handed
        on, together with those of questions that cannot be asked.
        """
        placed = place(filed, self._store.documents.all(), documents)
        self._search.load(Urgency.ASKING, cancel)
        self._open(cancel)
        library = len(self._store.documents.all()) if documents is None else len(set(documents))
        # With one document there is nothing to tell apart.
        arms = ARMS if library > 1 else tuple(arm for arm in ARMS if arm.scope == "all")
        asked: list[Asked] = []
        seconds: list[float] = []
        refused: list[Problem] = []
        for number, question in enumerate(placed.questions, 1):
            if cancel is not None:
                cancel.raise_if_set()
            try:
                took = usual_seconds(self._search, question.text, documents, cancel)
                asked.append(ask(self._search, question, arms, documents, cancel))
                seconds.append(took)
            except DocqaError as error:
                refused.append(Problem(question.line, f"Line {question.line}: {error}"))
            yield EvaluationProgress(number, len(placed.questions))
        summary = summarise(asked, seconds) if asked else None
        yield self._report(placed, asked, summary, [*problems, *placed.problems, *refused])

    def _open(self, cancel: Cancel | None) -> None:
        """Have all vectors there: while some are only being read, less is found."""
        with contextlib.suppress(DocqaError):  # Without the model, words must do.
            for _ in self._search.rebuild():
                if cancel is not None:
                    cancel.raise_if_set()

    def _report(
        self,
        placed: Placed,
        asked: Sequence[Asked],
        summary: Summary | None,
        problems: Sequence[Problem],
    ) -> RetrievalReport:
        missed = (one for one in asked if not within(_ranks(one).passage, GAIN_CUT))
        return RetrievalReport(
            len(asked),
            placed.unanswerable,
            placed.elsewhere,
            tuple(sorted(problems, key=lambda problem: problem.line)),
            summary,
            tuple(self._miss(one) for one in missed),
        )

    def _miss(self, asked: Asked) -> Miss:
        question = asked.question
        (id,) = question.own
        document = self._store.documents.get(id)
        return Miss(
            line=question.line,
            question=question.text,
            document_id=id,
            document=document.title if document else "",
            pages=tuple(sorted(page for _, page in question.wanted)),
            ranks=_ranks(asked),
            own=asked.ranks.get(Arm("own", "both")),
            came=tuple(
                Spot(hit.document_id, hit.document, hit.page, hit.text)
                for hit in asked.first["all"]
            ),
            unread=self._unread(question),
        )

    def _unread(self, question: PlacedQuestion) -> tuple[int, ...]:
        pages = (self._store.pages.get(id, number) for id, number in sorted(question.wanted))
        return tuple(page.number for page in pages if page is not None and not page.text.strip())


def _ranks(asked: Asked) -> Ranks:
    return asked.ranks[Arm("all", "both")]
