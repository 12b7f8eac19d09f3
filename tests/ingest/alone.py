"""Reads one file as a library does that has no other."""

from __future__ import annotations

from pathlib import Path

from docqa.ingest.reader import Reader
from docqa.ingest.side_by_side import SideBySide, Text, Waiting
from docqa.process import Cancel


def read_alone(reader: Reader, path: Path) -> Text:
    """What becomes of one file of a library."""
    events = list(SideBySide(reader, lambda _: None, None, Cancel()).read([Waiting(1, path)]))
    assert isinstance(events[-1], Text)
    return events[-1]
