"""The embedder's child process: the only place where torch and sentence-transformers are loaded."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docqa.errors import DocqaError
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


@dataclass(frozen=True, slots=True)
class Embed:
    """Request: the vectors of these texts, computed together."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Event: unit rows (n, d), float32, and the seconds that they took."""

    rows: NDArray[np.float32]
    seconds: float


def start(flag: Flag, folder: Path, threads: int) -> EmbedderService:
    """Load the model, with one warm-up; DocqaError if that is impossible."""
    os.environ.update(_ENVIRONMENT)
    try:
        service = EmbedderService(folder, threads)
        for text in _WARM_UP:
            for _ in service.handle(Embed((text,))):
                pass
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
    """Turns texts into vectors. A call is short, so it does not look at the flag."""

    def __init__(self, folder: Path, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from tqdm import tqdm  # type: ignore[import-untyped]

        # Its own lock is one between processes, which a child that is killed would leave behind.
        tqdm.set_lock(threading.RLock())
        self._torch = torch
        self._threads = threads
        self._model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
        self._precision = ExitStack()
        if _has_fast_bfloat16(torch):
            # Twice as fast; the cosine to single precision is 0.99997 at least, closer than the
            # float16 that vectors are stored in needs. Entered once and for good, so that the
            # converted weights are kept between calls.
            self._precision.enter_context(torch.autocast("cpu", dtype=torch.bfloat16))

    def handle(self, request: Embed) -> Iterator[Embedded]:
        """Yield one Embedded for one Embed."""
        started = time.perf_counter()
        alone = sum(map(len, request.texts)) < _ALONE_BELOW
        self._torch.set_num_threads(1 if alone else self._threads)
        rows = self._model.encode(
            list(request.texts),
            batch_size=len(request.texts),
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        yield Embedded(rows, time.perf_counter() - started)


def _has_fast_bfloat16(torch: Any) -> bool:
    """Whether the processor multiplies bfloat16 natively; elsewhere it would be slower."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
