"""Servers that fail, lie or say nothing: one sentence each, and docqa goes on."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
from fake_server import Exchange, FakeServer, fake_server

from docqa.errors import Cancelled, DocqaError
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.api import PAUSES
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings

ASKING, PREPARING = Urgency.ASKING, Urgency.PREPARING
PROMPT = Prompt("Be brief.", ("Text: secret.\n", "Which colour?"))
AT_ONCE = dict.fromkeys(PAUSES, (0.0, 0.0))
SETTINGS = r"under \[server\] in the settings\.$"


def generate(
    fake: FakeServer, timeout: float = 60.0, cancel: Cancel | None = None
) -> Iterator[Piece | Finished]:
    model = RemoteModel(ServerSettings(fake.url, "m", timeout=timeout), AT_ONCE)
    return model.generate(PROMPT, max_tokens=20, urgency=ASKING, cancel=cancel)


def reset(exchange: Exchange) -> None:
    """Hang up in the rudest way."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()


def answers(status: int, content: bytes = b"{}") -> Callable[[Exchange], None]:
    return lambda exchange: exchange.raw(content, "application/json", status)


def streams(*lines: bytes) -> Callable[[Exchange], None]:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for line in lines:
            exchange.line(line)

    return answer


def moved(exchange: Exchange) -> None:
    exchange.send_response(307)
    exchange.send_header("Location", "http://192.0.2.1/v1/chat/completions")
    exchange.end_headers()


def short(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000")
    exchange.send_header("Content-Type", "text/event-stream")
    exchange.end_headers()
    exchange.line(b'data: {"choices": [')


NONSENSE = r"What answers at 127\.0\.0\.1 is no OpenAI-compatible server; correct url " + SETTINGS


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (answers(401), r"does not accept docqa's key \(401\); set api_key, or api_key_env"),
        (answers(403), r"does not accept docqa's key \(403\)"),
        (answers(404), r"does not know the model m; correct url or model " + SETTINGS),
        (
            answers(400, b'{"error": {"code": "model_not_found"}}'),
            "does not know the model m",
        ),
        (
            answers(400, b'{"error": {"message": "maximum context length is 9 tokens"}}'),
            "The prompt is too long for the server at 127.0.0.1; ask for less at once",
        ),
        (answers(400, b"secret"), r"could not do what docqa asked for \(400\); look into its log"),
        (answers(500, b"secret"), r"could not do what docqa asked for \(500\)"),
        (answers(999, b"secret"), r"could not do what docqa asked for \(999\)"),
        (moved, "sends docqa on to another address; docqa does not follow: correct url"),
        (answers(200, b"{}"), NONSENSE),
        (answers(200, b"no JSON"), NONSENSE),
        (lambda exchange: exchange.raw(b"<html>secret", "text/html"), NONSENSE),
        (lambda exchange: exchange.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n"), NONSENSE),
        (lambda exchange: exchange.wfile.write(b"\x00\xff" * 99), NONSENSE),
        (streams(b"data: secret"), NONSENSE),
        (streams(b"data: " + b"[" * 100_000), NONSENSE),
        (streams(b"data: " + b"x" * (2 << 20)), NONSENSE),
        (streams(b'data: {"error": {"message": "secret"}}'), r"asked for \(500\)"),
        (streams(b'error: {"message": "secret"}'), r"asked for \(500\)"),
        (streams(b"data: [DONE]"), "broke its reply off; look into its log and try again"),
        (streams(b'data: {"choices": [{"delta": {"content": 7}}]}'), "broke its reply off"),
        (streams(b"data: 7", b"data: null", b"data: []"), "broke its reply off"),
        (streams(), "broke its reply off"),
        (short, "broke its reply off|no OpenAI-compatible server"),
    ],
)
def test_every_failure_is_one_sentence_and_not_tried_again(
    answer: Callable[[Exchange], None], sentence: str
) -> None:
    with fake_server(answer) as fake:
        with pytest.raises(DocqaError, match=sentence) as caught:
            list(generate(fake))
        assert len(fake.bodies) == 1
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)


def begins_and_resets(exchange: Exchange) -> None:
    """Tell only who will speak, as many servers do at once, and hang up before a word is said."""
    exchange.begin()
    role = {"role": "assistant", "content": ""}
    exchange.event({"choices": [{"delta": role, "finish_reason": None}]})
    exchange.fake.closing.wait(0.2)  # A reset would overtake what is on its way.
    reset(exchange)


@pytest.mark.parametrize(
    "trouble", [reset, begins_and_resets, answers(429), answers(502), answers(503)]
)
def test_a_server_that_is_busy_is_asked_again(trouble: Callable[[Exchange], None]) -> None:
    def answer(exchange: Exchange) -> None:
        if exchange.number < 3:
            trouble(exchange)
        else:
            exchange.reply("red")

    with fake_server(answer) as fake:
        assert next(generate(fake)) == Piece("red")
        assert len(fake.bodies) == 3


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (reset, "ended the connection; look into its log and try again"),
        (answers(503), r"is too busy, or still starting \(503\); try again later"),
    ],
)
def test_it_is_not_asked_for_ever(trouble: Callable[[Exchange], None], sentence: str) -> None:
    with fake_server(trouble) as fake:
        with pytest.raises(DocqaError, match=sentence):
            list(generate(fake))
        assert len(fake.bodies) == 3


@pytest.mark.parametrize("end", [reset, lambda _: None])
def test_a_reply_that_broke_off_is_not_begun_again(end: Callable[[Exchange], None]) -> None:
    said = threading.Event()

    def answer(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say("red")
        said.wait(30)  # A reset would overtake what is on its way.
        end(exchange)

    with fake_server(answer) as fake:
        events = generate(fake)
        assert next(events) == Piece("red")
        said.set()
        with pytest.raises(DocqaError, match=r"broke its reply off|ended the connection"):
            list(events)
        assert len(fake.bodies) == 1


@pytest.mark.parametrize("models", [{}, {"data": []}, {"data": [{"id": 7}, 3, None]}])
def test_a_server_without_models(models: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_server.MODELS", models)
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        model = RemoteModel(ServerSettings(fake.url), AT_ONCE)
        with pytest.raises(DocqaError, match=NONSENSE):
            model.info()


def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(exchange: Exchange) -> None:
        exchange.raw(b"[", "application/json")
        exchange.drip(b"1," * 500_000)

    monkeypatch.setattr(Exchange, "do_GET", endless)
    with fake_server(lambda _: None) as fake:
        model = RemoteModel(ServerSettings(fake.url), AT_ONCE)
        with pytest.raises(DocqaError, match=NONSENSE):
            model.load(ASKING)


# -- silence -----------------------------------------------------------------------------------


def says_nothing(exchange: Exchange) -> None:
    exchange.hold()


def drips_headers(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.flush_headers()
    exchange.drip(b"X-More: 1\r\n")


def drips_comments(exchange: Exchange) -> None:
    exchange.begin()
    exchange.drip(b": ping\r\n\r\n")


def drips_empty_events(exchange: Exchange) -> None:
    exchange.begin()
    exchange.drip(b"data: {}\r\n\r\n")


def drips_half_an_event(exchange: Exchange) -> None:
    exchange.begin()
    exchange.wfile.write(b"data: ")
    exchange.drip(b" ")


def stops_in_the_middle(exchange: Exchange) -> None:
    exchange.begin()
    exchange.say("red")
    exchange.hold()


SILENT = [
    says_nothing,
    drips_comments,
    drips_empty_events,
    drips_half_an_event,
    stops_in_the_middle,
]


@pytest.mark.parametrize("answer", SILENT)
def test_silence_is_not_waited_for_without_end(answer: Callable[[Exchange], None]) -> None:
    with fake_server(answer) as fake:
        sentence = r"The server at 127\.0\.0\.1 was silent for 0\.4 seconds; see whether it works"
        with pytest.raises(DocqaError, match=sentence):
            list(generate(fake, timeout=0.4))


@pytest.mark.parametrize("answer", [*SILENT, drips_headers])
def test_a_stop_order_is_obeyed_at_any_moment(answer: Callable[[Exchange], None]) -> None:
    with fake_server(answer) as fake:
        cancel = Cancel()
        fake_arrived = threading.Thread(
            target=lambda: fake.arrived.acquire(timeout=30) and cancel.set()
        )
        fake_arrived.start()
        # Had it to wait for the server, the test would end by its own time limit.
        with pytest.raises(Cancelled):
            list(generate(fake, timeout=10_000.0, cancel=cancel))
        fake_arrived.join()


def test_a_stop_order_is_obeyed_while_connecting() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # Nobody takes them, and there is no room for more.
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        cancel = Cancel()
        timer = threading.Timer(0.2, cancel.set)
        timer.start()
        with pytest.raises(Cancelled):
            RemoteModel(ServerSettings(url, timeout=10_000.0)).load(ASKING, cancel)
        timer.join()
        for one in waiting:
            one.close()


def test_a_stop_order_is_obeyed_between_two_tries() -> None:
    cancel = Cancel()
    with fake_server(answers(503)) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"), dict.fromkeys(PAUSES, (10_000.0,)))
        timer = threading.Thread(target=lambda: fake.arrived.acquire(timeout=30) and cancel.set())
        timer.start()
        with pytest.raises(Cancelled):
            list(model.generate(PROMPT, max_tokens=9, urgency=PREPARING, cancel=cancel))
        timer.join()
        assert len(fake.bodies) == 1


@pytest.mark.parametrize("write", [Exchange.say, Exchange.think])
def test_slow_pieces_are_no_silence(write: Callable[[Exchange, str], None]) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for _ in range(12):
            exchange.fake.closing.wait(0.2)
            write(exchange, "x")
        exchange.say("red")
        exchange.end()

    with fake_server(answer) as fake:
        *_, piece, end = generate(fake, timeout=2.0)
        assert piece == Piece("red")
        assert isinstance(end, Finished)


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:9")
    with fake_server(lambda exchange: exchange.reply("red")) as fake:
        assert next(generate(fake)) == Piece("red")
