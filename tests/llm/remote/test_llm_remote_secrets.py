"""Whatever goes wrong with a server, the key and the text of documents stay where they were."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from fake_server import Exchange, fake_server

from docqa.crash import report_text
from docqa.errors import DocqaError
from docqa.llm.base import Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.api import PAUSES
from docqa.process import Urgency
from docqa.settings import ServerSettings, Settings

KEY = "k-31415926"
TEXT = "The tide turned at Zanzibar."
QUOTED = f'{{"error": {{"message": "{TEXT} {KEY}"}}}}'.encode()
AT_ONCE = dict.fromkeys(PAUSES, (0.0,))


def answers(status: int) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.raw(QUOTED, "application/json", status)


def streams(line: bytes) -> Callable[[Exchange], None]:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.line(line)

    return answer


def thinks(exchange: Exchange) -> None:
    exchange.begin()
    exchange.think(f"{TEXT} {KEY}")
    exchange.end()


@pytest.mark.parametrize(
    "answer",
    [
        *map(answers, (200, 307, 400, 401, 404, 413, 429, 500)),
        streams(b"data: " + QUOTED),
        streams(b"error: " + QUOTED),
        streams(b"data: \xff" + QUOTED),
        streams(b"data: [" + QUOTED),
        lambda exchange: exchange.wfile.write(QUOTED),
        thinks,
    ],
)
def test_a_failure_tells_neither_the_key_nor_the_document(
    answer: Callable[[Exchange], None],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    with fake_server(answer) as fake:
        settings = Settings(server=ServerSettings(fake.url, "m", api_key=KEY))
        assert settings.server is not None
        model = RemoteModel(settings.server, AT_ONCE)
        with pytest.raises(DocqaError) as caught:
            list(model.generate(Prompt("", (TEXT,)), max_tokens=9, urgency=Urgency.ASKING))
        assert fake.headers[0]["Authorization"] == f"Bearer {KEY}"
        assert fake.bodies[0]["messages"][-1]["content"] == TEXT
    written = capfd.readouterr()
    told = [
        str(caught.value),
        repr(caught.value),
        report_text(caught.value),
        caplog.text,
        written.out,
        written.err,
        repr(settings),
        *map(repr, (model, model._api, model._counter, model._rater)),
    ]
    for text in told:
        assert KEY not in text
        assert "Zanzibar" not in text


def test_what_is_logged_is_seen_by_this_test(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("docqa.llm.remote.api").debug(TEXT)
    assert TEXT in caplog.text
    caplog.clear()
