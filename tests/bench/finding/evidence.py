"""Whether what the answerer would read holds the answer: passages found, completed and packed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from finding.libraries import ROOT, Libraries
from finding.sets import Sets
from table import Row

from docqa.answer.pack import Count, pack
from docqa.answer.route import EVIDENCE_TOKENS, SEARCH_PASSAGES
from docqa.index import words
from docqa.index.search import Search
from docqa.index.surroundings import Surroundings
from docqa.llm.catalogue import default_model
from docqa.llm.client import LlamaModel
from docqa.measure.bootstrap import estimates
from docqa.model import Hit
from docqa.process import Urgency
from docqa.store.passages import Span
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME

_SETS = ("financebench", "mmlongbench")
_BUDGETS = (EVIDENCE_TOKENS, EVIDENCE_TOKENS * 3 // 2)
_WHOLE_PAGE = 2**31
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class _Question:
    """A question about a document: the pages that answer it, and its answer's words."""

    text: str
    document: int
    pages: frozenset[int]
    answer: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the evidence for a question has: the wanted page, all words of the answer from it."""

    document: int
    page: float
    answer: float | None
    tokens: int


Group = Callable[[Sequence[Hit]], Sequence[Sequence[Hit]]]
"""Each hit, best first, with what completes it."""


def evidence(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """The evidence with and without what completes it, at the usual budget and half as much again.

    The words of an answer are those that stand on the wanted pages and not in the question.
    """
    with _counting(libraries) as count:
        return tuple(row for name in _SETS for row in _set(name, sets, libraries, count))


@contextmanager
def _counting(libraries: Libraries) -> Iterator[Count]:
    path = default_model((ROOT / "models",))
    assert path is not None
    model = LlamaModel(path, log=libraries.folder / "logs" / "llama.log")
    try:
        yield lambda texts: model.count(texts, Urgency.ASKING)
    finally:
        model.close()


def _set(name: str, sets: Sets, libraries: Libraries, count: Count) -> Iterator[Row]:
    with (
        libraries.pdfs(name, sets.pdfs(name)) as library,
        Store.open(libraries.directory(name) / DATABASE_NAME) as store,
    ):
        ids = {PurePath(document.path).name: document.id for document in library.documents}
        questions = list(_questions(name, sets, store, ids))
        ways: dict[str, Group] = {
            "as found": lambda hits: [(hit,) for hit in hits],
            "completed": Surroundings(store.passages).complete,
        }
        for own in (True, False):
            found = [_hits(library.search, question, own) for question in questions]
            for budget in _BUDGETS:
                told = {
                    way: [
                        _look(question, group(hits), count, budget)
                        for question, hits in zip(questions, found, strict=True)
                    ]
                    for way, group in ways.items()
                }
                yield from _rows(f"{name}, {'own' if own else 'all'}", budget, told)


def _questions(name: str, sets: Sets, store: Store, ids: dict[str, int]) -> Iterator[_Question]:
    lines = (sets.root / name / "questions.jsonl").read_text("utf-8").splitlines()
    for line in filter(str.strip, lines):
        one = json.loads(line)
        pages = frozenset(one.get("pages") or [part["page"] for part in one.get("evidence", ())])
        if not one.get("text_only", True) or not pages or 0 in pages:
            continue
        document = ids[one["document"]]
        spans = [Span(document, page, 0, _WHOLE_PAGE) for page in pages]
        passages = (passage for page in store.passages.at(spans) for passage in page)
        there = _meant(" ".join(passage.text for passage in passages))
        answer = _meant(str(one["answer"])) & there - _meant(one["question"])
        yield _Question(one["question"], document, pages, frozenset(answer))


def _meant(text: str) -> set[str]:
    """The words that say something; numbers by their value."""
    return {
        _value(word)
        for word in words.split(text)
        if words.is_number(word) or (len(word) > 2 and word not in words.STOP_WORDS)
    }


def _value(word: str) -> str:
    plain = words.plain_number(word)
    return f"{float(plain):g}" if _NUMBER.fullmatch(plain) else plain


def _hits(search: Search, question: _Question, own: bool) -> list[Hit]:
    scope = [question.document] if own else None
    return search.search(question.text, k=SEARCH_PASSAGES, documents=scope)


def _look(
    question: _Question, groups: Sequence[Sequence[Hit]], count: Count, budget: int
) -> _Evidence:
    packed = pack(groups, count, budget)
    wanted = [
        hit
        for hit in packed.hits
        if hit.document_id == question.document and hit.page in question.pages
    ]
    has = _meant(" ".join(hit.text for hit in wanted))
    answer = float(question.answer <= has) if question.answer else None
    return _Evidence(question.document, float(bool(wanted)), answer, packed.tokens)


def _rows(name: str, budget: int, told: dict[str, list[_Evidence]]) -> Iterator[Row]:
    plain, completed = told["as found"], told["completed"]
    tokens = f"{np.mean([one.tokens for one in completed]):.0f} tokens of {budget}"
    where = f"{name} {'document' if name.endswith('own') else 'documents'}, {budget} tokens"
    asked = [at for at, one in enumerate(plain) if one.answer is not None]
    measures: tuple[tuple[str, Collection[int], Callable[[_Evidence], float]], ...] = (
        ("the answer's words", asked, lambda one: one.answer or 0.0),
        ("the page", range(len(plain)), lambda one: one.page),
    )
    for what, kept, value in measures:
        pairs = np.array([(value(plain[at]), value(completed[at])) for at in kept])
        values = np.column_stack([pairs, pairs[:, 1] - pairs[:, 0]])
        before, after, gain = estimates(values, [plain[at].document for at in kept])
        low, high = gain.by_question.low, gain.by_question.high
        detail = (
            f"as found {before.value:.3f}, gain by completing {gain.value:+.3f} "
            f"({low:+.2f} to {high:+.2f}); {tokens}; {len(kept)} questions"
        )
        yield Row(f"{where}: {what} in the evidence", after.value, None, detail=detail)
