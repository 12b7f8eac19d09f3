"""Likelihoods are asked for side by side, and nothing is left behind when that fails."""

from __future__ import annotations

import threading

import pytest
from fake_server import Exchange, fake_server

from docqa.errors import Cancelled, DocqaError
from docqa.llm.base import Scores
from docqa.llm.remote.api import ServerApi
from docqa.llm.remote.scores import _PATTERN, Rater
from docqa.llm.remote.side_by_side import each
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings


def request_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("docqa-request")]


def tell(exchange: Exchange) -> None:
    """Each word is a token, and as likely as the next."""
    words = ["<s>", *exchange.body["prompt"].split(" "), "more"]
    told = {"tokens": words, "token_logprobs": [None, *[-1.0] * (len(words) - 1)]}
    exchange.json({"choices": [{"logprobs": told}], "usage": {"completion_tokens": 1}})


def rated(url: str, at_a_time: int, *continuations: str) -> Scores | None:
    rater = Rater(ServerApi(ServerSettings(url, "m")), at_a_time)
    return rater.rate("It is", continuations, "m", Urgency.ASKING, Cancel())


def test_the_text_and_all_continuations_are_asked_for_at_the_same_time() -> None:
    together = threading.Barrier(3)

    def answer(exchange: Exchange) -> None:
        if exchange.body["prompt"] != _PATTERN:
            together.wait(30)
        tell(exchange)

    with fake_server(answer) as fake:
        scores = rated(fake.url, 3, " red", " red and blue")
    assert scores is not None
    assert scores.total == (-1.0, -3.0)
    assert scores.mean == (-1.0, -1.0)
    assert scores.usage.prompt_tokens == 3 + 4 + 6
    assert request_threads() == []


def test_one_continuation_without_likelihoods_leaves_none() -> None:
    def answer(exchange: Exchange) -> None:
        if exchange.body["prompt"].endswith("blue"):
            exchange.json({"choices": [{"text": "x"}]})
        else:
            tell(exchange)

    with fake_server(answer) as fake:
        assert rated(fake.url, 2, " red", " blue") is None


def test_the_first_error_ends_the_other_requests() -> None:
    def answer(exchange: Exchange) -> None:
        if exchange.body["prompt"] == _PATTERN:
            tell(exchange)
        elif exchange.body["prompt"].endswith("red"):
            exchange.json({}, 401)
        else:
            exchange.hold()

    with fake_server(answer) as fake:
        with pytest.raises(DocqaError, match="does not accept docqa's key"):
            rated(fake.url, 3, " red", " blue")
        assert request_threads() == []


def test_results_come_in_the_order_of_the_items_however_they_end() -> None:
    second_is_done = threading.Event()

    def work(item: str, _: Cancel) -> str:
        if item == "a":
            assert second_is_done.wait(30)
        if item == "b":
            second_is_done.set()
        return item.upper()

    stop = Cancel()
    assert each(work, "abcde", 2, stop) == ["A", "B", "C", "D", "E"]
    assert each(work, "", 2, stop) == []
    assert not stop.is_set
    assert request_threads() == []


def test_no_more_than_allowed_run_at_a_time() -> None:
    free = threading.Semaphore(2)

    def work(_: int, stop: Cancel) -> None:
        assert free.acquire(blocking=False)
        try:
            stop.raise_if_set()
        finally:
            free.release()

    assert each(work, range(200), 2, Cancel()) == [None] * 200


def test_a_stop_order_reaches_every_request() -> None:
    stop, begun = Cancel(), threading.Barrier(3)

    def work(_: int, order: Cancel) -> None:
        over = threading.Event()
        with order.linked(over.set):
            begun.wait(30)
            assert over.wait(30)
        order.raise_if_set()

    def give() -> None:
        begun.wait(30)
        stop.set()

    giver = threading.Thread(target=give)
    giver.start()
    with pytest.raises(Cancelled):
        each(work, range(9), 2, stop)
    giver.join()
    assert request_threads() == []
