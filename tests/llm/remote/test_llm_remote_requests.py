"""What a server is asked for, and what the caller gets of its answer."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from fake_server import Exchange, fake_server

from docqa.errors import DocqaError, NotOffered
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.api import PAUSES
from docqa.llm.remote.counting import estimated
from docqa.llm.remote.scores import _PATTERN
from docqa.model import Usage
from docqa.process import Urgency
from docqa.settings import ServerSettings

ASKING, PREPARING = Urgency.ASKING, Urgency.PREPARING
PROMPT = Prompt("Be brief.", ("Text: red.\n", "Which colour?"))
AT_ONCE = dict.fromkeys(PAUSES, (0.0, 0.0))


def written(
    model: RemoteModel, prompt: Prompt = PROMPT, max_tokens: int = 20, **options: object
) -> tuple[str, Finished]:
    *pieces, end = model.generate(prompt, max_tokens=max_tokens, urgency=ASKING, **options)  # type: ignore[arg-type]
    assert isinstance(end, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), end


def test_a_request_holds_the_whole_prompt_and_every_wish() -> None:
    with fake_server(lambda exchange: exchange.reply("It is", " red.")) as fake:
        model = RemoteModel(ServerSettings(fake.url, api_key="k-1"))
        text, end = written(
            model, temperature=0.5, seed=3, stop=("1", "2", "\n", "3", "4", "5"), grammar="root"
        )
        assert text == "It is red."
        assert end.reason == "stop"
        assert fake.bodies == [
            {
                "model": "fake-7b",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Text: red.\nWhich colour?"},
                ],
                "max_tokens": 20,
                "temperature": 0.5,
                "seed": 3,
                "stream": True,
                "stream_options": {"include_usage": True},
                "stop": ["1", "2", "3", "4"],
            }
        ]
        assert {headers["Authorization"] for headers in fake.headers} == {"Bearer k-1"}


def test_a_grammar_is_sent_to_a_server_that_understands_it() -> None:
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        written(RemoteModel(ServerSettings(fake.url, "named", grammar=True)), grammar="root ::= x")
        assert fake.bodies[0]["grammar"] == "root ::= x"
        assert fake.bodies[0]["model"] == "named"


def test_what_the_server_counted_is_what_was_used() -> None:
    usage = {
        "prompt_tokens": 31,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 30},
    }

    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("red")
        exchange.end("length", usage)

    with fake_server(answer) as fake:
        _, end = written(RemoteModel(ServerSettings(fake.url)))
    assert end.usage == Usage(31, 30, 2)
    assert end.reason == "length"


@pytest.mark.parametrize("usage", [None, 7, {}, {"prompt_tokens": "x", "completion_tokens": -1}])
def test_pieces_are_counted_where_the_server_does_not_count(usage: object) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for piece in "abc":
            exchange.say(piece)
        exchange.event({"choices": [], "usage": usage})
        exchange.end()

    with fake_server(answer) as fake:
        _, end = written(RemoteModel(ServerSettings(fake.url)))
    assert end.usage.completion_tokens == 3
    assert end.usage.prompt_tokens > len("Be brief. Text: red. Which colour?") // 4


@pytest.mark.parametrize(
    ("pieces", "seen"),
    [
        (("Question: What is red?",), " is red?"),
        (("question:", " what", " is red?"), " is red?"),
        (("\n\nWhat", " is red?"), " is red?"),
        (("Which is red?",), " Which is red?"),
        (("Whatever",), " Whatever"),
        (("What",), ""),
        (("…",), "…"),
        ((" ", "\n"), ""),
    ],
)
def test_the_beginning_that_was_asked_for_is_not_seen_again(
    pieces: tuple[str, ...], seen: str
) -> None:
    with fake_server(lambda exchange: exchange.reply(*pieces)) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        text, _ = written(model, replace(PROMPT, reply="Question: What"), stop=("Question:", "!"))
        assert text == seen
        (body,) = fake.bodies
        assert body["messages"][1]["content"].endswith("\n\nBegin your reply with: Question: What")
        assert body["stop"] == ["!"]


def test_stop_strings_are_found_here_too_and_end_the_request() -> None:
    hung_up = threading.Event()

    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for piece in ("red", "\n", "Ques"):
            exchange.say(piece)
        exchange.say("tion: more")
        exchange.drip(b": still here\n\n")
        hung_up.set()

    with fake_server(answer) as fake:
        text, end = written(RemoteModel(ServerSettings(fake.url)), stop=("Question:",))
        assert (text, end.reason) == ("red\n", "stop")
        assert hung_up.wait(30)


def test_the_budget_holds_even_where_the_server_forgets_it() -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.drip(b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n')

    with fake_server(answer) as fake:
        text, end = written(RemoteModel(ServerSettings(fake.url)), max_tokens=5)
        assert (text, end.reason, end.usage.completion_tokens) == ("xxxxx", "length", 5)
        assert written(RemoteModel(ServerSettings(fake.url)), max_tokens=0)[0] == ""
        assert len(fake.bodies) == 1


def test_a_prompt_that_does_not_fit_is_never_sent() -> None:
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        model = RemoteModel(ServerSettings(fake.url, context=256))
        prompt = Prompt("", ("ä" * 300,))
        sentence = (
            r"The prompt of [3-9]\d\d tokens and a reply of up to 20 do not fit the model's context"
        )
        with pytest.raises(DocqaError, match=sentence):
            written(model, prompt)
        assert fake.bodies == []
        assert written(model, Prompt("", ("word " * 60,)))[0] == "red"


@pytest.mark.parametrize(("told", "is_cut"), [(40, True), (70, False), (0, False)])
def test_a_server_that_cuts_the_prompt_is_noticed(told: int, is_cut: bool) -> None:
    usage = {"prompt_tokens": told, "completion_tokens": 1}

    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("red")
        exchange.end(usage=usage)

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        prompt = Prompt("", ("word " * 60,))
        if is_cut:
            with pytest.raises(DocqaError, match="did not read all of the prompt; give it more"):
                written(model, prompt)
        else:
            assert written(model, prompt)[0] == "red"


def test_an_estimate_is_made_where_the_server_does_not_count_and_it_is_asked_once() -> None:
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"))
        texts = ("Some English words.", "日本語", "")
        assert model.count(texts, ASKING) == tuple(map(estimated, texts))
        assert model.count(("more",), ASKING) == (estimated("more"),)
        assert set(fake.paths) == {"/tokenize", "/extras/tokenize/count"}
        asked = len(fake.paths)
        model.count(("and more",), ASKING)
        assert len(fake.paths) == asked


def test_a_server_that_counts_is_asked_without_special_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def tokenize(exchange: Exchange) -> None:
        exchange.body = {}
        exchange.json({"count": 4, "tokens": [1, 2, 3, 4]})

    monkeypatch.setattr(Exchange, "do_POST", tokenize)
    with fake_server(lambda _: None) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"))
        assert model.count(("one", "two"), PREPARING) == (4, 4)


def test_the_first_error_while_counting_ends_the_other_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holding = threading.Event()

    def tokenize(exchange: Exchange) -> None:
        if b"hold" in exchange.rfile.read(int(exchange.headers["Content-Length"])):
            holding.set()
            exchange.hold()
        else:
            holding.wait(30)
            exchange.json({}, 401)

    monkeypatch.setattr(Exchange, "do_POST", tokenize)
    with fake_server(lambda _: None) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m", timeout=10_000.0))
        # Had it to wait for the others, the test would end by its own time limit.
        with pytest.raises(DocqaError, match="does not accept docqa's key"):
            model.count(("hold", "fail"), PREPARING)


def echo(word: float, pattern: float) -> object:
    def answer(exchange: Exchange) -> None:
        text = exchange.body["prompt"]
        words = ["<s>", *text.split(" "), "more"]
        logs = [None, *[pattern if text == _PATTERN else word] * (len(words) - 1)]
        told = {"tokens": words, "token_logprobs": logs}
        exchange.json(
            {"choices": [{"text": text, "logprobs": told}], "usage": {"completion_tokens": 1}}
        )

    return answer


def test_likelihoods_are_of_the_tokens_behind_the_prompt() -> None:
    with fake_server(echo(-2.0, -0.5)) as fake:  # type: ignore[arg-type]
        model = RemoteModel(ServerSettings(fake.url, "m"))
        scores = model.score(PROMPT, (" red", " red and blue"), urgency=PREPARING)
        assert scores.total == (-2.0, -6.0)
        assert scores.mean == (-2.0, -2.0)
        model.score(PROMPT, (" red",), urgency=PREPARING)
        assert [body["prompt"] == _PATTERN for body in fake.bodies].count(True) == 1
        assert all(body["echo"] and body["max_tokens"] == 1 for body in fake.bodies)


@pytest.mark.parametrize("pattern", [-10.0, 0.5, float("nan")])
def test_likelihoods_that_make_no_sense_are_not_believed(pattern: float) -> None:
    with fake_server(echo(-2.0, pattern)) as fake:  # type: ignore[arg-type]
        model = RemoteModel(ServerSettings(fake.url, "m"))
        for _ in range(2):
            with pytest.raises(NotOffered):
                model.score(PROMPT, (" red",), urgency=PREPARING)
        assert len(fake.bodies) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda exchange: exchange.json({"choices": [{"text": "x"}]}),
        lambda exchange: exchange.json({"error": "no logprobs"}, 500),
        lambda exchange: exchange.json([1]),
        lambda exchange: exchange.raw(b"<html>", "text/html"),
    ],
)
def test_where_likelihoods_are_not_offered_they_are_asked_for_once(answer: object) -> None:
    with fake_server(answer) as fake:  # type: ignore[arg-type]
        model = RemoteModel(ServerSettings(fake.url, "m"))
        for _ in range(2):
            with pytest.raises(NotOffered):
                model.score(PROMPT, (" red",), urgency=PREPARING)
        assert len(fake.bodies) == 1
