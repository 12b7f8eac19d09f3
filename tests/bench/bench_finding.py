"""The bars of finding: the right page, and how soon it is found, in libraries of all sizes.

Run ``python tests/bench/bench_finding.py [--only MEASURE] [--data FOLDER] [--keep FOLDER]``. It
prints a Markdown table; the exit status is 0 only if all bars that ran are reached. Shares come
with 95 % bootstrap intervals, by question and by document. The libraries are made anew, which takes
some ten minutes, or kept in a FOLDER and used again as long as files are read as they were. For the
seconds the computer should be quiet. Rows without a bar are for information; the experiments run
only if they are named.
"""

# ruff: noqa: T201 E402
from __future__ import annotations

import argparse
import importlib
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

import psutil
from finding.libraries import Libraries
from finding.sets import Sets
from table import HEAD, Row

from docqa.errors import DocqaError

Measure = Callable[[Sets, Libraries], tuple[Row, ...]]

MEASURES = {
    "financebench": "quality.financebench",
    "mmlongbench": "quality.mmlongbench",
    "squad": "quality.squad",
    "sec10q": "quality.sec10q",
    "xquad": "quality.xquad",
    "fitted": "fitted.fitted",
    "notes": "notes.notes",
    "queries": "speed.queries",
    "adding": "speed.adding",
    "vectors": "vectors.vectors",
    "embedding": "embedding.embedding",
}
"""Module and function of each measure; a module is imported when its turn comes."""
EXPERIMENTS = {"evidence": "evidence.evidence", "rerank": "rerank.rerank"}


def main() -> int:
    """Measure, print the table, and return 0 if all bars are reached."""
    arguments = parse()
    sets = Sets(arguments.data)
    if not sets.are_there:
        print(f"The development files are not in {arguments.data}: name their folder by --data.")
        return 2
    cores = psutil.cpu_count(logical=False)
    print(f"{platform.processor() or platform.machine()}, {cores} cores, ", end="")
    print(f"{psutil.cpu_count()} threads, busy now: {psutil.cpu_percent(1.0):.0f} %\n")
    print(HEAD, flush=True)
    reached: list[bool] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Libraries(arguments.keep or Path(folder)) as libraries,
    ):
        for name in arguments.only or MEASURES:
            started = time.perf_counter()
            for row in measured(name, sets, libraries):
                print(row.markdown(), flush=True)
                reached.append(row.is_reached)
            print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"\n{sum(reached)} of {len(reached)} rows are as wanted")
    return 0 if all(reached) else 1


def measured(name: str, sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Run a measure; one that fails is a bar that is not reached."""
    module, _, function = (MEASURES | EXPERIMENTS)[name].partition(".")
    try:
        measure: Measure = getattr(importlib.import_module(f"finding.{module}"), function)
        return measure(sets, libraries)
    except (DocqaError, ImportError, RuntimeError) as error:
        return (Row(name, None, 0.0, detail=str(error)),)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=[*MEASURES, *EXPERIMENTS], action="append", help="a measure to run"
    )
    default = ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="the development files")
    parser.add_argument("--keep", type=Path, help="where libraries are kept for the next run")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
