"""The language model as everybody sees it: a protocol in front of a child process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docqa.errors import ChildDied, ChildNotStarted
from docqa.llm.base import Finished, ModelInfo, Piece, Prompt, Scores
from docqa.llm.formats.gguf import read_header
from docqa.llm.machine.ladder import blame, withdraw
from docqa.llm.messages import (
    Count,
    Counts,
    Describe,
    Generate,
    Request,
    Running,
    Score,
    Tune,
    Tuned,
)
from docqa.llm.order import WORTH_SAVING, Order
from docqa.process import Cancel, Child, Flag, Service, Urgency
from docqa.settings import EngineSettings


def _start(flag: Flag, order: Order) -> Service:
    """Make the service; called in the child, where llama.cpp and numpy are imported."""
    from docqa.llm.engine.service import serve_model

    return serve_model(flag, order)


class LlamaModel:
    """A GGUF model run by llama.cpp in a child; implements LanguageModel."""

    def __init__(
        self,
        path: Path,
        *,
        log: Path,
        cache: Path | None = None,
        states_folder: Path | None = None,
        settings: EngineSettings | None = None,
        worth_saving: float = WORTH_SAVING,
    ) -> None:
        """Nothing is loaded yet.

        ``cache``: a folder for what was found out about model and computer (default: the log's).
        ``states_folder``: the folder for saved states (none: nothing is saved).
        ``worth_saving``: seconds that computing a state must take for it to be kept there.
        """
        self._settings = settings or EngineSettings()
        self._order = Order(path, cache or log.parent, states_folder, self._settings, worth_saving)
        self._info: ModelInfo | None = None
        self._info_lock = threading.Lock()
        # A card that kills the child while the model is loaded is written down before that.
        attempts = self._order.attempts
        self._child = Child("language model", _start, (self._order,), log, attempts=attempts)

    @property
    def pid(self) -> int | None:
        """Process id of the child, or None while none runs."""
        return self._child.pid

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the weights if need be, one warm-up included; return the seconds it took."""
        return self._child.load(urgency, cancel)

    @property
    def note(self) -> str | None:
        """One line for the person about how the model runs, while it is loaded; mostly None."""
        running: Running | None = self._child.greeting
        return running.note if running is not None else None

    def info(self) -> ModelInfo:
        """Which model this is, without loading it; the first time ever, its file is hashed."""
        with self._info_lock:
            if self._info is None:
                header = read_header(self._order.path)
                context = header.context(self._settings.context)
                self._info = ModelInfo(self._order.path.stem, self._order.identity(), context)
            return self._info

    def count(
        self, texts: tuple[str, ...], urgency: Urgency, cancel: Cancel | None = None
    ) -> tuple[int, ...]:
        """Tokens of each text, as generate would count a part of a prompt."""
        counts: Counts = self._only(Count(texts), urgency, cancel)
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
        for _, event in self.generate_many(
            (prompt,),
            max_tokens=max_tokens,
            urgency=urgency,
            cancel=cancel,
            grammar=grammar,
            stop=stop,
            temperature=temperature,
            seed=seed,
        ):
            yield event

    def generate_many(
        self,
        prompts: tuple[Prompt, ...],
        *,
        max_tokens: int,
        urgency: Urgency,
        cancel: Cancel | None = None,
        grammar: str | None = None,
        stop: tuple[str, ...] = (),
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Iterator[tuple[int, Piece | Finished]]:
        """Write the replies to several prompts together; see LanguageModel."""
        request = Generate(prompts, max_tokens, grammar, stop, temperature, seed, urgency)
        yield from self._call(request, urgency, cancel)

    def score(
        self,
        prompt: Prompt,
        continuations: tuple[str, ...],
        *,
        urgency: Urgency,
        cancel: Cancel | None = None,
    ) -> Scores:
        """How likely each continuation is as the reply's next text."""
        scores: Scores = self._only(Score(prompt, continuations, urgency), urgency, cancel)
        return scores

    def tune(self, urgency: Urgency, cancel: Cancel | None = None) -> None:
        """Find out, once per model and computer, what runs fastest here; see LanguageModel."""
        tuned: Tuned = self._only(Tune(), urgency, cancel)
        if tuned.restart:
            self._child.restart(urgency, cancel)

    def describe(self, urgency: Urgency, cancel: Cancel | None = None) -> Running:
        """How the model is run: device, threads, and a line for the person where there is one."""
        running: Running = self._only(Describe(), urgency, cancel)
        return running

    def close(self) -> None:
        """Give the memory back; the next call loads again."""
        self._child.close()
        withdraw(self._order.attempts)

    def _only(self, request: Request, urgency: Urgency, cancel: Cancel | None) -> Any:
        (event,) = self._call(request, urgency, cancel)
        return event

    def _call(self, request: Request, urgency: Urgency, cancel: Cancel | None) -> Iterator[Any]:
        try:
            yield from self._child.call(request, urgency, cancel)
        except ChildNotStarted:
            raise
        except ChildDied:
            # Not one that was killed because it did not stop: that is told as Cancelled.
            blame(self._order.attempts)
            raise
