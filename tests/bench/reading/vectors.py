"""How soon vectors are done, and how good they are, against sentence-transformers by default."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from table import Row

from docqa.index.embedder import ChildEmbedder
from docqa.index.indexing import passage_text
from docqa.ingest.events import PageRead
from docqa.ingest.reader import Reader
from docqa.process import Urgency
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME
from reading.memory import book
from reading.rig import Rig

_ROUNDS = 3
_SEED = 4
_FILINGS = 4
_QUERIES = 1000
_TOP = 5
_DEFAULT = """
import json, sys, time
import numpy
from sentence_transformers import SentenceTransformer
folder, texts, rows = sys.argv[1:]
model = SentenceTransformer(folder, device="cpu", local_files_only=True)
texts = json.load(open(texts, encoding="utf-8"))
model.encode(texts[:4])
started = time.perf_counter()
vectors = model.encode(texts)
print(time.perf_counter() - started)
numpy.save(rows, vectors)
"""


def vectors(rig: Rig) -> tuple[Row, ...]:
    """Seconds until filings are read and have their vectors, as a share of bare encoding."""
    files = chosen(rig)
    ours: list[float] = []
    theirs: list[float] = []
    texts: list[str] = []
    for number in range(_ROUNDS):
        ours.append(_complete(rig, f"vectors-{number}", files))
        texts = stored_texts(rig, f"vectors-{number}")
        theirs.append(default(rig, texts)[0])
    ratio = statistics.median(ours) / statistics.median(theirs)
    took = f"{statistics.median(ours):.1f} s against {statistics.median(theirs):.1f} s"
    detail = f"{took}, {len(texts)} passages of {len(files)} files, reading them included"
    return (
        Row("vectors done, times sentence-transformers", ratio, 0.5, at_most=True, detail=detail),
    )


def overlap(rig: Rig) -> tuple[Row, ...]:
    """Of the first five passages, how many are the same as by unquantised vectors."""
    texts = [text for path in chosen(rig) for text in read_texts(rig, path)]
    queries = rig.data.questions(_QUERIES)
    with embedder(rig) as ours:
        started = time.perf_counter()
        rows = ours.embed(texts, Urgency.READING)
        seconds = time.perf_counter() - started
        asked = ours.embed(queries, Urgency.ASKING)
    taken, exact = default(rig, texts)
    _, exact_asked = default(rig, queries)
    kept = rows.astype(np.float16).astype(np.float32)
    mine, wanted = _first(asked, kept), _first(exact_asked, exact)
    shares = [len(set(a) & set(b)) / _TOP for a, b in zip(mine, wanted, strict=True)]
    cosines = np.sum(rows * exact, axis=1) / np.linalg.norm(exact, axis=1)
    detail = f"{len(queries)} queries, {len(texts)} passages; cosine at least {cosines.min():.5f}"
    alone = f"{seconds:.1f} s against {taken:.1f} s"
    return (
        Row("overlap of the first 5 passages", float(np.mean(shares)), 0.95, detail=detail),
        Row(
            "embedding alone, times the default", seconds / taken, None, at_most=True, detail=alone
        ),
    )


def chosen(rig: Rig) -> list[Path]:
    """A few filings, drawn once and for all."""
    files = rig.data.filings()
    return random.Random(_SEED).sample(files, min(len(files), rig.files or _FILINGS))


def read_texts(rig: Rig, path: Path) -> list[str]:
    """What is embedded of a file."""
    reader = Reader(rig.model / "tokenizer.json", rig.log)
    return [
        passage_text(passage)
        for event in reader.read(path)
        if isinstance(event, PageRead)
        for passage in event.passages
    ]


def stored_texts(rig: Rig, name: str) -> list[str]:
    """What is embedded of the documents of a workspace."""
    with Store.open(rig.folder / name / DATABASE_NAME, read_only=True) as store:
        return [
            passage_text(passage)
            for document in store.documents.all()
            for passage in store.passages.of_document(document.id)
        ]


def default(rig: Rig, texts: list[str]) -> tuple[float, NDArray[np.float32]]:
    """Seconds and vectors of sentence-transformers, as it is without any option."""
    given, rows = rig.folder / "texts.json", rig.folder / "rows.npy"
    given.write_text(json.dumps(texts), "utf-8")
    command = [sys.executable, "-c", _DEFAULT, str(rig.model), str(given), str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1]), np.load(rows)


@contextmanager
def embedder(rig: Rig) -> Iterator[ChildEmbedder]:
    """The program's embedder, loaded."""
    one = ChildEmbedder(rig.model, rig.folder / "logs" / "embedder.log")
    try:
        one.load(Urgency.READING)
        yield one
    finally:
        one.close()


def _complete(rig: Rig, name: str, files: list[Path]) -> float:
    """Seconds from adding the files to the last vector; the models are loaded before."""
    with rig.workspace(name) as workspace:
        small = book(rig.folder / "first.pdf", 2)
        for _ in workspace.add([small]):
            pass
        started = time.perf_counter()
        for _ in workspace.add(files):
            pass
        return time.perf_counter() - started


def _first(queries: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.intp]:
    """The rows nearest to each query."""
    lengths = np.linalg.norm(rows, axis=1)
    return np.argsort(-(queries @ rows.T) / lengths, axis=1)[:, :_TOP]
