"""Supervised helper processes: native code runs in children, never in the window.

A :class:`Child` starts a process (``spawn``), sends it one request at a time over a pipe and yields
the events that come back. All threads share it; the most urgent caller goes first, and a question
that waits interrupts preparation. Requests and events are picklable dataclasses, never None.
"""

from docqa.process.cancel import Cancel, Flag
from docqa.process.child import Child
from docqa.process.serve import Service
from docqa.process.turn import Urgency

__all__ = ["Cancel", "Child", "Flag", "Service", "Urgency"]
