"""The embedder: texts to unit vectors in a child process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from index_library import MODEL
from safetensors.numpy import load_file, save_file
from tiny_embedder import write_bert

from docqa.errors import Cancelled, ChildDied, DocqaError
from docqa.index.embedder import ChildEmbedder
from docqa.process import Cancel, Urgency

ASKING, READING, PREPARING = Urgency.ASKING, Urgency.READING, Urgency.PREPARING


def test_vectors_are_unit_rows_in_the_order_of_the_texts(embedder: ChildEmbedder) -> None:
    texts = ["A cat sleeps on the sofa. " * n for n in (9, 1, 30, 4)] + ["", "Profit fell by 3 %."]
    together = embedder.embed(texts, READING)
    assert together.shape == (6, embedder.dimension)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    alone = np.concatenate([embedder.embed([text], READING) for text in texts])
    assert (np.sum(together * alone, axis=1) > 0.999).all()


def test_like_meanings_are_nearer_than_like_words(embedder: ChildEmbedder) -> None:
    question, answer, decoy = embedder.embed(
        ["How much does the trip cost?", "A ticket is 18 euros.", "How much does it rain?"], ASKING
    )
    assert question @ answer > 0.3
    assert question @ answer > question @ decoy


def test_nothing_to_embed(embedder: ChildEmbedder) -> None:
    assert embedder.embed([], READING).shape == (0, embedder.dimension)


@pytest.mark.parametrize("text", ["\0", "\ud800 lone", "🍎" * 50, "x" * 100_000, " ", "中文\u202e"])
def test_any_text_has_a_vector(embedder: ChildEmbedder, text: str) -> None:
    (row,) = embedder.embed([text], ASKING)
    assert np.isfinite(row).all()


def test_the_vectors_are_those_of_sentence_transformers(
    embedder: ChildEmbedder, tmp_path: Path
) -> None:
    """Of any pooling, with any prompts; see the script.

    Should they not: the child would compute in the slower way, and nobody would notice.
    """
    tiny = write_bert(
        tmp_path / "tiny", pooling="cls", prompts={"query": "ask: ", "document": "tell: "}
    )
    script = Path(__file__).with_name("check_vectors.py")
    root = Path(__file__).parents[2]
    texts = ["What was the net profit in 2021?", "Frost destroyed half of the blossoms. " * 8]
    reference = tmp_path / "reference.npy"
    subprocess.run(
        [sys.executable, str(script), str(MODEL), str(tiny), str(reference), *texts],
        check=True,
        cwd=root,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(root)},
    )
    cosines = np.sum(embedder.embed(texts, READING) * np.load(reference), axis=1)
    assert (cosines > 0.9995).all()


def test_the_identity_is_known_without_loading_and_changes_with_the_files(tmp_path: Path) -> None:
    copy = tmp_path / MODEL.name
    shutil.copytree(MODEL, copy)
    original = ChildEmbedder(MODEL, tmp_path / "log").identity
    same = ChildEmbedder(copy, tmp_path / "log")
    assert same.identity == original
    assert same.pid is None
    configuration = copy / "config.json"
    configuration.write_text(configuration.read_text("utf-8") + "\n", "utf-8")
    assert ChildEmbedder(copy, tmp_path / "log").identity != original


def test_a_missing_model_is_one_sentence(no_embedder: ChildEmbedder) -> None:
    for use in (
        lambda: no_embedder.identity,
        lambda: no_embedder.dimension,
        lambda: no_embedder.load(ASKING),
        lambda: no_embedder.embed(["a"], ASKING),
    ):
        with pytest.raises(DocqaError, match=r"^There is no whole embedding model"):
            use()


def cut_off(weights: bytes) -> bytes:
    return weights[:-100]


def emptied(_: bytes) -> bytes:
    return b""


def garbled(_: bytes) -> bytes:
    return b"<html>Not found</html>" * 100


@pytest.mark.parametrize("damage", [cut_off, emptied, garbled])
def test_a_damaged_model_is_one_sentence(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    copy = tmp_path / "model"
    shutil.copytree(MODEL, copy)
    weights = copy / "model.safetensors"
    weights.write_bytes(damage(weights.read_bytes()))
    damaged = ChildEmbedder(copy, tmp_path / "log")
    with pytest.raises(DocqaError, match=r"is damaged: install the models again\.$"):
        damaged.load(ASKING)
    assert damaged.pid is None


def test_loading_twice_takes_no_time(embedder: ChildEmbedder) -> None:
    embedder.load(ASKING)
    assert embedder.load(ASKING) == 0.0


def test_a_killed_child_is_one_error_and_the_next_call_works(embedder: ChildEmbedder) -> None:
    embedder.load(ASKING)
    killed = embedder.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    # The death may also be noticed in time; then a fresh child answers at once.
    with contextlib.suppress(ChildDied):
        embedder.embed(["a"], ASKING)
    assert embedder.embed(["a"], ASKING).shape == (1, embedder.dimension)
    assert embedder.pid not in {None, killed}


def test_a_question_gets_its_turn_while_much_is_being_embedded(embedder: ChildEmbedder) -> None:
    embedder.load(ASKING)
    finished = threading.Event()

    def read() -> None:
        embedder.embed(["The annual report describes many risks. " * 20] * 200, READING)
        finished.set()

    reading = threading.Thread(target=read)
    reading.start()
    time.sleep(0.3)
    embedder.embed(["What are the risks?"], ASKING)
    assert not finished.is_set()
    reading.join()


def test_preparing_goes_on_after_a_question_went_first(embedder: ChildEmbedder) -> None:
    rows: list[np.ndarray] = []
    texts = ["Harvest begins in September. " * 20] * 60
    preparing = threading.Thread(target=lambda: rows.append(embedder.embed(texts, PREPARING)))
    preparing.start()
    while preparing.is_alive():
        embedder.embed(["When does the harvest begin?"], ASKING)
        time.sleep(0.02)
    assert rows[0].shape == (60, embedder.dimension)


def test_stop_ends_a_long_call_soon(embedder: ChildEmbedder) -> None:
    embedder.load(ASKING)
    cancel = Cancel()
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    with pytest.raises(Cancelled):
        embedder.embed(["The annual report describes many risks. " * 20] * 1000, READING, cancel)
    timer.join()
    assert embedder.embed(["still there"], ASKING).shape == (1, embedder.dimension)


def test_the_index_does_not_load_heavy_libraries() -> None:
    code = (
        "import sys, docqa.index.search, docqa.index.embedder\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'faiss', 'llama_cpp'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_a_damaged_model_and_one_that_is_closed_meanwhile(tmp_path: Path) -> None:
    """A word without numbers is told in a sentence; closing does not cancel who asks."""
    folder = write_bert(tmp_path / "tiny")
    weights = load_file(folder / "model.safetensors")
    bad = (folder / "vocab.txt").read_text("utf-8").splitlines().index("butter")
    weights["embeddings.word_embeddings.weight"][bad] = np.nan
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    tiny = ChildEmbedder(folder, tmp_path / "logs" / "tiny.log", threads=1)
    with contextlib.closing(tiny):
        with pytest.raises(DocqaError, match="choose another model"):
            tiny.embed(["toast with butter"], ASKING)
        closer = threading.Timer(0.2, tiny.close)
        closer.start()
        rows = tiny.embed([f"toast number {n} and more of it" for n in range(2_500)], ASKING)
        assert closer.finished.is_set()
        closer.join()
    assert np.isfinite(rows).all()
