"""Writes a GGUF of exactly Mistral-7B v0.3's shape with random weights, for benchmarks."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gguf
import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType as _Type

Mixture = Literal["Q4_K_M", "Q4_0", "Q8_0"]
"""Which quantised types the weights have, as llama.cpp's quantiser would choose them."""

_Bytes = npt.NDArray[np.uint8]

_WIDTH = 4096
_FEED_FORWARD = 14336
_HEADS = 32
_KV_HEADS = 8
_HEAD = _WIDTH // _HEADS
_CONTEXT = 32768
_VOCABULARY = 32768
_RESERVED = 771
"""Mistral v0.3's unused control tokens end here; the byte tokens follow."""
_TEMPLATE = "{{ bos_token }}[INST] {{ messages[0].content }}[/INST]"
_BLANK = "\u2581"
_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
_SINGLES = "ETAOINSHRDLCUMWFGYPBVKJXQZ0123456789.,;:!?-()[]{}'\"/%&+=*#@<>_$\n"

_STD = 0.02
"""Standard deviation of the weights: a trained model's order of magnitude, so logits are sane."""
_POOL = 65_537
"""Random blocks that the tensors repeat, each from its own start: a prime, so no rows align."""


@dataclass(frozen=True, slots=True)
class _Format:
    """A quantised type: a block's bytes are random but for ``fixed`` (its scales)."""

    kind: _Type
    fixed: tuple[tuple[int, bytes], ...]


def _half(value: float) -> bytes:
    return np.float16(value).tobytes()


# The codes of a block are uniform, so their spread follows from their number of bits: 16 codes
# 4.61, 64 codes 18.5, 256 codes 73.9. Six-bit scales of 32 are the bytes A0 x 8, 00 x 4.
_FORMATS = {
    _Type.Q4_K: _Format(
        _Type.Q4_K,
        (
            (0, _half(_STD / 4.61 / 32)),
            (2, _half(_STD / 4.61 / 32 * 7.5)),
            (4, b"\xa0" * 8 + b"\x00" * 4),
        ),
    ),
    _Type.Q6_K: _Format(_Type.Q6_K, ((192, b"\x08" * 16), (208, _half(_STD / 18.5 / 8)))),
    _Type.Q4_0: _Format(_Type.Q4_0, ((0, _half(_STD / 4.61)),)),
    _Type.Q8_0: _Format(_Type.Q8_0, ((0, _half(_STD / 73.9)),)),
}


def write_mistral_shape(path: Path, layers: int = 32, mixture: Mixture = "Q4_K_M") -> Path:
    """Write the model unless ``path`` exists; some 4.4 GB with all layers, within half a minute.

    Fewer ``layers`` give the same matrices in a smaller file.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        _write(unfinished, layers, mixture)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _write(path: Path, layers: int, mixture: Mixture) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer, layers, mixture)
    tensors = list(_tensors(layers, mixture))
    for name, shape, kind in tensors:
        if kind is _Type.F32:
            writer.add_tensor_info(name, shape, np.dtype(np.float32), 4 * shape[0])
        else:
            rows = gguf.quant_shape_to_byte_shape(shape, kind)
            size = rows[0] * rows[1]
            writer.add_tensor_info(name, rows, np.dtype(np.uint8), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    random = np.random.default_rng(0)
    pools = {kind: _pool(layout, random) for kind, layout in _FORMATS.items()}
    for _, shape, kind in tensors:
        if kind is _Type.F32:
            writer.write_tensor_data(np.ones(shape, dtype=np.float32))
        else:
            writer.write_tensor_data(_repeated(pools[kind], shape, kind, random))
    writer.close()


def _describe(writer: gguf.GGUFWriter, layers: int, mixture: Mixture) -> None:
    tokens, kinds = _vocabulary()
    writer.add_name(f"Mistral 7B shape {mixture}")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_HEAD)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_vocab_size(_VOCABULARY)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(index) for index in range(len(tokens))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_chat_template(_TEMPLATE)


def _vocabulary() -> tuple[list[str], list[int]]:
    """Return the tokens and their types: as many of each kind as Mistral v0.3 has."""
    kinds = gguf.TokenType
    head = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
    head += [f"[control_{number}]" for number in range(len(head), _RESERVED)]
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    room = _VOCABULARY - len(head) - len(byte_tokens)
    pieces = list(itertools.islice(_pieces(), room))
    types = [kinds.UNKNOWN] + [kinds.CONTROL] * (len(head) - 1)
    types += [kinds.BYTE] * len(byte_tokens) + [kinds.NORMAL] * len(pieces)
    return head + byte_tokens + pieces, [int(kind) for kind in types]


def _pieces() -> Iterator[str]:
    """Yield pieces of words; the beginnings of each piece are pieces, so that merging finds it."""
    yield _BLANK
    yield from _LETTERS
    yield from _SINGLES
    for length in (1, 2, 3):
        words = ("".join(letters) for letters in itertools.product(_LETTERS, repeat=length))
        for word in words:
            yield _BLANK + word
            if length > 1:
                yield word


def _tensors(layers: int, mixture: Mixture) -> Iterator[tuple[str, tuple[int, ...], _Type]]:
    base = _Type.Q4_K if mixture == "Q4_K_M" else _Type[mixture]
    finer = _Type.Q6_K if mixture == "Q4_K_M" else base
    output = _Type.Q8_0 if mixture == "Q8_0" else _Type.Q6_K
    keys = _KV_HEADS * _HEAD
    yield "token_embd.weight", (_VOCABULARY, _WIDTH), base
    yield "output_norm.weight", (_WIDTH,), _Type.F32
    yield "output.weight", (_VOCABULARY, _WIDTH), output
    for layer in range(layers):
        sensitive = finer if _gets_more_bits(layer, layers) else base
        block = f"blk.{layer}."
        yield f"{block}attn_norm.weight", (_WIDTH,), _Type.F32
        yield f"{block}attn_q.weight", (_WIDTH, _WIDTH), base
        yield f"{block}attn_k.weight", (keys, _WIDTH), base
        yield f"{block}attn_v.weight", (keys, _WIDTH), sensitive
        yield f"{block}attn_output.weight", (_WIDTH, _WIDTH), base
        yield f"{block}ffn_norm.weight", (_WIDTH,), _Type.F32
        yield f"{block}ffn_gate.weight", (_FEED_FORWARD, _WIDTH), base
        yield f"{block}ffn_up.weight", (_FEED_FORWARD, _WIDTH), base
        yield f"{block}ffn_down.weight", (_WIDTH, _FEED_FORWARD), sensitive


def _gets_more_bits(layer: int, layers: int) -> bool:
    """Say whether llama.cpp's quantiser gives this layer's values and ffn_down six bits."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _pool(layout: _Format, random: np.random.Generator) -> _Bytes:
    size = gguf.GGML_QUANT_SIZES[layout.kind][1]
    pool = random.integers(0, 256, (_POOL, size), dtype=np.uint8)
    for start, content in layout.fixed:
        pool[:, start : start + len(content)] = np.frombuffer(content, dtype=np.uint8)
    return pool


def _repeated(
    pool: _Bytes, shape: tuple[int, ...], kind: _Type, random: np.random.Generator
) -> _Bytes:
    rows, row_bytes = gguf.quant_shape_to_byte_shape(shape, kind)
    blocks = rows * row_bytes // pool.shape[1]
    rolled = np.roll(pool, int(random.integers(_POOL)), axis=0)
    return np.resize(rolled, (blocks, pool.shape[1])).reshape(rows, row_bytes)
