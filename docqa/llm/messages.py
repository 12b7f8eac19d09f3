"""Requests to the language model's child, and the answer that is not part of the protocol."""

from __future__ import annotations

from dataclasses import dataclass

from docqa.llm.base import Prompt


@dataclass(frozen=True, slots=True)
class Generate:
    """Write a reply: answered by Pieces and Finished."""

    prompt: Prompt
    max_tokens: int
    grammar: str | None
    stop: tuple[str, ...]
    temperature: float
    seed: int


@dataclass(frozen=True, slots=True)
class Score:
    """Rate continuations: answered by Scores."""

    prompt: Prompt
    continuations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Count tokens: answered by Counts."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of each text."""

    tokens: tuple[int, ...]


Request = Generate | Score | Count
