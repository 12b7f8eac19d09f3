"""How soon filings can be searched by keyword, against bare text extraction."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from table import Row

from docqa.model import AddProgress
from docqa.process import Cancel
from docqa.workspace import Workspace
from reading.rig import Rig

_ROUNDS = 3
_BARE = """
import sys, time
import pypdfium2
started = time.perf_counter()
for path in sys.argv[1:]:
    document = pypdfium2.PdfDocument(path)
    for page in document:
        page.get_textpage().get_text_range()
    document.close()
print(time.perf_counter() - started)
"""


def keywords(rig: Rig) -> tuple[Row, ...]:
    """Seconds until the filings are found by keyword, as a multiple of bare pypdfium2."""
    files = rig.data.filings()[: rig.files]
    bare: list[float] = []
    ours: list[float] = []
    for number in range(_ROUNDS):
        bare.append(bare_seconds(files))
        with rig.workspace(f"keywords-{number}") as workspace:
            ours.append(keyword_seconds(workspace, files))
    ratio = statistics.median(ours) / statistics.median(bare)
    took = f"{statistics.median(ours):.1f} s against {statistics.median(bare):.1f} s"
    detail = f"{took}, {len(files)} files"
    return (Row("keyword-ready, times bare pypdfium2", ratio, 4, at_most=True, detail=detail),)


def bare_seconds(files: list[Path]) -> float:
    """Seconds that the text of all pages takes in one process, its start not counted."""
    command = [sys.executable, "-c", _BARE, *map(str, files)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def keyword_seconds(workspace: Workspace, files: list[Path]) -> float:
    """Seconds until the text of all files is stored; their vectors are not waited for."""
    started = time.perf_counter()
    left = {str(path) for path in files}
    cancel = Cancel()
    events = workspace.add(files, cancel=cancel)
    for event in events:
        # What is neither waiting nor being read is stored, and in the index of full text.
        if not isinstance(event, AddProgress) or event.stage == "indexing":
            left.discard(event.path)
        if not left:
            break
    seconds = time.perf_counter() - started
    cancel.set()
    close = getattr(events, "close", None)
    if close is not None:
        close()
    return seconds
