"""What a child says about itself, beside the events of its service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """The service is made and requests may come."""


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
