"""A service for the tests of docqa.process, which children must be able to import."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from docqa.errors import Cancelled, DocqaError
from docqa.process import Flag


@dataclass(frozen=True, slots=True)
class Echo:
    text: str


@dataclass(frozen=True, slots=True)
class CountTo:
    """Counts with a pause after each number, and obeys the flag."""

    number: int
    pause: float = 0.01


@dataclass(frozen=True, slots=True)
class Hang:
    """Is silent and deaf for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Babble:
    """Sends numbers without end and without looking at the flag."""


@dataclass(frozen=True, slots=True)
class HoldPython:
    """Never lets go of Python's lock."""


@dataclass(frozen=True, slots=True)
class Die:
    signal: int = signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Print:
    text: str


@dataclass(frozen=True, slots=True)
class Fail:
    sentence: str


@dataclass(frozen=True, slots=True)
class Blunder:
    """A bug whose message, and whose thread's message, quote a document."""

    secret: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A bug of the operating-system kind."""

    path: str


@dataclass(frozen=True, slots=True)
class Connect:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class LookUp:
    host: str


class Playground:
    """Does what it is asked, however bad."""

    def __init__(self, flag: Flag) -> None:
        self._flag = flag

    def handle(self, request: object) -> Iterator[object]:
        match request:
            case Echo(text):
                yield text
            case CountTo(number, pause):
                for count in range(1, number + 1):
                    if self._flag.is_set:
                        raise Cancelled
                    yield count
                    time.sleep(pause)
            case Hang(seconds):
                yield "hanging"
                time.sleep(seconds)
            case Babble():
                count = 0
                while True:
                    yield (count := count + 1)
            case HoldPython():
                yield "holding"
                re.match("(a+)+$", "a" * 64 + "b")
            case Die(number):
                yield "dying"
                os.kill(os.getpid(), number)
                time.sleep(10)
            case Print(text):
                sys.stdout.write(text + "\n")
                os.write(1, text.encode())
                yield "printed"
            case Fail(sentence):
                raise DocqaError(sentence)
            case Blunder(secret):
                thread = threading.Thread(target=_blunder, args=(secret,))
                thread.start()
                thread.join()
                _blunder(secret)
            case Missing(path):
                yield Path(path).read_text()
            case Connect(host, port):
                socket.create_connection((host, port), timeout=5).close()
                yield "connected"
            case LookUp(host):
                yield len(socket.getaddrinfo(host, 80))


def _blunder(secret: str) -> None:
    raise ValueError(secret)


def slow(flag: Flag, seconds: float) -> Playground:
    time.sleep(seconds)
    return Playground(flag)


def refusing(flag: Flag, sentence: str) -> Playground:
    raise DocqaError(sentence)


def buggy(flag: Flag, secret: str) -> Playground:
    raise KeyError(secret)


def stillborn(flag: Flag) -> Playground:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def falling(flag: Flag, attempts: Path, deaths: int) -> Playground:
    """Dies so many times, and writes down beforehand that it tries again."""
    tried = len(attempts.read_bytes()) if attempts.exists() else 0
    attempts.write_bytes(b"x" * (tried + 1))
    return stillborn(flag) if tried < deaths else Playground(flag)


def trying(flag: Flag, attempts: Path, seconds: float) -> Playground:
    """Writes down that it tries something, which takes long."""
    attempts.touch()
    return slow(flag, seconds)


class Sleeper:
    """Greets with its number, and does something between requests that it also tells."""

    def __init__(self, flag: Flag, told: Path, seconds: float = 0.0) -> None:
        self._told = told
        self._seconds = seconds
        self._events: list[str] = []

    def greet(self) -> str:
        return f"I am {os.getpid()}"

    def handle(self, request: Echo) -> Iterator[str]:
        self._events.append(request.text)
        yield request.text

    def rest(self, raise_if_wanted: Callable[[], None]) -> None:
        if not self._events:
            return
        self._told.with_suffix(".begun").touch()
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            raise_if_wanted()
            time.sleep(0.01)
        self._told.write_text(" ".join(self._events))
        self._events.clear()


class BadSleeper(Sleeper):
    """Comes upon a bug when it rests."""

    def rest(self, raise_if_wanted: Callable[[], None]) -> None:
        _blunder("a secret")
