"""The protocol of a language model: a thing that yields pieces of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from docqa.model import Usage
from docqa.process import Cancel, Urgency


@dataclass(frozen=True, slots=True)
class Kept:
    """Which beginning of a prompt is worth keeping on disk once it is computed.

    It is the instructions and the first ``parts`` of ``user``. ``owners`` are the ids of the
    documents whose text is in it: it goes when one of them goes.
    """

    parts: int
    owners: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is shown, by typed parts; no part can contain a control token.

    ``instructions`` come first, then the parts of ``user`` in order (fixed ones first, the question
    last, so that prefixes repeat), then the beginning of the reply, which the model continues.
    Each part is tokenised by itself.
    """

    instructions: str
    user: tuple[str, ...]
    reply: str = ""
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model this is. ``identity`` changes with the weights; ``context`` is in tokens.

    A server tells no more than its model's name: there, ``identity`` changes with the name only.
    """

    name: str
    identity: str
    context: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some new text."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a generation: ``length`` means that the token budget cut it off."""

    reason: Literal["stop", "length"]
    usage: Usage
    first_token: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Log-probability of each continuation after a prompt: the sum and the mean per token."""

    total: tuple[float, ...]
    mean: tuple[float, ...]
    usage: Usage


class LanguageModel(Protocol):
    """A model in a child process or on a server; calls that may take long can be cancelled."""

    def load(self, urgency: Urgency, cancel: Cancel | None = None) -> float:
        """Load the weights if need be, one warm-up included; return the seconds it took."""

    def info(self) -> ModelInfo:
        """Which model this is (without loading it); raises DocqaError where that cannot be told."""

    def count(
        self, texts: tuple[str, ...], urgency: Urgency, cancel: Cancel | None = None
    ) -> tuple[int, ...]:
        """Tokens of each text, as :meth:`generate` would count a part of a prompt."""

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
        """Yield the reply's pieces and, last, Finished.

        ``grammar`` is GBNF with the rule ``root``. A text in ``stop`` ends the reply and is not
        part of it. Temperature 0 is greedy. Raises Cancelled, and DocqaError when the prompt and
        ``max_tokens`` do not fit the context.
        """

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
        """Write the replies to several prompts together; yield (index of the prompt, event).

        What all prompts begin with is computed once, and a step of the model serves several
        replies, so that many short replies cost little more than one. Each reply gets its pieces in
        order and, last, its Finished; the replies mix. Prompt ``i`` draws with seed ``seed + i``.
        Otherwise as :meth:`generate`.
        """

    def score(
        self,
        prompt: Prompt,
        continuations: tuple[str, ...],
        *,
        urgency: Urgency,
        cancel: Cancel | None = None,
    ) -> Scores:
        """How likely each continuation is as the reply's next text.

        Raises NotOffered where the model cannot tell (some servers).
        """

    def tune(self, urgency: Urgency, cancel: Cancel | None = None) -> None:
        """Find out, once per model and computer, what runs fastest here; remember and use it.

        Takes seconds to a minute the first time and nothing later. Raises Cancelled, and DocqaError
        when the model cannot be loaded.
        """

    def close(self) -> None:
        """Give the memory back; the next call loads again."""
