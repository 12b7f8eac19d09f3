"""How soon a question is answered, a document added and removed, in made-up libraries."""

from __future__ import annotations

import random
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from finding.libraries import ROOT, Libraries
from finding.library import Language, build, questions, texts
from finding.sets import Sets
from fpdf import FPDF
from table import Row

from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.ingest.reader import Reader
from docqa.llm.catalogue import default_model
from docqa.llm.client import LlamaModel
from docqa.model import Added
from docqa.process import Urgency
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

LARGE, HUGE = 100_000, 1_000_000
_BARS = {LARGE: 50, HUGE: 250}
"""Milliseconds that 95 of 100 questions may take."""
_QUESTIONS, _WARMING = 200, 30
_ROUNDS = 3
_PAGES, _PASSAGES_OF_PAGE = 100, 3
_CHUNK = 1 << 26


def queries(_: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Whole questions, the embedder warm: in 100,000 passages and in 1,000,000."""
    return tuple(row for count in _BARS for row in _query_rows(libraries, count))


def adding(_: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """A document of 100 pages: into an empty library, and into one of 1,000,000 passages.

    Both take turns, reading and storing are counted and embedding is not. Then it is removed.
    """
    huge = directory_of(libraries, HUGE)
    empty: list[float] = []
    full: list[float] = []
    removed: list[float] = []
    sentences, words = 0, 0
    for number in range(_ROUNDS):
        secret = "zq" + "".join(random.choices("bcdfghjkm", k=12))
        pdf = _pdf(libraries.folder / f"made-{number}.pdf", number, secret)
        first = _pdf(libraries.folder / f"first-{number}.pdf", number + 100, "warm", pages=1)
        fresh = libraries.folder / "empty"
        shutil.rmtree(fresh, ignore_errors=True)
        with _opened(fresh, libraries) as (workspace, embedder):
            _warm(workspace, first)
            empty.append(_add(workspace, embedder, pdf)[0])
        with _opened(huge, libraries) as (workspace, embedder):
            _warm(workspace, first)
            seconds, id = _add(workspace, embedder, pdf)
            full.append(seconds)
            started = time.perf_counter()
            workspace.remove([id])
            removed.append(time.perf_counter() - started)
            sentences += occurrences(huge, f"{secret} said so on page")
            words += occurrences(huge, secret)
    ratio = statistics.median(full) / statistics.median(empty)
    took = f"{statistics.median(full):.2f} s against {statistics.median(empty):.2f} s"
    return (
        Row("adding 100 pages to 1,000,000 passages, times an empty library", ratio, 1.2,
            at_most=True, detail=took),
        Row("removing a document of 1,000,000 passages, slowest", max(removed), 1.0,
            at_most=True, unit=" s"),
        Row("its sentences left in files", sentences, 0, at_most=True),
        Row("its words left in the index until there is time", words, None),
    )  # fmt: skip


def directory_of(libraries: Libraries, count: int) -> Path:
    """The workspace with so many passages; made if it is not there, with vectors at random."""
    directory = libraries.directory(f"made-{count}")
    if not (directory / DATABASE_NAME).exists():
        half = directory.with_name(directory.name + "-half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        build(half / DATABASE_NAME, count, embedder=libraries.embedder.identity)
        half.rename(directory)
    return directory


def occurrences(directory: Path, text: str) -> int:
    """How often a text stands in the bytes of any file of a folder."""
    wanted = text.encode()
    found = 0
    for path in directory.rglob("*"):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            rest = b""
            while some := file.read(_CHUNK):
                found += (rest + some).count(wanted)
                rest = some[-len(wanted) + 1 :]
    return found


def _query_rows(libraries: Libraries, count: int) -> Iterator[Row]:
    directory = directory_of(libraries, count)
    with Store.open(directory / DATABASE_NAME) as store:
        search = Search(store, libraries.embedder, directory)
        search.load(Urgency.ASKING)
        search.open()
        for _ in search.rebuild():
            pass  # A library that was just made has no files of vectors yet.
        asked = questions(store, _QUESTIONS + _WARMING)
        took = []
        for question in asked:
            started = time.perf_counter()
            search.search(question)
            took.append(1000 * (time.perf_counter() - started))
        search.close()
    took = sorted(took[_WARMING:])
    slow = percentile(took, 0.95)
    detail = f"median {statistics.median(took):.0f} ms, slowest {took[-1]:.0f} ms"
    yield Row(
        f"a question to {count:,} passages, 95th percentile", slow, _BARS[count],
        at_most=True, unit=" ms", detail=detail,
    )  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all is below or at."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class _Timed:
    """An embedder that counts the seconds it is busy, and stays open."""

    def __init__(self, embedder: ChildEmbedder | None = None) -> None:
        self._embedder = embedder
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed(self, *arguments: Any, **options: Any) -> Any:
        assert self._embedder is not None
        started = time.perf_counter()
        try:
            return self._embedder.embed(*arguments, **options)
        finally:
            self.seconds += time.perf_counter() - started

    def close(self) -> None:
        pass


@contextmanager
def _opened(directory: Path, libraries: Libraries) -> Iterator[tuple[Workspace, _Timed]]:
    """A workspace whose readers wait for files and whose embedder is loaded."""
    embedder = _Timed(libraries.embedder)
    model = default_model((ROOT / "models",))
    assert model is not None
    with ExitStack() as stack:
        lock = WorkspaceLock(directory)
        lock.acquire()
        stack.callback(lock.release)
        store = stack.enter_context(Store.open(directory / DATABASE_NAME))
        llama = LlamaModel(model, log=libraries.folder / "logs" / "llama.log")
        stack.callback(llama.close)
        log = libraries.folder / "logs" / "readers.log"
        reader = Reader(libraries.model / "tokenizer.json", log)
        stack.enter_context(reader.kept())
        workspace: Workspace = Workspace(directory, store, lock, embedder, llama, reader)  # type: ignore[arg-type]
        yield workspace, embedder


def _add(workspace: Workspace, embedder: _Timed, pdf: Path) -> tuple[float, int]:
    """Seconds without embedding, and the document's id."""
    embedder.seconds = 0.0
    started = time.perf_counter()
    added = [event for event in workspace.add([pdf]) if isinstance(event, Added)]
    seconds = time.perf_counter() - started - embedder.seconds
    assert len(added) == 1
    assert added[0].id is not None
    return seconds, added[0].id


def _warm(workspace: Workspace, pdf: Path) -> None:
    """Let readers and embedder start, and leave nothing behind."""
    _, id = _add(workspace, _Timed(), pdf)
    workspace.remove([id])


def _pdf(path: Path, number: int, secret: str, pages: int = _PAGES) -> Path:
    """A PDF of so many pages; each says its secret."""
    language, chance = Language.make(), np.random.default_rng((7, number))
    passages = texts(language, chance, _PAGES * _PASSAGES_OF_PAGE)
    pdf = FPDF()
    pdf.set_font("Helvetica", size=10)
    for page in range(pages):
        pdf.add_page()
        parts = passages[page * _PASSAGES_OF_PAGE : (page + 1) * _PASSAGES_OF_PAGE]
        pdf.multi_cell(0, 5, "\n\n".join([*parts, f"And {secret} said so on page {page + 1}."]))
    path.write_bytes(bytes(pdf.output()))
    return path
