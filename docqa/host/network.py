"""No connection leaves this computer: an audit hook refuses them, in every process of docqa."""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from docqa.errors import DocqaError

_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost"})
_ADDRESSED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKED_UP = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_SOMEWHERE_ELSE = ("192.0.2.1", 9)
"""An address that is reserved for documentation: nobody has it."""


class NetworkRefused(DocqaError, OSError):
    """A connection or a name look-up beyond this computer that nobody allowed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a host can be reached: a family of addresses, and what ``socket.connect`` takes."""

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int]


class NetworkGuard:
    """Refuses every connection and look-up beyond this computer, except to ``allowed`` hosts.

    ``allowed`` are names and numeric addresses: a connection is checked by its address, so a host
    that is reached by name needs both. An audit hook cannot be taken back, so a guard is installed
    once per process and for good.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(map(str.casefold, allowed)) | _LOCAL_NAMES
        self._widening = threading.Lock()

    def install(self) -> None:
        """Start refusing, from now to the end of the process."""
        sys.addaudithook(self._audit)

    def allow(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Let this process talk to ``host``: to its name, and to the addresses it has right now.

        Returns them. Nothing else is allowed by that, no child gets it, and asking again follows a
        host that moved. Raises OSError when the name cannot be looked up.
        """
        self._widen(host)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        endpoints = tuple(
            Endpoint(family, (str(address[0]), int(address[1]), *address[2:]))
            for family, _type, _protocol, _name, address in found
            if family in (socket.AF_INET, socket.AF_INET6)
        )
        self._widen(*(endpoint.address[0] for endpoint in endpoints))
        return endpoints

    def _widen(self, *hosts: str) -> None:
        with self._widening:
            self._allowed |= frozenset(map(str.casefold, hosts))

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _ADDRESSED:
            self._check_address(arguments[1])
        elif event in _LOOKED_UP:
            address = arguments[0]
            self._check_host(address[0] if isinstance(address, tuple) else address)

    def _check_address(self, address: object) -> None:
        # A path is a Unix socket, which cannot leave the computer; None is a connected one.
        if isinstance(address, tuple) and address:
            self._check_host(address[0])

    def _check_host(self, host: object) -> None:
        if host is None:
            return
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if name.casefold() in self._allowed or _is_loopback(name):
            return
        raise NetworkRefused(
            "A connection to another computer was refused: docqa works without any network."
        )


_PROCESS = NetworkGuard()
"""The guard of this process: a hook is the whole process's, and so is what is allowed past it."""


def refuse_network() -> None:
    """Refuse every connection beyond this computer from now on; again it does nothing."""
    if not is_refusing():
        _PROCESS.install()


def allow(host: str, port: int) -> tuple[Endpoint, ...]:
    """Let this one process talk to the person's own server; see :meth:`NetworkGuard.allow`."""
    return _PROCESS.allow(host, port)


def is_refusing() -> bool:
    """Whether a guard is at work in this process (nothing is sent to find that out)."""
    try:
        sys.audit("socket.connect", None, _SOMEWHERE_ELSE)
    except NetworkRefused:
        return True
    return False


def require_refusal() -> None:
    """Raise RuntimeError unless a guard is at work in this process."""
    if not is_refusing():
        raise RuntimeError("connections are not refused in this process")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
