"""A BERT that embeds texts without any padding; one thread a text, all threads at the same time.

sentence-transformers pads a batch to its longest text and has all threads share each step. Computed
text by text, a step's numbers stay in a core's cache and no thread waits for another: 0.75 of the
time in single precision, and a third with bfloat16, by a processor that multiplies that natively.
(Eight bits would be no faster here, and only 53 to 93 % of the first five passages were the same.)
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docqa.index.long_texts import Part, Window
from docqa.index.pace import Pace


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of one layer; a pair is a matrix, or a factor, and what is added."""

    attention: tuple[Any, Any]
    attended: tuple[Any, Any]
    attended_norm: tuple[Any, Any]
    wide: tuple[Any, Any]
    narrow: tuple[Any, Any]
    norm: tuple[Any, Any]


class Bert:
    """The model of a SentenceTransformer that :func:`is_plain_bert` knows."""

    def __init__(self, torch: Any, model: Any, precision: Any, threads: int) -> None:
        """``precision``: the torch type in which matrices are multiplied."""
        self._torch = torch
        self._function = torch.nn.functional
        self._precision = precision
        self._takes_first = _pooling(model) == "cls"
        bert = model[0].auto_model
        self._epsilon = bert.config.layer_norm_eps
        self._heads = bert.config.num_attention_heads
        self._size = bert.config.hidden_size
        embeddings = bert.embeddings
        self._words = embeddings.word_embeddings.weight.data
        # There is one text only, whose type is always the first.
        types = embeddings.token_type_embeddings.weight.data
        self._positions = embeddings.position_embeddings.weight.data + types[0]
        self._first_norm = _pair(embeddings.LayerNorm)
        self._layers = [self._layer(layer) for layer in bert.encoder.layer]
        self._count = threads
        self._pace = Pace()
        self._threads = ThreadPoolExecutor(threads, "bert", torch.set_num_threads, (1,))

    def encode(self, windows: Sequence[Window], stop: Callable[[], bool]) -> Iterator[Part]:
        """Yield the rows of the windows, part by part, each as soon as it is computed.

        When ``stop`` says so, no further part is begun.
        """
        tokens = [window.tokens for window in windows]
        # The longest first, so that the threads end together.
        left = deque(sorted(range(len(tokens)), key=lambda index: -len(tokens[index])))
        lengths = [len(one) for one in tokens]
        busy: set[Future[Part]] = set()
        while busy or (left and not stop()):
            while left and len(busy) < self._count and not stop():
                part = self._next_part(left, lengths)
                busy.add(self._threads.submit(self._compute, part, tokens))
            done, busy = wait(busy, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def _next_part(self, left: deque[int], lengths: Sequence[int]) -> list[int]:
        """Take what one thread computes next; without padding it may be of unlike lengths."""
        most = min(self._pace.tokens, sum(lengths) // self._count + 1)
        part = [left.popleft()]
        total = lengths[part[0]]
        while left and total + lengths[left[0]] <= most:
            total += lengths[left[0]]
            part.append(left.popleft())
        return part

    def _compute(self, part: list[int], tokens: Sequence[list[int]]) -> Part:
        started = time.perf_counter()
        rows = self._vectors([tokens[index] for index in part])
        self._pace.learn(sum(len(tokens[index]) for index in part), time.perf_counter() - started)
        return part, rows

    def _vectors(self, texts: list[list[int]]) -> NDArray[np.float32]:
        """The vectors of a few texts, given as tokens."""
        torch = self._torch
        lengths = [len(text) for text in texts]
        with torch.inference_mode():
            words = torch.tensor([token for text in texts for token in text])
            places = torch.cat([torch.arange(length) for length in lengths])
            states = self._function.embedding(words, self._words)
            states += self._function.embedding(places, self._positions)
            states = self._normed(states, self._first_norm)
            for layer in self._layers:
                states = self._through(layer, states, lengths)
            parts = states.split(lengths)
            pooled = [part[0] if self._takes_first else part.mean(0) for part in parts]
            stacked = torch.stack(pooled)
            rows: NDArray[np.float32] = self._function.normalize(stacked, dim=1).numpy()
        return rows

    def _through(self, layer: _Layer, states: Any, lengths: list[int]) -> Any:
        """One layer; what is added up stays in single precision."""
        linear = self._function.linear
        attended = self._attend(linear(states.to(self._precision), *layer.attention), lengths)
        states = self._normed(states + linear(attended, *layer.attended), layer.attended_norm)
        wide = linear(states.to(self._precision), *layer.wide)
        narrow = linear(self._function.gelu(wide), *layer.narrow)
        return self._normed(states + narrow, layer.norm)

    def _attend(self, asked: Any, lengths: list[int]) -> Any:
        """Attention within each text, of queries, keys and values side by side."""
        parts = asked.view(-1, 3, self._heads, self._size // self._heads).split(lengths)
        attend = self._function.scaled_dot_product_attention
        found = [
            attend(*part.permute(1, 2, 0, 3).unsqueeze(1))[0].transpose(0, 1) for part in parts
        ]
        return self._torch.cat(found).reshape(-1, self._size)

    def _normed(self, states: Any, norm: tuple[Any, Any]) -> Any:
        return self._function.layer_norm(states, (self._size,), *norm, self._epsilon)

    def _layer(self, layer: Any) -> _Layer:
        itself, output = layer.attention.self, layer.attention.output
        three = [_pair(one) for one in (itself.query, itself.key, itself.value)]
        weights, added = (self._torch.cat(parts) for parts in zip(*three, strict=True))
        return _Layer(
            attention=self._converted((weights, added)),
            attended=self._converted(_pair(output.dense)),
            attended_norm=_pair(output.LayerNorm),
            wide=self._converted(_pair(layer.intermediate.dense)),
            narrow=self._converted(_pair(layer.output.dense)),
            norm=_pair(layer.output.LayerNorm),
        )

    def _converted(self, pair: tuple[Any, Any]) -> tuple[Any, Any]:
        return pair[0].to(self._precision), pair[1].to(self._precision)


def is_plain_bert(model: Any) -> bool:
    """Whether a SentenceTransformer is a BERT whose vectors are the mean or first last state."""
    modules = [type(module).__name__ for module in model]
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return False
    bert = model[0].auto_model
    return (
        type(bert).__name__ == "BertModel"
        and bert.config.hidden_act == "gelu"
        and getattr(bert.config, "position_embedding_type", "absolute") == "absolute"
        and not getattr(bert.config, "is_decoder", False)
        and _pooling(model) in ("mean", "cls")
    )


def _pooling(model: Any) -> str | None:
    """How the states become one vector, prompts included; None if otherwise."""
    said = model[1].get_config_dict()
    return said.get("pooling_mode") if said.get("include_prompt", True) else None


def _pair(module: Any) -> tuple[Any, Any]:
    return module.weight.data, module.bias.data
