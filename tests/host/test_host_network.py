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


_OWN_SERVER = """
import socket
from docqa.host import network

def look_up(host, port, *rest, **more):
    sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[0], port))]

import sys
addresses = ["192.0.2.7"]
socket.getaddrinfo = look_up
network.refuse_network()

def verdict(host):
    try:
        socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", (host, 9))
    except network.NetworkRefused:
        return "refused"
    except OSError:
        pass
    return "passed"

def looked_up(host):
    try:
        socket.getaddrinfo(host, 80)
    except network.NetworkRefused:
        return "refused"
    return "passed"
"""


def run(code: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", _OWN_SERVER + code]
    return subprocess.check_output(command, env=environment, text=True, timeout=60).split()


def test_exactly_the_persons_own_server_is_allowed_with_the_addresses_it_has() -> None:
    code = """
print(verdict("192.0.2.7"), looked_up("gpu.lan"))
(endpoint,) = network.allow("GPU.lan", 8080)
print(*endpoint.address)
print(verdict("192.0.2.7"), looked_up("gpu.lan"), looked_up("Gpu.LAN"))
print(verdict("192.0.2.8"), looked_up("gpu.lan.example"), looked_up("lan"), network.is_refusing())
addresses[0] = "192.0.2.8"
print(verdict("192.0.2.8"))
network.allow("gpu.lan", 8080)
print(verdict("192.0.2.8"))
"""
    assert run(code) == [
        "refused", "refused",
        "192.0.2.7", "8080",
        "passed", "passed", "passed",
        "refused", "refused", "refused", "True",
        "refused",
        "passed",
    ]  # fmt: skip


def test_what_is_allowed_here_is_not_allowed_in_children(tmp_path: Path) -> None:
    code = f"""
sys.path.append({str(Path(__file__).parents[1] / "process")!r})
from pathlib import Path
import playground
from docqa.process import Child, Urgency

network.allow("gpu.lan", 8080)
child = Child("probe", playground.Playground, (), Path({str(tmp_path / "probe.log")!r}))
for request in (playground.Connect("192.0.2.7", 9), playground.LookUp("gpu.lan")):
    try:
        list(child.call(request, Urgency.ASKING))
        print("passed")
    except Exception as error:
        print("refused" if "another computer was refused" in str(error) else type(error).__name__)
child.close()
print(verdict("192.0.2.7"), looked_up("gpu.lan"))
"""
    assert run(code) == ["refused", "refused", "passed", "passed"]


def test_a_name_that_cannot_be_looked_up_allows_nothing_else() -> None:
    code = """
def fails(*_, **__):
    raise socket.gaierror(-2, "unknown")
socket.getaddrinfo = fails
try:
    network.allow("gpu.lan", 8080)
except OSError as error:
    print(type(error).__name__)
print(verdict("192.0.2.7"))
"""
    assert run(code) == ["gaierror", "refused"]
