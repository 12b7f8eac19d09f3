"""A real workspace file per test, and small documents to fill it with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docqa.model import Evidence, Note, Page, Passage, Section
from docqa.store.store import Store

SENTENCES = ("The pump moves {n} litres a day.", "Its café opened in {n}.", "Nobody knows why.")

AddDocument = Callable[..., int]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "workspace" / "workspace.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with Store.open(file) as store:
        yield store


@pytest.fixture
def add_document(store: Store) -> AddDocument:
    """Adds a document of ``pages`` pages with three passages each; returns its id."""
    numbers = itertools.count(1)

    def add(pages: int = 2, sentences: tuple[str, ...] = SENTENCES) -> int:
        n = next(numbers)
        id = store.documents.create(f"/papers/{n}.pdf", f"hash-{n}", f"Paper {n}")
        store.pages.replace(id, *content(pages, sentences))
        store.documents.update(id, pages=pages, status="ready")
        return id

    return add


def content(
    pages: int, sentences: tuple[str, ...] = SENTENCES
) -> tuple[list[Page], list[Section], list[Passage]]:
    """Pages of the given sentences, one passage a sentence ({n} is the page number)."""
    texts = {n: [sentence.format(n=n) for sentence in sentences] for n in range(1, pages + 1)}
    passages = []
    for number, parts in texts.items():
        start = 0
        for part in parts:
            end = start + len(part)
            passages.append(Passage(0, 0, number, start, end, part, "Paper › Pumps"))
            start = end + 1
    whole = [
        Page(0, number, " ".join(parts), label=f"p{number}") for number, parts in texts.items()
    ]
    return whole, [Section("Pumps", 1, 1)], passages


def question(document_id: int, asked: str | None = "What moves?", **changes: object) -> Note:
    """A verified question about page 1 of a document."""
    fields: dict[str, object] = {
        "id": 0,
        "document_id": document_id,
        "kind": "question",
        "question": asked,
        "text": "The pump does.",
        "status": "verified",
        "evidence": (Evidence(document_id, 1, 4, 8, "pump"),),
    }
    return Note(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture(name="content")
def content_fixture() -> Callable[..., tuple[list[Page], list[Section], list[Passage]]]:
    return content


@pytest.fixture(name="question")
def question_fixture() -> Callable[..., Note]:
    return question
