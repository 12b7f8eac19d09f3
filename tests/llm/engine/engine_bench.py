"""Lets a test run a function next to llama.cpp, in a child, where alone it may be imported."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from docqa.errors import Cancelled
from docqa.llm.engine.batch import Part
from docqa.llm.engine.grammar import Grammar, Logits
from docqa.llm.engine.llama import ASKING, BRANCHES, Llama, Setting
from docqa.llm.formats.templates import CHATML, MISTRAL_CONTROL, MISTRAL_TEXT, choose_template
from docqa.process import Flag


@dataclass(frozen=True, slots=True)
class Run:
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


class Bench:
    """A loaded model and functions from this module that try it."""

    def __init__(self, flag: Flag, path: Path) -> None:
        self._flag = flag
        self._llama = Llama(path, Setting(context=512))
        self._llama.stop_at(flag.address)

    def handle(self, request: Run) -> Iterator[Any]:
        for sequence in (ASKING, *BRANCHES):
            self._llama.keep(sequence, 0)
        yield (request.function(self._llama, self._flag, *request.arguments),)


def read(llama: Llama, wanted: list[int]) -> Logits:
    """Append tokens to the asking sequence and copy the logits behind them."""
    (place,) = llama.decode([Part(ASKING, wanted)])
    return llama.logits(place).copy()


def tokens(llama: Llama, _: Flag, text: str, fresh: bool) -> list[int]:
    return llama.vocabulary.tokenize(text, fresh=fresh)


def spoken(llama: Llama, _: Flag, text: str) -> bytes:
    return b"".join(llama.vocabulary.piece(token) for token in llama.vocabulary.tokenize(text))


def marker(llama: Llama, _: Flag, text: str) -> int | None:
    return llama.vocabulary.marker(text)


def template(llama: Llama, _: Flag, metadata: dict[str, object]) -> str:
    found = choose_template(metadata, "x", lambda text: llama.vocabulary.marker(text) is not None)
    assert found in (CHATML, MISTRAL_CONTROL, MISTRAL_TEXT)
    return found.name


def abort_and_go_on(llama: Llama, flag: Flag, text: str) -> tuple[bool, list[int], float]:
    """Abort in the middle of a reading, go on, and compare with reading in one go.

    Returns whether it was aborted, the tokens held then, and the greatest difference in logits.
    """
    wanted = llama.vocabulary.tokenize(text)
    read(llama, wanted[:100])
    flag.set()
    try:
        read(llama, wanted[100:])
        aborted = False
    except Cancelled:
        aborted = True
    held = list(llama.held(ASKING))
    flag.clear()
    resumed = read(llama, wanted[len(held) :])
    llama.keep(ASKING, 0)
    return aborted, held, float(abs(resumed - read(llama, wanted)).max())


def trim_and_go_on(llama: Llama, _: Flag, text: str, length: int) -> float:
    """The greatest difference in logits after forgetting the end and reading it again."""
    wanted = llama.vocabulary.tokenize(text)
    expected = read(llama, wanted)
    read(llama, llama.vocabulary.tokenize("something else"))
    llama.keep(ASKING, length)
    return float(abs(expected - read(llama, wanted[length:])).max())


def another_comes_and_goes(llama: Llama, flag: Flag, path: Path) -> bool:
    """Load and close a second model, and let llama.cpp complain afterwards; true if all is well."""
    Llama(path, Setting(context=64)).close()
    gc.collect()
    flag.set()
    try:
        read(llama, llama.vocabulary.tokenize("so much that it is stopped in the middle " * 8))
    except Cancelled:
        return True
    finally:
        flag.clear()
    return False


def logits_share_memory(llama: Llama, _: Flag) -> bool:
    read(llama, llama.vocabulary.tokenize("abc"))
    llama.logits()[0] = 12345.0
    return bool(llama.logits()[0] == 12345.0)


def grammar_verdicts(llama: Llama, _: Flag, text: str, said: str) -> list[bool]:
    """For each byte of ``said``: was it allowed, and does the full mask say the same?"""
    read(llama, llama.vocabulary.tokenize("abc"))
    verdicts = []
    with contextlib.closing(llama.grammar(text)) as grammar:
        for token in llama.vocabulary.tokenize(said):
            allowed = grammar.allows(token)
            assert _masked_allows(grammar, llama, token) is allowed
            verdicts.append(allowed)
            if not allowed:
                break
            grammar.accept(token)
    return verdicts


def _masked_allows(grammar: Grammar, llama: Llama, token: int) -> bool:
    logits = llama.logits()
    return bool(grammar.masked(np.arange(len(logits)), logits)[token] > float("-inf"))
