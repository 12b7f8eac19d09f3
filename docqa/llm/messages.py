"""Requests to the language model's child, and the answers that are not part of the protocol."""

from __future__ import annotations

from dataclasses import dataclass

from docqa.llm.base import Prompt
from docqa.process import Urgency


@dataclass(frozen=True, slots=True)
class Generate:
    """Write replies: answered by (index of the prompt, Piece or Finished)."""

    prompts: tuple[Prompt, ...]
    max_tokens: int
    grammar: str | None
    stop: tuple[str, ...]
    temperature: float
    seed: int
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Score:
    """Rate continuations: answered by Scores."""

    prompt: Prompt
    continuations: tuple[str, ...]
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Count:
    """Count tokens: answered by Counts."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of each text."""

    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tune:
    """Find out what runs fastest, if that is not known: answered by Tuned."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was found is remembered; ``restart``: it takes a fresh child to use it."""

    restart: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """Tell how the model is run: answered by Running."""


@dataclass(frozen=True, slots=True)
class Running:
    """How the model is run: its device and threads; ``note``: one line for the person, or None.

    It is the child's greeting, too.
    """

    device: str
    threads: int
    note: str | None


Request = Generate | Score | Count | Tune | Describe
