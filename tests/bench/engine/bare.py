"""The bare loop to compare with: llama_decode and argmax, nothing else, in a child process.

Run as a program it is the child: it loads the model with the program's own settings, so that
only the loop differs, and then answers each line of JSON on its input with one on its output.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_CONTEXT = 4096
_TOKEN = 1000
"""Any token will do: all take the same time."""


class Bare:
    """The parent's side: asks the child for its speed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Bare:
        self._child = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.kill()
        self._child.communicate()

    def seconds_per_token(self, prompt: int, steps: int, threads: int) -> float:
        """Time between tokens, of ``steps`` tokens behind ``prompt`` others."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps([prompt, steps, threads]) + "\n")
        self._child.stdin.flush()
        return float(json.loads(self._child.stdout.readline()))


def main(path: Path) -> None:
    """Answer on standard output until the input ends."""
    from docqa.llm.engine.llama import Llama, Setting
    from docqa.llm.engine.native import load_library
    from docqa.llm.formats.gguf import read_header
    from docqa.llm.machine.kernels import lays_out_anew
    from docqa.llm.machine.threads import ThreadPlan

    native = load_library()
    anew = lays_out_anew(read_header(path), platform.machine())
    llama = Llama(path, Setting(context=_CONTEXT, lay_out_anew=anew))
    context: Any = llama._context  # The same settings, but past everything the program does.
    for line in sys.stdin:
        prompt, steps, threads = json.loads(line)
        llama.set_threads(ThreadPlan(threads, threads))
        seconds = _measure(native, context, llama.vocabulary.size, prompt, steps)
        sys.stdout.write(f"{json.dumps(seconds)}\n")
        sys.stdout.flush()


def _measure(native: Any, context: Any, size: int, prompt: int, steps: int) -> float:
    import numpy as np

    native.llama_memory_clear(native.llama_get_memory(context), False)
    batch = native.llama_batch_init(prompt, 0, 1)

    def decode(tokens: list[int], position: int) -> int:
        """Append tokens and return the most likely next one."""
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index], batch.pos[index] = token, position + index
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, 0
            batch.logits[index] = index == len(tokens) - 1
        if native.llama_decode(context, batch):
            raise RuntimeError("llama_decode failed")
        logits = native.llama_get_logits_ith(context, -1)
        return int(np.argmax(np.ctypeslib.as_array(logits, (size,))))

    try:
        token = decode([_TOKEN] * prompt, 0)
        started = time.perf_counter()
        for step in range(steps):
            token = decode([token], prompt + step)
        return (time.perf_counter() - started) / steps
    finally:
        native.llama_batch_free(batch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
