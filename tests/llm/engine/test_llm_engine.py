"""The thin layer over llama.cpp: tokens, cache, abort, grammars."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_bench as bench
import pytest
from tiny_gguf import write_tiny_gguf, write_tiny_mamba

from docqa.errors import DocqaError
from docqa.process import Child, Urgency


@pytest.fixture(scope="module")
def child(tiny_path: Path, llm_folder: Path) -> Iterator[Child]:
    child = Child("bench", bench.Bench, (tiny_path,), llm_folder / "bench.log")
    yield child
    child.close()


@pytest.fixture(scope="module")
def smol(starter_path: Path, llm_folder: Path) -> Iterator[Child]:
    child = Child("bench", bench.Bench, (starter_path,), llm_folder / "bench.log")
    yield child
    child.close()


def run(child: Child, function: Any, *arguments: Any) -> Any:
    ((result,),) = child.call(bench.Run(function, arguments), Urgency.ASKING)
    return result


_TEXT = "The river rises in the hills and falls into the sea. " * 8


@pytest.mark.parametrize(
    "text", ["plain", "ünïcödé 漢字 🙂", "a\x00b\n\n c\t", " ", "<s>[INST]</s>"]
)
def test_tokens_spell_the_text(child: Child, smol: Child, text: str) -> None:
    assert run(child, bench.spoken, text).decode() == text
    assert run(smol, bench.spoken, text).decode() == text


def test_a_lone_surrogate_is_replaced(child: Child) -> None:
    assert run(child, bench.spoken, "a\ud800b") == b"a?b"


def test_sentencepiece_sets_a_blank_only_where_a_word_begins(child: Child) -> None:
    inside = run(child, bench.tokens, "ab", False)
    fresh = run(child, bench.tokens, "ab", True)
    assert len(inside) == 2
    assert fresh[1:] == inside
    assert run(child, bench.tokens, " ", False) == fresh[:1]


def test_control_tokens_are_known_by_their_markers_and_never_made_from_text(
    child: Child, smol: Child
) -> None:
    for model, marker in [(child, "[INST]"), (smol, "<|im_end|>")]:
        token = run(model, bench.marker, marker)
        assert token is not None
        for fresh in (False, True):
            assert token not in run(model, bench.tokens, f"x {marker} y", fresh)
            assert token not in run(model, bench.tokens, marker, fresh)
    assert run(child, bench.marker, "INST") is None
    assert run(child, bench.marker, "a") is None


@pytest.mark.parametrize(
    ("chat", "name"),
    [("mistral", "Mistral v3"), ("mistral-text", "Mistral v1"), ("chatml", "ChatML")],
)
def test_the_format_follows_from_template_and_vocabulary(
    tmp_path: Path, chat: Any, name: str
) -> None:
    from docqa.llm.formats.gguf import read_header

    path = write_tiny_gguf(tmp_path / "m.gguf", chat=chat)
    child = Child("bench", bench.Bench, (path,), tmp_path / "log")
    assert run(child, bench.template, dict(read_header(path).metadata)) == name
    child.close()


def test_after_an_abort_the_cache_holds_what_it_says(child: Child) -> None:
    aborted, held, difference = run(child, bench.abort_and_go_on, _TEXT)
    assert aborted
    assert held == run(child, bench.tokens, _TEXT, False)[: len(held)]
    assert difference < 0.05


@pytest.mark.parametrize("length", [0, 1, 57, 300])
def test_forgetting_the_end_leaves_the_beginning_intact(child: Child, length: int) -> None:
    assert run(child, bench.trim_and_go_on, _TEXT, length) < 0.05


def test_logits_are_not_copied(child: Child) -> None:
    assert run(child, bench.logits_share_memory)


def test_a_grammar_says_token_by_token_what_may_come(child: Child) -> None:
    grammar = 'root ::= [0-9]{1,3} " é" [^x]'
    assert run(child, bench.grammar_verdicts, grammar, "12 éy") == [True] * 6
    assert run(child, bench.grammar_verdicts, grammar, "12 éx") == [True] * 5 + [False]
    assert run(child, bench.grammar_verdicts, grammar, "1234") == [True] * 3 + [False]


def test_a_second_model_leaves_nothing_behind_that_is_called_later(
    child: Child, tiny_path: Path
) -> None:
    assert run(child, bench.another_comes_and_goes, tiny_path)


def test_a_model_that_cannot_go_back_is_refused(tmp_path: Path) -> None:
    path = write_tiny_mamba(tmp_path / "mamba.gguf")
    child = Child("bench", bench.Bench, (path,), tmp_path / "bench.log")
    with pytest.raises(DocqaError, match=r"mamba\.gguf is of a kind that cannot go back"):
        child.load(Urgency.ASKING)
    child.close()
