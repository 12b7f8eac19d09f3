"""Files that want to do harm, at full size: each must end in seconds and leave nothing behind."""

from __future__ import annotations

import sys
import time

import psutil
from table import Row, sample

from docqa.errors import DocqaError
from docqa.ingest.reader import Reader
from reading.rig import ROOT, Rig, readers_of

_SECONDS = 60.0


def hostile(rig: Rig) -> tuple[Row, ...]:
    """Read the hostile files of the tests, with the limits of the program."""
    sys.path.append(str(ROOT / "tests" / "ingest"))
    from hostile_files import HOSTILE

    reader = Reader(rig.model / "tokenizer.json", rig.log)
    bad, took = [], []
    for make in HOSTILE:
        path = make(rig.folder / f"{make.__name__}.pdf")
        started = time.perf_counter()
        trouble = ""
        try:
            for _ in reader.read(path):
                pass
        except DocqaError:
            pass
        except Exception as error:
            trouble = type(error).__name__
        took.append((time.perf_counter() - started, make.__name__))
        _, left = psutil.wait_procs(readers_of(set()), timeout=1.0)
        if trouble or left or took[-1][0] > _SECONDS:
            bad.append(make.__name__)
    seconds, slowest = max(took)
    detail = f"of {len(took)}, slowest {seconds:.1f} s ({slowest}); {sample(bad)}"
    return (Row("hostile files that do harm", len(bad), 0, at_most=True, detail=detail),)
