"""How fast passages get their vectors, against sentence-transformers with its best batch size."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from finding.libraries import ROOT, Libraries
from finding.sets import Sets
from reading.data import Data
from reading.rig import Rig
from reading.vectors import read_texts
from table import Row

from docqa.process import Urgency

_SEED = 5
_PASSAGES = 192
_ROUNDS = 3
_BATCHES = (8, 16, 32, 64, 128)
_BAR = 0.95
_SCRIPT = """
import json, sys, time
import torch
from sentence_transformers import SentenceTransformer
from docqa.host.cores import physical_cores
from docqa.index.bert import Bert
from docqa.index.long_texts import Windows
folder, texts = sys.argv[1:]
texts = json.load(open(texts, encoding="utf-8"))
model = SentenceTransformer(folder, device="cpu", local_files_only=True)
windows = Windows(model.tokenizer, model.max_seq_length)
bert = Bert(torch, model, torch.float32, physical_cores())
model.encode(texts[:8])
list(bert.encode(windows.cut(texts[:8], ""), bool))
print("ready", flush=True)
for line in sys.stdin:
    started = time.perf_counter()
    if line.strip() == "ours":
        list(bert.encode(windows.cut(texts, ""), bool))
    else:
        model.encode(texts, batch_size=int(line), normalize_embeddings=True)
    print(time.perf_counter() - started, flush=True)
"""
"""Encodes all texts for each line that it reads: ours in single precision, or theirs by the size of
a batch; and tells the seconds."""

Timed = Callable[[str], float]


def embedding(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Passages a second, as a multiple of theirs: in single precision, and as the program does it.

    The runs take turns, so that what else the computer does is the same for all.
    """
    texts = _texts(sets, libraries)
    embedder = libraries.embedder
    embedder.load(Urgency.READING)
    seconds: dict[str, list[float]] = {"ours": [], "as used": []}
    with _other_process(libraries, texts) as timed:
        best = str(min(_BATCHES, key=lambda size: timed(str(size))))
        for _ in range(_ROUNDS):
            seconds.setdefault(best, []).append(timed(best))
            seconds["ours"].append(timed("ours"))
            started = time.perf_counter()
            embedder.embed(texts, Urgency.READING)
            seconds["as used"].append(time.perf_counter() - started)
    return tuple(
        _row(name, seconds[key], seconds[best], f"{len(texts)} passages, their batches of {best}")
        for name, key in (("in single precision", "ours"), ("as used", "as used"))
    )


def _row(name: str, ours: list[float], theirs: list[float], detail: str) -> Row:
    ratio = statistics.median(theirs) / statistics.median(ours)
    took = f"{statistics.median(ours):.1f} s against {statistics.median(theirs):.1f} s"
    measure = f"embedding throughput {name}, times sentence-transformers"
    return Row(measure, ratio, _BAR, detail=f"{took}; {detail}")


def _texts(sets: Sets, libraries: Libraries) -> list[str]:
    """Passages of filings, drawn once and for all."""
    rig = Rig(Data(sets.root), libraries.folder, None)
    chance = random.Random(_SEED)
    files = chance.sample(sets.pdfs("financebench"), 2)
    found = [text for path in files for text in read_texts(rig, path)]
    return chance.sample(found, min(_PASSAGES, len(found)))


@contextmanager
def _other_process(libraries: Libraries, texts: list[str]) -> Iterator[Timed]:
    """Times what a process with torch does on request: encode in one of the script's ways."""
    given = libraries.folder / "texts.json"
    given.write_text(json.dumps(texts), "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(libraries.model), str(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(ROOT),
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    source, target = process.stdout, process.stdin
    source.readline()

    def timed(way: str) -> float:
        target.write(f"{way}\n")
        target.flush()
        return float(source.readline())

    try:
        yield timed
    finally:
        target.close()
        process.wait()
