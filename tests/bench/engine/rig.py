"""A model to be measured: the program's side, and prompts of a given length."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docqa.llm.base import Finished, Prompt
from docqa.llm.client import LlamaModel
from docqa.llm.machine.requantise import copy_path
from docqa.process import Urgency
from docqa.settings import EngineSettings

_WORDS = (
    "the water of this river comes from high mountains where snow lies until early summer and "
    "people who live beside it have always built their houses on old stones above fields that "
    "are covered every spring when ice breaks and carries sand wood and earth down to towns"
).split()


@dataclass(frozen=True, slots=True)
class Rig:
    """One model under measurement; ``folder`` is for everything that is written meanwhile.

    ``big``: it is slow, so that fewer tokens must do. ``loaded`` and ``tuned``: the seconds that
    took.
    """

    name: str
    path: Path
    folder: Path
    model: LlamaModel
    big: bool
    loaded: float
    tuned: float

    @property
    def tokens(self) -> int:
        """Tokens that a reply gets: enough for a stable speed."""
        return 24 if self.big else 96

    @property
    def rounds(self) -> int:
        """How often each side of a ratio has its turn."""
        return 5 if self.big else 9

    @property
    def states(self) -> Path:
        """The folder of saved states."""
        return self.folder / "states"

    @property
    def file(self) -> Path:
        """The file that is really run: the model, or its copy in a faster format."""
        copy = copy_path(self.folder, self.model.info().identity)
        return copy if copy.exists() else self.path

    @property
    def threads(self) -> int:
        """Threads that write an answer, as tuned."""
        return self.model.describe(Urgency.ASKING).threads

    def open(self) -> LlamaModel:
        """Another program's side of the same model, with the same folders: a fresh child."""
        return open_model(self.path, self.folder)

    def text(self, tokens: int, seed: int) -> str:
        """Some ``tokens`` tokens of text; texts of neighbouring seeds begin with other words."""
        source = random.Random(seed)
        words = [_WORDS[seed % len(_WORDS)], f"{seed}", *source.choices(_WORDS, k=tokens)]
        (length,) = self.model.count((" ".join(words),), Urgency.ASKING)
        return " ".join(words[: round(len(words) * tokens / length)])

    def prompt(self, seed: int, tokens: int = 100) -> Prompt:
        """A prompt of ``tokens`` tokens of text and the wish that it goes on at length."""
        wish = "Go on with this text. Write as much as you can."
        return Prompt("You write long texts.", (f"{self.text(tokens, seed)}\n\n", wish))


def open_model(path: Path, folder: Path) -> LlamaModel:
    """A model on the processor, with its log and its states in ``folder``."""
    settings = EngineSettings(device="cpu")
    return LlamaModel(
        path,
        log=folder / "model.log",
        cache=folder,
        states_folder=folder / "states",
        settings=settings,
    )


@contextmanager
def rig(name: str, path: Path, folder: Path, *, big: bool) -> Iterator[Rig]:
    """Open, load and tune a model."""
    model = open_model(path, folder)
    try:
        seconds = model.load(Urgency.ASKING)
        started = time.perf_counter()
        model.tune(Urgency.ASKING)
        tuned = time.perf_counter() - started
        yield Rig(name, path, folder, model, big, seconds, tuned)
    finally:
        model.close()


def finish(model: LlamaModel, prompt: Prompt, most: int, grammar: str | None = None) -> Finished:
    """Generate greedily and return how it ended."""
    *_, last = model.generate(prompt, max_tokens=most, urgency=Urgency.ASKING, grammar=grammar)
    assert isinstance(last, Finished)
    return last


def seconds_per_token(finished: Finished) -> float | None:
    """Time between tokens; None if the reply is too short to tell."""
    more = finished.usage.completion_tokens - 1
    return (finished.seconds - finished.first_token) / more if more >= 8 else None
