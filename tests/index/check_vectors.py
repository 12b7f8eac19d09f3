"""Compares our vectors with those of sentence-transformers, in a process of its own for torch.

Called with the folders of the starter and of a tiny BERT that takes the first token's state and has
prompts; then with a file for the starter's vectors in single precision, and the texts for these.
"""

import sys
from pathlib import Path

import numpy as np

from docqa.index.bert import Bert, is_plain_bert
from docqa.index.embedder_service import Embed, EmbedderService
from docqa.index.long_texts import Windows
from docqa.index.model_folder import Prompts, prompts
from docqa.process import Flag

TEXTS = ["", "Short.", "  A LONGER sentence with 20 words. ", "Frost killed blossoms. " * 40] * 5


def load(folder):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(folder, device="cpu", local_files_only=True)


def check_precisions(model):
    """Text by text the vectors are the same, in both precisions, whatever the number of threads."""
    import torch

    wanted = model.encode(TEXTS, normalize_embeddings=True)
    assert is_plain_bert(model)
    windows = Windows(model.tokenizer, model.max_seq_length).cut(TEXTS, "")
    for precision, least in ((torch.float32, 0.999999), (torch.bfloat16, 0.9998)):
        for threads in (1, 3):
            rows = np.empty(wanted.shape, np.float32)
            for indexes, found in Bert(torch, model, precision, threads).encode(windows, bool):
                rows[indexes] = found
            assert (rows * wanted).sum(1).min() > least, (precision, threads)
            assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert list(Bert(torch, model, precision, 1).encode(windows, lambda: True)) == []


def rows_of(service, texts, kind):
    rows = {}
    for event in service.handle(Embed(tuple(texts), kind)):
        rows |= dict(zip(event.indexes, event.rows, strict=True))
    return np.stack([rows[index] for index in range(len(texts))])


def check_service(folder, fast):
    """Prompts and pooling are the model's own; what is too long is read to its end."""
    model = load(folder)
    assert is_plain_bert(model) == fast
    service = EmbedderService(Flag(), Path(folder), 2, prompts(Path(folder)) or Prompts())
    short = TEXTS[:3]
    for kind, prompt in (("question", "ask: "), ("passage", "tell: ")):
        wanted = model.encode([prompt + text for text in short], normalize_embeddings=True)
        assert (rows_of(service, short, kind) * wanted).sum(1).min() > 0.999, (folder, kind)
    long = "Frost killed the blossoms of the pear trees. " * 20
    whole, cut = rows_of(service, [long + "Eels swim in rivers. " * 9, long], "passage")
    assert whole @ cut < 0.999, "the end of a long text does not count"
    assert abs(whole @ whole - 1) < 1e-3


starter, tiny, reference, *texts = sys.argv[1:]
model = load(starter)
np.save(reference, model.encode(texts, normalize_embeddings=True))
check_precisions(model)
check_service(tiny, fast=True)
general = Path(tiny) / "config.json"
general.write_text(general.read_text("utf-8").replace('"gelu"', '"relu"'), "utf-8")
check_service(tiny, fast=False)
