"""What a child and its parent say to each other, beside the requests and events of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ready:
    """The service is made and requests may come.

    ``greeting`` is what the service says about itself, or None. ``rests``: it does something
    between requests, which its end can wait for. See docqa.process.serve.
    """

    greeting: Any
    rests: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The request is answered."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The request was given up because the flag was set."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The request (or making the service) failed, and why, as one sentence."""

    message: str


End = Done | Stopped | Failed


@dataclass(frozen=True, slots=True)
class Finish:
    """From the parent: no request follows; answered by Done when the last rest is over."""
