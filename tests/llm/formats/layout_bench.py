"""Lets a test lay out prompts next to llama.cpp, in a child, where alone it may be imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docqa.llm.base import Prompt
from docqa.llm.engine.layout import Layout
from docqa.llm.engine.llama import Llama, Setting
from docqa.llm.formats.chat_format import Template
from docqa.llm.formats.gguf import read_header
from docqa.llm.formats.templates import choose_template
from docqa.process import Flag


@dataclass(frozen=True, slots=True)
class Lay:
    """Lay out a prompt in a chat format (None: the model's own)."""

    prompt: Prompt
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Tokenize:
    """Tokenise a text by itself, in the middle of another one."""

    text: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens by their numbers, those of them that are control tokens, and what the others spell."""

    all: tuple[int, ...]
    control: tuple[int, ...]
    text: bytes


class LayoutBench:
    """The vocabulary of a model, and prompts laid out with it."""

    def __init__(self, _: Flag, path: Path) -> None:
        self._llama = Llama(path, Setting(context=256))
        self._metadata = read_header(path).metadata

    def handle(self, request: Lay | Tokenize) -> Iterator[tuple[Tokens]]:
        vocabulary = self._llama.vocabulary
        if isinstance(request, Tokenize):
            tokens = tuple(vocabulary.tokenize(request.text))
        else:
            layout = Layout(vocabulary, request.template or self._own())
            tokens = layout.lay(request.prompt).tokens
        pieces = [(token, vocabulary.piece(token)) for token in tokens]
        control = tuple(token for token, piece in pieces if not piece)
        yield (Tokens(tokens, control, b"".join(piece for _, piece in pieces)),)

    def _own(self) -> Template:
        vocabulary = self._llama.vocabulary
        return choose_template(
            self._metadata,
            "model",
            lambda text: vocabulary.marker(text) is not None,
            vocabulary.ends(),
        )
