"""A server that is away, or down for a while: who waits for it, and who hears of it at once."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import pytest
from fake_server import Exchange, fake_server

from docqa.errors import DocqaError, NotOffered
from docqa.host.network import Endpoint, allow
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.remote import RemoteModel
from docqa.llm.remote.api import PAUSES
from docqa.llm.remote.connection import Silent, Unreachable
from docqa.llm.remote.trouble import Away, Unavailable, in_words
from docqa.process import Urgency
from docqa.settings import ServerSettings

ASKING, READING, PREPARING = Urgency.ASKING, Urgency.READING, Urgency.PREPARING
PROMPT = Prompt("Be brief.", ("Which colour?",))
AT_ONCE = dict.fromkeys(PAUSES, (0.0, 0.0)) | {PREPARING: (0.0,) * 4}
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
NO_WAY = OSError(errno.EHOSTUNREACH, "No route to host")


class Way:
    """The way to the server, which a test can cut: for some tries, or for good."""

    def __init__(self) -> None:
        self.tries = 0
        self.failures = 0
        self.trouble: OSError = NO_NAME

    def look_up(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """The address of the server, or the trouble."""
        self.tries += 1
        if self.failures:
            self.failures -= 1
            raise self.trouble
        return allow(host, port)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    way = Way()
    monkeypatch.setattr("docqa.llm.remote.connection.allow", way.look_up)
    return way


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def red(exchange: Exchange) -> None:
    exchange.reply("red")


def generate(model: RemoteModel, urgency: Urgency) -> list[Piece | Finished]:
    return list(model.generate(PROMPT, max_tokens=9, urgency=urgency))


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(NO_NAME, "its name cannot be looked up"), (NO_WAY, "No route to host")],
)
@pytest.mark.parametrize(("urgency", "tries"), [(ASKING, 1), (READING, 1), (PREPARING, 5)])
def test_only_preparing_waits_for_a_server_that_is_away(
    way: Way, trouble: OSError, words: str, urgency: Urgency, tries: int
) -> None:
    way.trouble, way.failures = trouble, 100
    model = RemoteModel(ServerSettings("http://gpu.invalid/v1", "m"), AT_ONCE)
    sentence = rf"at gpu\.invalid cannot be reached \({words}\); start it, or correct url"
    with pytest.raises(Away, match=sentence):
        generate(model, urgency)
    assert way.tries == tries


def test_preparing_goes_on_when_the_server_is_back(way: Way) -> None:
    with fake_server(red) as fake:
        way.failures = 4
        model = RemoteModel(ServerSettings(fake.url, "m"), AT_ONCE)
        assert generate(model, PREPARING)[0] == Piece("red")
        assert way.tries == 5


def test_where_nobody_listens_a_person_waits_a_little(way: Way, nobody: str) -> None:
    model = RemoteModel(ServerSettings(nobody), AT_ONCE)
    sentence = r"cannot be reached \(nobody listens there\); start it, or correct url"
    with pytest.raises(Unavailable, match=sentence) as caught:
        model.load(ASKING)
    assert not isinstance(caught.value, Away)
    assert way.tries == 3
    with pytest.raises(DocqaError, match=r"The server at 127\.0\.0\.1 cannot be reached"):
        model.info()


def test_preparing_does_not_begin_without_the_server(way: Way, nobody: str) -> None:
    model = RemoteModel(ServerSettings(nobody), AT_ONCE)
    with pytest.raises(DocqaError, match="cannot be reached"):
        model.load(PREPARING)
    assert way.tries == 3


def test_a_night_waits_for_a_server_that_was_there(way: Way) -> None:
    with fake_server(red) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"), AT_ONCE)
        model.load(PREPARING)
        way.failures = 5
        with pytest.raises(Away):
            generate(model, PREPARING)
        way.tries, way.failures = 0, 4
        assert model.load(PREPARING) > 0.0
        assert way.tries == 5


def test_a_server_that_stays_away_is_told_by_loading_and_not_by_step_after_step(way: Way) -> None:
    with fake_server(red) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"), AT_ONCE)
        model.load(PREPARING)
        way.failures = 100
        for attempt in (generate, RemoteModel.load):
            with pytest.raises(Away):
                attempt(model, PREPARING)


def test_after_an_error_loading_looks_whether_the_server_is_still_there() -> None:
    with fake_server(lambda exchange: exchange.json({}, 500)) as fake:
        model = RemoteModel(ServerSettings(fake.url, "m"), AT_ONCE)
        model.load(PREPARING)
        assert model.load(PREPARING) == 0.0
        with pytest.raises(NotOffered):
            model.score(PROMPT, ("red",), urgency=PREPARING)
        assert model.load(PREPARING) == 0.0
        with pytest.raises(DocqaError, match="could not do"):
            generate(model, PREPARING)
        assert model.load(PREPARING) > 0.0
        assert fake.paths.count("/v1/models") == 2


def unreachable(cause: Exception) -> Unreachable:
    error = Unreachable()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (TimeoutError(errno.ETIMEDOUT, "timed out"), Unavailable, "ended the connection; look"),
        (OSError(errno.ENETDOWN, "down"), Unavailable, "ended the connection; look"),
        (ssl.SSLEOFError(8, "EOF"), Unavailable, "ended the connection; look"),
        (ssl.SSLError(1, "certificate required"), DocqaError, "cannot be reached securely"),
        (Silent(), DocqaError, r"was silent for 120 seconds; see whether it works"),
        (unreachable(ConnectionRefusedError(10061, "?")), Unavailable, "nobody listens there"),
        (unreachable(ConnectionResetError(10054, "?")), Unavailable, "it hung up"),
        (unreachable(TimeoutError(10060, "?")), Away, "no answer"),
        (unreachable(Silent()), Away, "no answer"),
        (unreachable(NO_WAY), Away, "No route to host"),
    ],
)
def test_each_end_of_a_connection_has_its_words(
    error: Exception, kind: type[DocqaError], words: str
) -> None:
    server = ServerSettings("http://127.0.0.1:9/v1")
    with pytest.raises(DocqaError, match=words) as caught, in_words(server):
        raise error
    assert type(caught.value) is kind
