"""Lets a test run a function next to llama.cpp, in a child, where alone it may be imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docqa.errors import Cancelled
from docqa.llm.grammar import Grammar
from docqa.llm.llama import Llama
from docqa.llm.templates import CHATML, MISTRAL_CONTROL, MISTRAL_TEXT, choose_template
from docqa.process import Flag


@dataclass(frozen=True, slots=True)
class Run:
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Bench:
    """A loaded model and functions from this module that try it."""

    def __init__(self, flag: Flag, path: Path) -> None:
        self._flag = flag
        self._llama = Llama(path, 512, 1)
        self._llama.stop_at(flag.address)

    def handle(self, request: Run) -> Iterator[Any]:
        self._llama.keep(0)
        yield (request.function(self._llama, self._flag, *request.arguments),)


def tokens(llama: Llama, _: Flag, text: str, fresh: bool) -> list[int]:
    return llama.tokenize(text, fresh=fresh)


def spoken(llama: Llama, _: Flag, text: str) -> bytes:
    return b"".join(llama.piece(token) for token in llama.tokenize(text))


def marker(llama: Llama, _: Flag, text: str) -> int | None:
    return llama.marker(text)


def template(llama: Llama, _: Flag, metadata: dict[str, object]) -> str:
    found = choose_template(metadata, "x", lambda text: llama.marker(text) is not None)
    assert found in (CHATML, MISTRAL_CONTROL, MISTRAL_TEXT)
    return found.name


def abort_and_go_on(llama: Llama, flag: Flag, text: str) -> tuple[bool, list[int], float]:
    """Abort in the middle of a reading, go on, and compare with reading in one go.

    Returns whether it was aborted, the tokens held then, and the greatest difference in logits.
    """
    wanted = llama.tokenize(text)
    llama.decode(wanted[:100])
    flag.set()
    try:
        llama.decode(wanted[100:])
        aborted = False
    except Cancelled:
        aborted = True
    held = list(llama.held)
    flag.clear()
    llama.decode(wanted[len(held) :])
    resumed = llama.logits().copy()
    llama.keep(0)
    llama.decode(wanted)
    return aborted, held, float(abs(resumed - llama.logits()).max())


def trim_and_go_on(llama: Llama, _: Flag, text: str, length: int) -> float:
    """The greatest difference in logits after forgetting the end and reading it again."""
    wanted = llama.tokenize(text)
    llama.decode(wanted)
    expected = llama.logits().copy()
    llama.decode(llama.tokenize("something else"))
    llama.keep(length)
    llama.decode(wanted[length:])
    return float(abs(expected - llama.logits()).max())


def logits_share_memory(llama: Llama, _: Flag) -> bool:
    llama.decode(llama.tokenize("abc"))
    llama.logits()[0] = 12345.0
    return bool(llama.logits()[0] == 12345.0)


def grammar_verdicts(llama: Llama, _: Flag, text: str, said: str) -> list[bool]:
    """For each byte of ``said``: was it allowed, and does the full mask say the same?"""
    llama.decode(llama.tokenize("abc"))
    verdicts = []
    with llama.grammar(text) as grammar:
        for token in llama.tokenize(said):
            allowed = grammar.allows(token)
            assert _masked_allows(grammar, llama, token) is allowed
            verdicts.append(allowed)
            if not allowed:
                break
            grammar.accept(token)
    return verdicts


def _masked_allows(grammar: Grammar, llama: Llama, token: int) -> bool:
    return bool(grammar.masked(llama.logits())[token] > float("-inf"))
