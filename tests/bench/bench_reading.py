"""The bars of reading, each measured in one run: corpus, quotes, speed, memory, OCR.

Run ``python tests/bench/bench_reading.py [--only MEASURE] [--data FOLDER] [--files N]``. It prints
a Markdown table; the exit status is 0 only if all bars that ran are reached. Both sides of a ratio
take turns and medians are compared. The computer should be quiet. ``--files`` takes so many files
only, spread over each set, for a quick look.
"""

# ruff: noqa: T201 E402
from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

import psutil
from reading import corpus, hostile, memory, order, quotes, recognising, speed, vectors
from reading.data import Data
from reading.rig import Rig
from table import HEAD, Row

MEASURES: dict[str, Callable[[Rig], tuple[Row, ...]]] = {
    "crashes": corpus.crashes,
    "ends": corpus.ends,
    "hostile": hostile.hostile,
    "yield": corpus.text_yield,
    "agreement": corpus.agreement,
    "order": order.pages_in_order,
    "quotes": quotes.located,
    "viewable": quotes.viewable,
    "keywords": speed.keywords,
    "vectors": vectors.vectors,
    "overlap": vectors.overlap,
    "memory": memory.growth,
    "ocr": recognising.characters,
}


def main() -> int:
    """Measure, print the table, and return 0 if all bars are reached."""
    arguments = parse()
    data = Data(arguments.data)
    if not data.is_there:
        print(f"The development files are not in {arguments.data}: name their folder by --data.")
        return 2
    cores = psutil.cpu_count(logical=False)
    print(f"{platform.processor() or platform.machine()}, {cores} cores, ", end="")
    print(f"{psutil.cpu_count()} threads, busy now: {psutil.cpu_percent(1.0):.0f} %\n")
    print(HEAD, flush=True)
    reached: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(data, Path(folder), arguments.files)
        for name in arguments.only or MEASURES:
            started = time.perf_counter()
            for row in MEASURES[name](rig):
                print(row.markdown(), flush=True)
                reached.append(row.is_reached)
            print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"\n{sum(reached)} of {len(reached)} rows are as wanted")
    return 0 if all(reached) else 1


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=MEASURES, action="append", help="a measure to run")
    default = ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="the development files")
    parser.add_argument("--files", type=int, help="only so many files of each set")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
