"""The language model as everybody sees it: a protocol in front of a child process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docqa.llm.base import Finished, ModelInfo, Piece, Prompt, Scores
from docqa.llm.gguf import read_header
from docqa.llm.identity import file_identity
from docqa.llm.memory import default_threads
from docqa.llm.messages import Count, Counts, Generate, Score
from docqa.process import Cancel, Child, Flag, Service, Urgency


def _start(flag: Flag, path: Path, context: int, threads: int) -> Service:
    """Make the service; called in the child, where llama.cpp and numpy are imported."""
    from docqa.llm.service import LlamaService

    return LlamaService(flag, path, context, threads)


class LlamaModel:
    """A GGUF model run by llama.cpp in a child; implements LanguageModel."""

    def __init__(
        self,
        path: Path,
        *,
        log: Path,
        context: int = 4096,
        threads: int | None = None,
        cache: Path | None = None,
    ) -> None:
        """Nothing is loaded yet. ``cache``: a folder to remember the file's hash (default: log's).

        ``context`` is the most that is used, in tokens; the model's own limit may be lower.
        """
        self._path = path
        self._context = context
        self._hashes = (cache or log.parent) / "model-hashes.json"
        self._info: ModelInfo | None = None
        self._info_lock = threading.Lock()
        arguments = (path, context, threads or default_threads())
        self._child = Child("language model", _start, arguments, log)

    @property
    def pid(self) -> int | None:
        """Process id of the child, or None while none runs."""
        return self._child.pid

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the weights if need be, one warm-up included; return the seconds it took."""
        return self._child.load(urgency, cancel)

    def info(self) -> ModelInfo:
        """Which model this is, without loading it; the first time ever, its file is hashed."""
        with self._info_lock:
            if self._info is None:
                header = read_header(self._path)
                context = min(self._context, header.training_context or self._context)
                identity = file_identity(self._path, self._hashes)
                self._info = ModelInfo(self._path.stem, identity, context)
            return self._info

    def count(self, texts: tuple[str, ...], urgency: Urgency) -> tuple[int, ...]:
        """Tokens of each text, as generate would count a part of a prompt."""
        counts: Counts = self._only(Count(texts), urgency, None)
        return counts.tokens

    def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int,
        urgency: Urgency,
        cancel: Cancel | None = None,
        grammar: str | None = None,
        stop: tuple[str, ...] = (),
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Iterator[Piece | Finished]:
        """Yield the reply's pieces and, last, Finished; see LanguageModel."""
        request = Generate(prompt, max_tokens, grammar, stop, temperature, seed)
        yield from self._child.call(request, urgency, cancel)

    def score(
        self,
        prompt: Prompt,
        continuations: tuple[str, ...],
        *,
        urgency: Urgency,
        cancel: Cancel | None = None,
    ) -> Scores:
        """How likely each continuation is as the reply's next text."""
        scores: Scores = self._only(Score(prompt, continuations), urgency, cancel)
        return scores

    def close(self) -> None:
        """Give the memory back; the next call loads again."""
        self._child.close()

    def _only(self, request: Count | Score, urgency: Urgency, cancel: Cancel | None) -> Any:
        (event,) = self._child.call(request, urgency, cancel)
        return event
