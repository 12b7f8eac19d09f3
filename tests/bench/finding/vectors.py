"""Vectors by the million: how well and how soon they are found, added and removed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import psutil
from finding.libraries import Libraries
from finding.sets import Sets
from numpy.typing import NDArray
from table import Row

from docqa.index.shelf import Shelf
from docqa.index.vector_file import Stamp
from docqa.store.store import Store

Kind = Literal["clusters", "random"]
Matrix = NDArray[np.float32]

DIMENSION = 384
_EMBEDDER = "made up"
_OF_DOCUMENT = 100
_ADDED, _BATCH = 300, 64
"""Passages of a document of 100 pages, and how many are committed at once."""
_QUERIES = 60
_TOP = 10
_AT_ONCE = 20_000
_CENTRES = 400
_SPREAD = 0.75
"""Length of the noise about a centre of length 1: neighbours have cosines of some .64, as those in
filings have."""
_ROUNDS = 5
_BARS = {100_000: 8.0, 1_000_000: 60.0}
"""Milliseconds of a question that are the vectors' share."""
_SIZES = (20_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Made:
    """A store of made-up vectors, and questions (n, d) with their true neighbours (n, 10)."""

    store: Store
    directory: Path
    documents: tuple[int, ...]
    questions: Matrix
    neighbours: NDArray[np.int64]

    def shelf(self) -> Shelf:
        """A shelf that has read nothing yet."""
        stamp = Stamp("bench", "passage", _EMBEDDER, DIMENSION)
        return Shelf(stamp, self.store.database, self.directory)


def vectors(_: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """All sizes, with clusters as in text and without; see ``measured`` for one of them."""
    rows: list[Row] = []
    for count in _SIZES:
        rows += measured(libraries.folder, count, "clusters")
    return (*rows, *measured(libraries.folder, _SIZES[-1], "random"))


def measured(folder: Path, count: int, kind: Kind) -> Iterator[Row]:
    """Recall, speed, memory, adding and removing with so many vectors of that kind."""
    name = f"{count:,} vectors ({kind})"
    with made(folder, count, kind) as here:
        shelf = here.shelf()
        started = time.perf_counter()
        for _ in shelf.rebuild():
            pass
        yield Row(f"{name}: made ready", time.perf_counter() - started, None, unit=" s")
        shelf.close()
        yield from _asked(name, here, _BARS.get(count))
        yield from _changed(name, folder, here)


def _asked(name: str, here: Made, bar: float | None) -> Iterator[Row]:
    before = psutil.Process().memory_info().rss
    shelf = here.shelf()
    started = time.perf_counter()
    found = shelf.search(here.questions[0], _TOP)
    yield Row(f"{name}: opened, first question", time.perf_counter() - started, None, unit=" s")
    hits, took = [], []
    for question, neighbours in zip(here.questions, here.neighbours, strict=True):
        started = time.perf_counter()
        found = shelf.search(question, _TOP)
        took.append(time.perf_counter() - started)
        hits.append(len({id for id, _ in found} & set(neighbours.tolist())) / _TOP)
    memory = (psutil.Process().memory_info().rss - before) / 1e6
    disk = sum(file.stat().st_size for file in here.directory.glob("*.vectors")) / 1e6
    yield Row(f"{name}: recall@10 of flat", statistics.mean(hits), 0.95)
    yield _milliseconds(f"{name}: question", took, bar)
    half = here.documents[::2]
    twelve: list[list[int]] = [[id] for id in here.documents[: 12 * 7 : 7]]
    some = here.neighbours.ravel()[:300].tolist()
    ways: dict[str, Callable[[Matrix], object]] = {
        "100 best": lambda vector: shelf.search(vector, 100),
        "one document": lambda vector: shelf.search(vector, 100, here.documents[7:8]),
        "half of the documents": lambda vector: shelf.search(vector, 100, half),
        "each of twelve documents": lambda vector: shelf.search_each(vector, 20, twelve),
        "300 similarities": lambda vector: shelf.similarities(vector, some),
    }
    for way, ask in ways.items():
        yield _milliseconds(f"{name}: {way}", [_seconds(ask, q) for q in here.questions], None)
    yield Row(f"{name}: memory, what is mapped included", memory, 1200.0, at_most=True, unit=" MB")
    yield Row(f"{name}: files", disk, None, unit=" MB")
    shelf.close()


def _changed(name: str, folder: Path, here: Made) -> Iterator[Row]:
    with made(folder, 0, "clusters") as empty:
        for way, whole in (("", False), (", with opening and closing", True)):
            small, large, removed = [], [], []
            open_shelves = (empty.shelf(), here.shelf())
            for number in range(_ROUNDS):
                seconds, document = _add(empty, open_shelves[0], number, whole)
                small.append(seconds)
                _remove(empty, empty.shelf() if whole else open_shelves[0], document)
                seconds, document = _add(here, open_shelves[1], number, whole)
                large.append(seconds)
                removed.append(_remove(here, here.shelf() if whole else open_shelves[1], document))
            ratio = statistics.median(large) / statistics.median(small)
            yield Row(
                f"{name}: adding 100 pages{way}, times an empty library", ratio, None,
                detail=f"{1000 * statistics.median(large):.0f} ms",
            )  # fmt: skip
            yield Row(
                f"{name}: removing them{way}, slowest", max(removed), 1.0, at_most=True, unit=" s"
            )
            for shelf in open_shelves:
                shelf.close()


def _add(here: Made, shelf: Shelf, number: int, whole: bool) -> tuple[float, int]:
    ids = _documents(here.store, [_ADDED])
    rows = _rows(np.random.default_rng(number), _ADDED, "random")
    document = here.store.passages.get(ids[:1])[ids[0]].document_id
    started = time.perf_counter()
    shelf = here.shelf() if whole else shelf
    shelf.refresh(here.store.database)
    for start in range(0, _ADDED, _BATCH):
        part = slice(start, start + _BATCH)
        shelf.add(here.store.database, ids[part], rows[part])
    if whole:
        shelf.close()
    return time.perf_counter() - started, document


def _remove(here: Made, shelf: Shelf, document: int) -> float:
    connection = here.store.database.read()
    connection.execute("DELETE FROM documents WHERE id = ?", (document,))  # traces are not ours
    started = time.perf_counter()
    shelf.remove_documents([document])
    return time.perf_counter() - started


def _seconds(ask: Callable[[Matrix], object], question: Matrix) -> float:
    started = time.perf_counter()
    ask(question)
    return time.perf_counter() - started


def _milliseconds(name: str, seconds: list[float], bar: float | None) -> Row:
    slow = 1000 * sorted(seconds)[int(0.95 * len(seconds))]
    detail = f"median {1000 * statistics.median(seconds):.1f} ms"
    return Row(f"{name}, 95th percentile", slow, bar, at_most=True, unit=" ms", detail=detail)


@contextmanager
def made(folder: Path, count: int, kind: Kind) -> Iterator[Made]:
    """A store with so many vectors, made if it is not there; what is added to it stays."""
    directory = folder / f"vectors-{kind}-{count}"
    truth = directory / "truth.npz"
    with Store.open(directory / "workspace.db") as store:
        if not truth.exists():
            questions, neighbours = _fill(store, count, kind)
            np.savez(truth, questions=questions, neighbours=neighbours)
        known = np.load(truth)
        documents = store.database.read().execute("SELECT id FROM documents").fetchall()
        ids = tuple(int(row[0]) for row in documents)
        yield Made(store, directory, ids, known["questions"], known["neighbours"])


def _fill(store: Store, count: int, kind: Kind) -> tuple[Matrix, NDArray[np.int64]]:
    chance = np.random.default_rng(4)
    questions = _rows(np.random.default_rng(5), _QUERIES, kind)
    best = [(np.empty(0, np.float32), np.empty(0, np.int64))] * _QUERIES
    for start in range(0, count, _AT_ONCE):
        size = min(_AT_ONCE, count - start)
        ids = _documents(store, [_OF_DOCUMENT] * (size // _OF_DOCUMENT))
        rows = _rows(chance, size, kind).astype(np.float16)
        store.vectors.put("passage", _EMBEDDER, ids, rows)
        products = questions @ rows.astype(np.float32).T
        for number, row in enumerate(products):
            scores = np.concatenate([best[number][0], row])
            owners = np.concatenate([best[number][1], np.array(ids)])
            order = np.argsort(-scores, kind="stable")[:_TOP]
            best[number] = (scores[order], owners[order])
    return questions, np.array([owners for _, owners in best])


def _rows(chance: np.random.Generator, count: int, kind: Kind) -> Matrix:
    """Unit vectors: in clusters, whose centres are near each other as in text, or anywhere."""
    rows = chance.standard_normal((count, DIMENSION), np.float32)
    if kind == "clusters":
        fixed = np.random.default_rng(6)
        common = fixed.standard_normal((1, DIMENSION), np.float32)
        centres = common / 2 + fixed.standard_normal((_CENTRES, DIMENSION), np.float32)
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        rows *= np.float32(_SPREAD / DIMENSION**0.5)
        rows += centres[chance.integers(0, _CENTRES, count)]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _documents(store: Store, sizes: list[int]) -> list[int]:
    """The ids of passages without text, in documents of these sizes."""
    ids: list[int] = []
    with store.database.write() as connection:
        for size in sizes:
            cursor = connection.execute(
                "INSERT INTO documents (path, sha256, title, added) VALUES ('', '', '', 0)"
            )
            document = cursor.lastrowid
            for page in range(1, size + 1):
                cursor = connection.execute(
                    'INSERT INTO passages (document_id, page, start, "end", text, context)'
                    " VALUES (?, ?, 0, 0, '', '')",
                    (document, page),
                )
                ids.append(int(cursor.lastrowid or 0))
    return ids
