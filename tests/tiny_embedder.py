"""Writes small sentence-transformers models: real ones, with weights by chance."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

STARTER = Path(__file__).parents[1] / "models" / "all-MiniLM-L6-v2"
DIMENSION = 32
_WIDE = 64
_LAYERS = 2
_MOST = 96


def write_bert(
    folder: Path, *, pooling: str = "mean", prompts: dict[str, str] | None = None, seed: int = 1
) -> Path:
    """A BERT of two layers with the starter's tokenizer; it reads 96 tokens."""
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(STARTER / name, folder / name)
    said = json.loads((STARTER / "config.json").read_text("utf-8"))
    said |= {
        "hidden_size": DIMENSION,
        "intermediate_size": _WIDE,
        "num_hidden_layers": _LAYERS,
        "num_attention_heads": 4,
        "max_position_embeddings": _MOST,
    }
    _write(folder / "config.json", said)
    shutil.copy(STARTER / "modules.json", folder / "modules.json")
    _write(folder / "sentence_bert_config.json", {"max_seq_length": _MOST})
    pooled = {"word_embedding_dimension": DIMENSION, "pooling_mode_mean_tokens": pooling == "mean"}
    pooled |= {"pooling_mode_cls_token": pooling == "cls"}
    (folder / "1_Pooling").mkdir()
    _write(folder / "1_Pooling" / "config.json", pooled)
    if prompts is not None:
        _write(folder / "config_sentence_transformers.json", {"prompts": prompts})
    save_file(_weights(said["vocab_size"], seed), folder / "model.safetensors", {"format": "pt"})
    return folder


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value), "utf-8")


def _weights(words: int, seed: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}

    def matrix(name: str, *shape: int) -> None:
        found[name] = chance.normal(0, 0.3, shape).astype(np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = np.ones(DIMENSION, np.float32)
        found[f"{name}.bias"] = np.zeros(DIMENSION, np.float32)

    def dense(name: str, out: int, given: int) -> None:
        matrix(f"{name}.weight", out, given)
        matrix(f"{name}.bias", out)

    matrix("embeddings.word_embeddings.weight", words, DIMENSION)
    matrix("embeddings.position_embeddings.weight", _MOST, DIMENSION)
    matrix("embeddings.token_type_embeddings.weight", 2, DIMENSION)
    norm("embeddings.LayerNorm")
    for layer in (f"encoder.layer.{number}" for number in range(_LAYERS)):
        for one in ("query", "key", "value"):
            dense(f"{layer}.attention.self.{one}", DIMENSION, DIMENSION)
        dense(f"{layer}.attention.output.dense", DIMENSION, DIMENSION)
        norm(f"{layer}.attention.output.LayerNorm")
        dense(f"{layer}.intermediate.dense", _WIDE, DIMENSION)
        dense(f"{layer}.output.dense", DIMENSION, _WIDE)
        norm(f"{layer}.output.LayerNorm")
    dense("pooler.dense", DIMENSION, DIMENSION)
    return found
