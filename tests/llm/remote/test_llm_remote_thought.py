"""Models that think aloud: the caller gets the reply, or hears why there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_server import Exchange, fake_server
from hypothesis import given
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.thought import Thought
from docqa.process import Urgency
from docqa.settings import ServerSettings


def taken_out(*pieces: str) -> str:
    thought = Thought()
    return "".join(map(thought.add, pieces)) + thought.finish()


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("<think>Hm. Red?</think>\n\nRed.", "\n\nRed."),
        ("\n<thought>x</thought>Red.", "Red."),
        ("[THINK]x[/THINK]Red.", "Red."),
        ("<think></think>Red.", "Red."),
        ("<think>a</thought>b</think>Red.", "Red."),
        ("Red.", "Red."),
        (" <thin", " <thin"),
        ("<thing>", "<thing>"),
        ("Red <think>x</think>", "Red <think>x</think>"),
        ("<think>x</think>Red <think>y", "Red <think>y"),
        ("<think>never ends", ""),
        ("", ""),
    ],
)
def test_a_thought_at_the_beginning_is_no_part_of_the_reply(said: str, reply: str) -> None:
    assert taken_out(said) == reply
    assert taken_out(*said) == reply


@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "[THINK]", "[/THINK]", "<", "th", "ink>", " ", "x"])
    )
)
def test_how_a_reply_is_cut_into_pieces_makes_no_difference(pieces: list[str]) -> None:
    assert taken_out(*pieces) == taken_out("".join(pieces))


def reply(answer: Callable[[Exchange], None], max_tokens: int = 20) -> tuple[str, Finished]:
    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"))
        prompt = Prompt("", ("Which colour?",))
        *pieces, end = model.generate(prompt, max_tokens=max_tokens, urgency=Urgency.ASKING)
        assert isinstance(end, Finished)
        return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), end


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_that_are_kept_apart_are_not_seen(field: str) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.think("Is it red?", field)
        exchange.say("It is")
        exchange.say(" red.")
        exchange.end()

    text, end = reply(answer)
    assert text == "It is red."
    assert end.usage.completion_tokens == 3


def test_thoughts_in_the_text_are_not_seen() -> None:
    text, _ = reply(
        lambda exchange: exchange.reply("<thi", "nk>Is it red?</th", "ink>\n\nRed", ".")
    )
    assert text == "Red."


def test_what_only_looks_like_a_thought_is_not_lost() -> None:
    assert reply(lambda exchange: exchange.reply("<thi"))[0] == "<thi"


def only_thinks(exchange: Exchange) -> None:
    exchange.begin()
    exchange.think("Is it red?")
    exchange.end("length")


def begins_to_think(exchange: Exchange) -> None:
    exchange.begin()
    exchange.say("<think>Is it red?")
    exchange.end("length")


def thinks_without_end(exchange: Exchange) -> None:
    exchange.begin()
    exchange.drip(b'data: {"choices": [{"delta": {"reasoning": "x"}}]}\n\n')


@pytest.mark.parametrize("answer", [only_thinks, begins_to_think, thinks_without_end])
def test_a_reply_that_ends_inside_its_thought_is_one_sentence(
    answer: Callable[[Exchange], None],
) -> None:
    sentence = r"127\.0\.0\.1 thinks aloud .*; switch thinking off at the server, or use another"
    with pytest.raises(DocqaError, match=sentence):
        reply(answer)
