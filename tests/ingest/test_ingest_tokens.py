from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from docqa.errors import DocqaError
from docqa.ingest.tokens import TokenCounter

WORDS = [
    "harbour",
    "Ünïcode",
    "e\u0301",
    "12,345.67",
    "(5)",
    "年報。",
    "x" * 150,
    "ﬁ",
    "🙂",
    "مرحبا",
]
MARKS = ["$", "(5)", "—", "[CLS]", "a[SEP]b", "\u200b"]
BLANKS = [" ", "\n\n", "\t", "\xa0", "\u3000", "\x85", "\x1c", "\u2028", "\r"]
PART = st.sampled_from(WORDS + MARKS + BLANKS)


@given(st.lists(PART, max_size=12).map("".join))
def test_words_are_counted_as_the_tokenizer_counts_the_text(
    counted: tuple[TokenCounter, Tokenizer], text: str
) -> None:
    count, tokenizer = counted
    assert count([text, text]) == [len(tokenizer.encode(text, add_special_tokens=False))] * 2


@pytest.fixture(scope="session")
def counted(tokenizer_file: Path) -> tuple[TokenCounter, Tokenizer]:
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return TokenCounter(tokenizer_file), tokenizer


def test_no_text_has_no_tokens(count: TokenCounter) -> None:
    assert count([]) == []
    assert count(["", " \n"]) == [0, 0]


def test_a_tokenizer_that_looks_beyond_blanks_sees_the_whole_text(tmp_path: Path) -> None:
    tokenizer = Tokenizer(
        models.BPE({"a": 0, " ": 1, "a ": 2, "a a": 3}, [("a", " "), ("a ", "a")])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split("x", "removed")
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    assert TokenCounter(path)(["a a"]) == [1]


def test_a_damaged_tokenizer_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{")
    with pytest.raises(DocqaError, match="missing or damaged"):
        TokenCounter(path)
