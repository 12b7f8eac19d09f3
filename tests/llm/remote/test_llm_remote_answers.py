"""What a server says in numbers is believed only as far as it can be true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_server import Exchange, fake_server
from hypothesis import given
from hypothesis import strategies as st

from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.remote import RemoteModel, answers
from docqa.llm.remote.answers import Chunk
from docqa.process import Urgency
from docqa.settings import ServerSettings

NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from([-(10**400), 10**400]),
    st.booleans(),
    st.none(),
    st.text(),
)
VALUES = st.recursive(
    NUMBERS, lambda values: st.lists(values) | st.dictionaries(st.text(), values), max_leaves=8
)


@given(VALUES, VALUES, VALUES)
def test_no_count_is_more_than_the_database_can_keep(
    prompt: Any, written: Any, details: Any
) -> None:
    told = {"prompt_tokens": prompt, "completion_tokens": written, "prompt_tokens_details": details}
    usage = answers.chunk({"usage": told}).usage
    if usage is not None:
        assert 0 <= usage.cached_tokens <= usage.prompt_tokens <= 1 << 31
        assert 0 <= usage.completion_tokens <= 1 << 31


@given(st.lists(NUMBERS))
def test_every_likelihood_can_be_added_up(logs: list[Any]) -> None:
    told = {"tokens": ["x"] * len(logs), "token_logprobs": logs}
    answer = {"choices": [{"logprobs": told}], "usage": {"completion_tokens": 0}}
    echo = answers.echo(answer)
    if echo is not None:
        assert all(-1e6 <= log <= 0 for log in echo.logs if log is not None)


@pytest.mark.parametrize("log", [-(10**400), float("-inf"), float("nan"), 0.5, -1e7, True, "-1"])
def test_a_likelihood_that_cannot_be_is_none(log: Any) -> None:
    told = {"tokens": ["a", "b"], "token_logprobs": [-1.5, log]}
    answer = {"choices": [{"logprobs": told}], "usage": {"completion_tokens": 0}}
    echo = answers.echo(answer)
    assert echo is not None
    assert echo.logs == (-1.5, None)


@given(VALUES)
def test_any_answer_can_be_read(answer: Any) -> None:
    answers.chunk(answer)
    answers.chunk({"choices": [{"delta": answer}]})
    answers.echo({"choices": [{"logprobs": answer}]})
    answers.count(answer)
    assert all(map(str.isprintable, answers.model_names({"data": [{"id": answer}]})))


@pytest.mark.parametrize(
    ("delta", "read"),
    [
        ({"role": "assistant", "content": ""}, Chunk("", False, None, None)),
        ({"role": "assistant", "content": None}, Chunk("", False, None, None)),
        ({"content": "red"}, Chunk("red", False, None, None)),
        ({"reasoning_content": "hm"}, Chunk("", True, None, None)),
        ({"reasoning": "hm", "content": ""}, Chunk("", True, None, None)),
    ],
)
def test_a_chunk_is_empty_or_written(delta: Any, read: Chunk) -> None:
    chunk = answers.chunk({"choices": [{"delta": delta}]})
    assert chunk == read
    assert chunk.is_empty != chunk.is_written


def test_names_that_are_no_text_are_no_names() -> None:
    listed = json.loads('{"data": [{"id": "\\ud800"}, {"id": "a\\u0000"}, {"id": "fake-7b"}]}')
    assert answers.model_names(listed) == ["fake-7b"]


def test_a_finished_reply_is_not_lost_for_a_number() -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("red")
        exchange.end("stop", {"prompt_tokens": 10**30, "completion_tokens": 1})

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"))
        prompt = Prompt("", ("Which colour?",))
        piece, end = model.generate(prompt, max_tokens=9, urgency=Urgency.ASKING)
    assert piece == Piece("red")
    assert isinstance(end, Finished)
    assert end.usage.prompt_tokens < 100
    assert end.usage.completion_tokens == 1
