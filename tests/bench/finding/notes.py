"""What notes bring to finding: questions prepared in advance, and others asked about the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from finding.libraries import Libraries
from finding.sets import Sets
from table import Row

from docqa.index.search import Search
from docqa.ingest.sentences import sentences
from docqa.measure.bootstrap import estimates
from docqa.model import Evidence, Note
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME

_CUTS = (1, 5)


@dataclass(frozen=True, slots=True)
class _Question:
    """A question about a paragraph; ``quote`` is its answer's sentence, None if it has none."""

    article: str
    paragraph: int
    text: str
    answer: str
    quote: tuple[int, int, str] | None


def notes(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """The paragraph among those of all articles, without and with notes about it.

    Twice: half of each paragraph's questions are prepared and the other half asked, which are
    mostly about other sentences; and all are prepared, and those asked that resemble them but ask
    about something changed, which is as near to a prepared question as the set has.
    """
    questions = _questions(sets)
    answerable = [one for one in questions if one.quote is not None]
    changed = [one for one in questions if one.quote is None]
    return (
        *_gain("half prepared, the others asked", sets, libraries,
               _every_second(answerable, 0), _every_second(answerable, 1)),
        *_gain("all prepared, like ones asked", sets, libraries, answerable, changed),
    )  # fmt: skip


def _questions(sets: Sets) -> list[_Question]:
    articles = json.loads((sets.root / "squad" / "squad2.json").read_text("utf-8"))["data"]
    found = []
    for article in articles:
        for number, paragraph in enumerate(article["paragraphs"], 1):
            text = paragraph["context"]
            spans = sentences(text)
            for asked in paragraph["qas"]:
                answers = () if asked["is_impossible"] else asked["answers"]
                quote, answer = None, ""
                if answers:
                    at, answer = answers[0]["answer_start"], answers[0]["text"]
                    start, end = next(span for span in spans if at < span[1])
                    quote = (start, end, text[start:end])
                found.append(
                    _Question(article["title"].replace("_", " "), number,
                              asked["question"].strip(), answer, quote)
                )  # fmt: skip
    return found


def _every_second(questions: Sequence[_Question], first: int) -> list[_Question]:
    """Every second question of each paragraph."""
    counts: dict[tuple[str, int], int] = {}
    chosen = []
    for one in questions:
        key = (one.article, one.paragraph)
        counts[key] = counts.get(key, -1) + 1
        if counts[key] % 2 == first:
            chosen.append(one)
    return chosen


def _gain(
    name: str,
    sets: Sets,
    libraries: Libraries,
    prepared: Sequence[_Question],
    asked: Sequence[_Question],
) -> list[Row]:
    folder = f"squad-notes-{len(prepared)}"
    with libraries.articles(folder, sets.squad()) as library:
        ids = {document.title: document.id for document in library.documents}
        with Store.open(libraries.directory(folder) / DATABASE_NAME) as store:
            if not store.notes.counts():
                store.notes.add([_note(one, ids[one.article]) for one in prepared])
        library.search.index_notes()
        places = [
            [
                _place(library.search, one, ids[one.article], with_notes)
                for with_notes in (False, True)
            ]
            for one in asked
        ]
    rows = []
    for cut in _CUTS:
        values = np.array([[float(place <= cut) for place in pair] for pair in places])
        both = np.column_stack([values, values[:, 1] - values[:, 0]])
        without, with_notes, gain = estimates(both, [one.article for one in asked])
        low, high = gain.by_question.low, gain.by_question.high
        detail = (
            f"without {without.value:.3f}, gain {gain.value:+.3f} ({low:+.3f} to {high:+.3f}); "
            f"{len(prepared)} notes, {len(asked)} questions"
        )
        rows.append(
            Row(
                f"squad, {name}: paragraph in the first {cut}",
                with_notes.value,
                None,
                detail=detail,
            )
        )
    return rows


def _note(one: _Question, document: int) -> Note:
    assert one.quote is not None
    evidence = Evidence(document, one.paragraph, *one.quote)
    return Note(0, document, "question", one.text, one.answer, "verified", (evidence,))


def _place(search: Search, one: _Question, document: int, with_notes: bool) -> int:
    hits = search.search(one.text, k=max(_CUTS), with_notes=with_notes)
    found = [(hit.document_id, hit.page) for hit in hits]
    wanted = (document, one.paragraph)
    return found.index(wanted) + 1 if wanted in found else max(_CUTS) + 1
