"""Nothing leaves this computer. (Each case runs in a process of its own: a guard is for good.)"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_GUARDED = """
import asyncio, socket
from docqa.host.network import NetworkGuard, NetworkRefused, is_refusing
assert not is_refusing()
NetworkGuard({allowed}).install()
assert is_refusing()
try:
    {attempt}
except NetworkRefused as error:
    print("refused:", error)
except OSError as error:
    print("passed:", error)
else:
    print("passed")
"""


def attempt(code: str, allowed: tuple[str, ...] = ()) -> str:
    source = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", _GUARDED.format(allowed=allowed, attempt=code)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.socket().connect_ex(('192.0.2.1', 80))",
        "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.getaddrinfo(b'example.org', 80)",
        "socket.gethostbyname('example.org')",
        "socket.gethostbyaddr('192.0.2.1')",
        "socket.getnameinfo(('192.0.2.1', 80), 0)",
        "asyncio.run(asyncio.open_connection('192.0.2.1', 80))",
        "__import__('urllib.request').request.urlopen('http://example.org', timeout=1)",
    ],
)
def test_everything_beyond_this_computer_is_refused(code: str) -> None:
    assert "another computer was refused" in attempt(code)


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', 1), timeout=1)",
        "socket.create_connection(('::1', 1), timeout=1)",
        "socket.getaddrinfo('LOCALHOST', 80)",
        "socket.getaddrinfo(None, 80)",
        "socket.socket(socket.AF_UNIX).connect('/nowhere')",
        "a, b = socket.socketpair(); a.sendmsg([b'x'])",
    ],
)
def test_this_computer_may_be_talked_to(code: str) -> None:
    assert attempt(code).startswith("passed")


def test_the_network_is_refused_once() -> None:
    script = """
import sys
hooks = []
sys.addaudithook(lambda event, _: hooks.append(event) if event == "sys.addaudithook" else None)
from docqa.host.network import is_refusing, refuse_network
refuse_network(); refuse_network()
print(is_refusing(), len(hooks))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", script]
    assert subprocess.check_output(command, env=environment, text=True) == "True 1\n"


def test_an_allowed_host_may_be_talked_to() -> None:
    code = "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.7', 9))"
    assert attempt(code, ("192.0.2.7",)).startswith("passed")
