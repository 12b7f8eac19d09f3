"""Writes a tiny GGUF model with random weights: real llama.cpp, real prompts, nonsense replies."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import gguf
import numpy as np

Chat = Literal["mistral", "mistral-text", "chatml", "turns", "unknown"]

_TEMPLATES: dict[Chat, str] = {
    "mistral": "{{ bos_token }}[INST] {{ messages[0].content }}[/INST]",
    "mistral-text": "{{ bos_token }}[INST] {{ messages[0].content }} [/INST]",
    "chatml": (
        "{% for message in messages %}"
        "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
        "{% endfor %}{{ '<|im_start|>assistant\n' }}"
    ),
    "turns": (
        "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
        "<start_of_turn>user\n{{ messages[0].content | trim }}<end_of_turn>\n"
        "{{ '<start_of_turn>model\n' }}"
    ),
    "unknown": "<start_of_turn>user\n<end_of_turn>",
}
_MARKERS: dict[Chat, tuple[str, ...]] = {
    "mistral": ("[INST]", "[/INST]"),
    "mistral-text": (),
    "chatml": ("<|im_start|>", "<|im_end|>"),
    "turns": ("<start_of_turn>", "<end_of_turn>"),
    "unknown": (),
}
_BLANK = "\u2581"
"""How SentencePiece writes a blank."""
_HEAD = 64
"""Width of an attention head: quantised caches need a multiple of 32."""


def write_tiny_gguf(
    path: Path,
    *,
    chat: Chat = "mistral",
    layers: int = 2,
    context: int = 512,
    width: int = 64,
    seed: int = 0,
) -> Path:
    """Write a llama model whose tokens are bytes and the blank.

    More ``layers`` and ``width`` (a multiple of 64) make it slow.
    """
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(f"Tiny {chat}")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(width // _HEAD)
    writer.add_head_count_kv(width // _HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_HEAD)
    vocabulary = _add_vocabulary(writer, chat)
    for name, shape in _tensors(vocabulary, width, layers):
        if name.endswith("norm.weight"):
            values = np.ones(shape, dtype=np.float32)
        else:
            values = random.normal(0, 0.3 / np.sqrt(shape[-1]) * 4, shape).astype(np.float32)
        writer.add_tensor(name, values)
    _finish(writer)
    return path


def write_tiny_mamba(path: Path) -> Path:
    """Write a model with a recurrent state instead of a cache of keys and values."""
    width, state = 64, 16
    writer = gguf.GGUFWriter(path, "mamba")
    writer.add_context_length(512)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_inner_size(2 * width)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(4)
    vocabulary = _add_vocabulary(writer, "chatml")
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (vocabulary, width),
        "output_norm.weight": (width,),
        "blk.0.attn_norm.weight": (width,),
        "blk.0.ssm_in.weight": (4 * width, width),
        "blk.0.ssm_conv1d.weight": (2 * width, 4),
        "blk.0.ssm_conv1d.bias": (2 * width,),
        "blk.0.ssm_x.weight": (4 + 2 * state, 2 * width),
        "blk.0.ssm_dt.weight": (2 * width, 4),
        "blk.0.ssm_dt.bias": (2 * width,),
        "blk.0.ssm_a": (2 * width, state),
        "blk.0.ssm_d": (2 * width,),
        "blk.0.ssm_out.weight": (width, 2 * width),
    }
    for name, shape in shapes.items():
        writer.add_tensor(name, np.ones(shape, dtype=np.float32))
    _finish(writer)
    return path


def _add_vocabulary(writer: gguf.GGUFWriter, chat: Chat) -> int:
    """Add tokens and the chat's template; return how many tokens there are."""
    tokens, kinds = _vocabulary(chat)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(len(tokens) - 1 if chat in ("chatml", "turns") else 2)
    writer.add_add_bos_token(chat != "chatml")
    writer.add_chat_template(_TEMPLATES[chat])
    return len(tokens)


def _finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _vocabulary(chat: Chat) -> tuple[list[str], list[int]]:
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    markers = list(_MARKERS[chat])
    kinds = gguf.TokenType
    types = [
        kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256, kinds.NORMAL,
        *[kinds.CONTROL] * len(markers),
    ]  # fmt: skip
    return ["<unk>", "<s>", "</s>", *byte_tokens, _BLANK, *markers], [int(kind) for kind in types]


def _tensors(vocabulary: int, width: int, layers: int) -> list[tuple[str, tuple[int, ...]]]:
    tensors: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, width)),
        ("output_norm.weight", (width,)),
    ]
    for layer in range(layers):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensors.append((f"blk.{layer}.{name}.weight", (width, width)))
        for name in ("ffn_gate", "ffn_up"):
            tensors.append((f"blk.{layer}.{name}.weight", (2 * width, width)))
        tensors.append((f"blk.{layer}.ffn_down.weight", (width, 2 * width)))
        tensors.append((f"blk.{layer}.attn_norm.weight", (width,)))
        tensors.append((f"blk.{layer}.ffn_norm.weight", (width,)))
    return tensors
