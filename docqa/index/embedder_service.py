"""The embedder's child process: the only place where torch and sentence-transformers are loaded."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from docqa.errors import Cancelled, DocqaError
from docqa.index import model_folder
from docqa.index.bert import Bert, is_plain_bert
from docqa.index.long_texts import Joining, Part, Window, Windows
from docqa.index.model_folder import Prompts
from docqa.index.pace import Pace
from docqa.process import Flag

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # Threads that wait for each other must sleep: where other processes compute at the same time,
    # spinning made 160 passages take 38 s instead of 6 s (two threads on two cores).
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    "KMP_BLOCKTIME": "0",
}
_ALONE_BELOW = 600
"""Characters of a call that one thread does as soon as several would (a question: 15 ms)."""
_WARM_UP = ("What was the revenue of the company in the last year?", "The revenue grew. " * 50)
_SAME = 0.9995
"""Cosine to single precision. By bfloat16 it is 0.99997 at least over 1,500 passages: closer than
the float16 that vectors are stored in needs, so the identity of the model is that of its vectors.
"""
_FEWEST_READ = 512
"""Tokens that a model reads where neither it nor its tokenizer says: as many as any does."""
Encode = Callable[[Sequence[Window], Callable[[], bool]], Iterator[Part]]
Kind = Literal["question", "passage"]
"""What a text is: some models want to be told."""


@dataclass(frozen=True, slots=True)
class Embed:
    """Request: the vectors of these texts, all of one kind."""

    texts: tuple[str, ...]
    kind: Kind = "passage"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Event: unit rows (n, d), float32, of some of the texts, by their ``indexes``."""

    indexes: tuple[int, ...]
    rows: NDArray[np.float32]


def start(flag: Flag, folder: Path, threads: int, prompts: Prompts | None) -> EmbedderService:
    """Load the model, with one warm-up; DocqaError if that is impossible.

    ``prompts`` None: as the folder says.
    """
    os.environ.update(_ENVIRONMENT)
    try:
        dimension = model_folder.dimension(folder)
        prompts = prompts or model_folder.prompts(folder) or Prompts()
        service = EmbedderService(flag, folder, threads, prompts)
        for text in _WARM_UP:
            for found in service.handle(Embed((text,), "question")):
                _check(found.rows, dimension)
    except ImportError as error:
        raise DocqaError(
            "The parts of docqa that compare meanings are not installed: set it up again."
        ) from error
    except Exception as error:
        raise DocqaError(
            f'The embedding model in "{folder}" cannot be loaded ({type(error).__name__}): '
            "install the models again."
        ) from error
    return service


class EmbedderService:
    """Turns texts into vectors, part by part; between two parts it looks at the flag."""

    def __init__(self, flag: Flag, folder: Path, threads: int, prompts: Prompts) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from tqdm import tqdm  # type: ignore[import-untyped]

        # Its own lock is one between processes, which a child that is killed would leave behind.
        tqdm.set_lock(threading.RLock())
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
        self._flag = flag
        self._prompts = prompts
        self._windows = Windows(model.tokenizer, _most_tokens(model))
        general = _General(torch, model, threads)
        faster = _by_bert(torch, model, threads, general.encode, self._windows)
        if faster is None:
            general.hurry()
        self._encode = faster or general.encode

    def handle(self, request: Embed) -> Iterator[Embedded]:
        """Yield the rows of all texts, or raise Cancelled after those that were computed."""
        question = request.kind == "question"
        prompt = self._prompts.question if question else self._prompts.passage
        windows = self._windows.cut(request.texts, prompt)
        joining = Joining(windows)
        left = len(request.texts)
        for part in self._encode(windows, lambda: self._flag.is_set):
            for indexes, rows in joining.add(part):
                if not np.isfinite(rows).all():
                    raise DocqaError(
                        "The embedding model makes no vector of some text: choose another model "
                        '("docqa models list" shows which there are).'
                    )
                left -= len(indexes)
                yield Embedded(tuple(indexes), np.ascontiguousarray(rows, dtype=np.float32))
        if left:
            raise Cancelled


class _General:
    """Any model, as sentence-transformers runs it."""

    def __init__(self, torch: Any, model: Any, threads: int) -> None:
        self._torch = torch
        self._model = model
        self._threads = threads
        self._precision = ExitStack()
        self._pace = Pace()

    def hurry(self) -> None:
        """Use bfloat16 where that is fast.

        Entered once and for good, so that the converted weights are kept between calls.
        """
        if _has_fast_bfloat16(self._torch):
            self._precision.enter_context(self._torch.autocast("cpu", dtype=self._torch.bfloat16))

    def encode(self, windows: Sequence[Window], stop: Callable[[], bool]) -> Iterator[Part]:
        """Yield the rows of windows of like length, and so on, until ``stop`` says otherwise."""
        lengths = [len(window.tokens) for window in windows]
        left = deque(sorted(range(len(windows)), key=lambda index: -lengths[index]))
        while left and not stop():
            longest = lengths[left[0]]
            count = max(1, self._pace.tokens * self._threads // longest)
            part = [left.popleft() for _ in range(min(count, len(left)))]
            started = time.perf_counter()
            rows = self._rows([windows[index].text for index in part], windows[part[0]].prompt)
            tokens = longest * len(part) // self._threads
            self._pace.learn(tokens, time.perf_counter() - started)
            yield part, rows

    def _rows(self, texts: list[str], prompt: str) -> NDArray[np.float32]:
        alone = sum(map(len, texts)) < _ALONE_BELOW
        self._torch.set_num_threads(1 if alone else self._threads)
        rows: NDArray[np.float32] = self._model.encode(
            texts,
            prompt=prompt,
            batch_size=len(texts),
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return rows


def _by_bert(
    torch: Any, model: Any, threads: int, exact: Encode, windows: Windows
) -> Encode | None:
    """The faster way, if the model is one that it knows and the vectors prove to be the same."""
    if not is_plain_bert(model):
        return None
    precision = torch.bfloat16 if _has_fast_bfloat16(torch) else torch.float32
    encode = Bert(torch, model, precision, threads).encode
    tried = [windows.cut((text,), "") for text in _WARM_UP]
    cosines = np.sum(_all_rows(encode, tried) * _all_rows(exact, tried), axis=1)
    return encode if cosines.min() > _SAME else None


def _all_rows(encode: Encode, tried: Sequence[Sequence[Window]]) -> NDArray[np.float32]:
    """The first rows of the warm-up texts, in their order."""
    return np.concatenate([rows for one in tried for _, rows in encode(one[:1], lambda: False)])


def _check(rows: NDArray[np.float32], dimension: int) -> None:
    """Raise ValueError for vectors that are none, of a damaged model or one of another kind."""
    lengths = np.linalg.norm(rows, axis=1)
    if rows.shape[1] != dimension or not np.allclose(lengths, 1.0, atol=0.01):
        raise ValueError(f"vectors of shape {rows.shape}, lengths {lengths}")


def _most_tokens(model: Any) -> int:
    """How many tokens the model reads at once, special ones included."""
    said = [model.max_seq_length, getattr(model.tokenizer, "model_max_length", None)]
    return min([int(one) for one in said if one], default=_FEWEST_READ)


def _has_fast_bfloat16(torch: Any) -> bool:
    """Whether the processor multiplies bfloat16 natively; elsewhere it would be slower."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
