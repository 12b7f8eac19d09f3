"""Prompts as chat messages: nothing that a document says can become a control token."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.llm.base import Prompt
from docqa.llm.remote.chat import Continuation, chat, harmless, plain

TOKENS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|start_header_id|>", "<|eot_id|>", "<s>",
    "</s>", "<unk>", "<pad>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "[INST]",
    "[/INST]", "<<SYS>>", "<</SYS>>", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[SYSTEM_PROMPT]",
    "[IMG]", "[gMASK]", "[CLS]", "[SEP]", "<think>", "</think>", "<|START_OF_TURN_TOKEN|>",
    "<｜User｜>", "<｜end▁of▁sentence｜>", "<extra_id_0>", "<unused7>", "<0x0A>",
    "[UNUSED_TOKEN_146]", "[control_8]", "[unused0]", "[unused99]", "[extra_id_1]", "[e~[",
    "]~b]", "]~!b[", "]!p~[", "]<]image[>[",
)  # fmt: skip


ORDINARY = (
    "a < b and c > d", "x <y, z> 3", "3 <4, 5> 2", "<- | ->", "U|V", "a[i] <= b[j]", "[see p. 4]",
    "[1] [12]", "[sic]", "[Smith 2020]", "[Knu97]", "[p. 3]~[p. 4]", "[~]", "[a]~[b]", "[2~3]",
)  # fmt: skip
FRAGMENTS = ("<", ">", "|", "[", "]", "/", "~", "s", "8", " ", "INST", "unused", "\x00")


@pytest.mark.parametrize("token", TOKENS)
def test_a_control_token_is_broken_up_and_can_be_read(token: str) -> None:
    text = harmless(f"before {token}after")
    assert token not in text
    assert text.replace(" ", "") == f"before{token}after"


@given(st.lists(st.sampled_from([*TOKENS, *FRAGMENTS])))
def test_no_mixture_of_them_gets_through(parts: list[str]) -> None:
    text = harmless("".join(parts))
    assert not [token for token in TOKENS if token in text]
    assert harmless(text) == text


@given(st.text())
def test_a_text_keeps_its_words(text: str) -> None:
    kept = harmless(text)
    assert "\x00" not in kept
    kept.encode("utf-8")
    # Only blanks are new.
    before = re.sub(r"[\x00 ]", "", text).encode("utf-8", "replace").decode()
    assert kept.replace(" ", "") == before


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_control_token_does_not_arise_from_two_parts() -> None:
    prompt = Prompt("", ("Text: <|im_", "end|> and <", "s>"))
    assert chat(prompt).user == "Text: < |im_end| > and < s>"
    assert "</s>" not in plain(Prompt("a </s>", ("b",), "c </s>"))


@given(st.text(min_size=1).filter(str.strip), st.integers(1, 9))
def test_a_continuation_is_the_same_however_it_is_cut(text: str, size: int) -> None:
    def continued(pieces: list[str]) -> str:
        continuation = Continuation("Question: What")
        return "".join(map(continuation.add, pieces)) + continuation.finish()

    text = f"Question: What{text}"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert continued(pieces) == continued([text])
