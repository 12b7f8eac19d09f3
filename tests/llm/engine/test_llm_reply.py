"""From bytes to text that is certain."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from docqa.llm.reply import ReplyText


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(text=st.text(), places=st.lists(st.integers(0, 1000)))
def test_text_arrives_whole_however_its_bytes_are_cut(text: str, places: list[int]) -> None:
    reply = ReplyText()
    given_out = [reply.add(piece) for piece in cut(text.encode(), places)]
    assert "".join(given_out) + reply.finish() == text


@given(
    text=st.text(alphabet="ab\né"),
    stop=st.lists(st.text(alphabet="ab\né", min_size=1, max_size=4), min_size=1, max_size=3),
    places=st.lists(st.integers(0, 1000)),
)
def test_a_reply_ends_before_the_first_stop_string(
    text: str, stop: list[str], places: list[int]
) -> None:
    reply, said = ReplyText(tuple(stop)), ""
    for piece in cut(text.encode(), places):
        said += reply.add(piece)
        if reply.stopped:
            break
    said += reply.finish()
    assert text.startswith(said)
    assert not any(word in said for word in stop)
    assert reply.stopped == any(word in text for word in stop)
    if reply.stopped:
        assert any(text[len(said) :].startswith(word) for word in stop)
    else:
        assert said == text


def test_what_may_become_a_stop_string_is_held_back() -> None:
    reply = ReplyText(("\n\n",))
    assert reply.add(b"one\n") == "one"
    assert reply.add(b"two") == "\ntwo"
    assert reply.add(b"\n") == ""
    assert reply.finish() == "\n"


def test_half_a_character_at_the_end_is_dropped() -> None:
    reply = ReplyText()
    assert reply.add(b"caf\xc3") == "caf"
    assert reply.finish() == ""
