"""Several callers of one server: how many at a time, who waits for whom, and how they end."""

from __future__ import annotations

import threading

import pytest
from fake_server import Exchange, fake_server

from docqa.errors import Cancelled, DocqaError
from docqa.llm.base import Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings

ASKING, PREPARING = Urgency.ASKING, Urgency.PREPARING
PROMPT = Prompt("Be brief.", ("Text: red.\n", "Which colour?"))


def written(model: RemoteModel) -> str:
    events = model.generate(PROMPT, max_tokens=20, urgency=ASKING)
    return "".join(event.text for event in events if isinstance(event, Piece))


# -- several at a time -------------------------------------------------------------------------


def reply_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("docqa-reply")]


def test_as_many_requests_as_allowed_are_made_at_a_time() -> None:
    together = threading.Barrier(3)

    def answer(exchange: Exchange) -> None:
        together.wait(30)
        exchange.reply(exchange.body["messages"][0]["content"], str(exchange.body["seed"]))

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url, parallel=3))
        prompts = tuple(Prompt("", (name,)) for name in "abcdef")
        texts = [""] * 6
        for index, event in model.generate_many(prompts, max_tokens=9, urgency=PREPARING, seed=10):
            if isinstance(event, Piece):
                texts[index] += event.text
        assert texts == ["a10", "b11", "c12", "d13", "e14", "f15"]
        assert reply_threads() == []


def test_the_first_failure_ends_all_and_leaves_no_thread() -> None:
    def answer(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.json({}, 500)
        else:
            exchange.hold()

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        with pytest.raises(DocqaError, match=r"could not do what docqa asked for \(500\)"):
            list(model.generate_many((PROMPT,) * 6, max_tokens=9, urgency=PREPARING))
        assert reply_threads() == []


def test_walking_away_leaves_no_thread() -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("red")
        exchange.hold()

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        events = model.generate_many((PROMPT,) * 6, max_tokens=9, urgency=PREPARING)
        next(events)
        assert reply_threads()
        events.close()  # type: ignore[attr-defined]
        assert reply_threads() == []


def test_no_prompts_are_no_replies() -> None:
    model = RemoteModel(ServerSettings("http://127.0.0.1:1/v1"))
    assert list(model.generate_many((), max_tokens=9, urgency=PREPARING)) == []


# -- who waits for whom ------------------------------------------------------------------------


def in_thread(work: object) -> tuple[threading.Thread, list[BaseException]]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def test_nobody_prepares_while_somebody_asks() -> None:
    order = []

    def answer(exchange: Exchange) -> None:
        order.append(exchange.body["messages"][0]["content"])
        exchange.begin()
        exchange.say("red")
        exchange.say("der")
        exchange.end()

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        asking = model.generate(Prompt("", ("ask",)), max_tokens=9, urgency=ASKING)
        next(asking)
        preparing, raised = in_thread(
            lambda: list(model.generate(Prompt("", ("prepare",)), max_tokens=9, urgency=PREPARING))
        )
        preparing.join(0.3)
        assert order == ["ask"]
        list(asking)
        preparing.join()
        assert order == ["ask", "prepare"]
        assert raised == []


@pytest.mark.parametrize(("parallel", "outcome"), [(1, [Cancelled]), (2, [])])
def test_asking_interrupts_preparing_only_where_the_server_serves_one_at_a_time(
    parallel: int, outcome: list[type]
) -> None:
    asked = threading.Event()

    def answer(exchange: Exchange) -> None:
        if exchange.number == 1:
            asked.wait(30)
        exchange.reply("red")

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url, parallel=parallel))
        preparing, raised = in_thread(
            lambda: list(model.generate(PROMPT, max_tokens=9, urgency=PREPARING))
        )
        assert fake.arrived.acquire(timeout=30)
        if parallel == 1:  # The reply of the first is still held back: it ends by interruption.
            assert written(model) == "red"
            preparing.join()
            asked.set()
        else:
            assert written(model) == "red"
            asked.set()
            preparing.join()
        assert [type(error) for error in raised] == outcome


def test_closing_ends_what_is_under_way_and_the_next_call_works() -> None:
    def answer(exchange: Exchange) -> None:
        if exchange.number == 1:
            exchange.hold()
        exchange.reply("red")

    with fake_server(answer) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        waiting, raised = in_thread(
            lambda: list(model.generate(PROMPT, max_tokens=9, urgency=ASKING))
        )
        assert fake.arrived.acquire(timeout=30)
        model.close()
        waiting.join()
        assert [type(error) for error in raised] == [Cancelled]
        assert written(model) == "red"


def test_a_cancelled_call_sends_nothing() -> None:
    cancel = Cancel()
    cancel.set()
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        model = RemoteModel(ServerSettings(fake.url))
        with pytest.raises(Cancelled):
            list(model.generate(PROMPT, max_tokens=9, urgency=ASKING, cancel=cancel))
        assert fake.paths == []
