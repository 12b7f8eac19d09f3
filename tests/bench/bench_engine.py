"""The engine's bars: each a ratio inside one run, on the starter and on a model of Mistral's shape.

Run ``python tests/bench/bench_engine.py [--only MEASURE] [--model starter|big] [--big PATH]``. The
big model has random weights; it is written once, 4.4 GB, to the cache or to PATH. Both sides of a
ratio take turns; medians are compared. The exit status is 0 only if all bars that ran are reached.
Everything takes some half an hour on two cores; the computer should be quiet.
"""

# ruff: noqa: T201 E402
from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import platformdirs
import psutil
from big_gguf import write_mistral_shape
from engine import limits, saving, sharing, writing
from engine.rig import Rig, rig
from table import Row

from docqa.errors import DocqaError

STARTER = ROOT / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
MEASURES: dict[str, Callable[[Rig], tuple[Row, ...]]] = {
    "decode": writing.decode,
    "constrained": writing.constrained,
    "many": writing.many,
    "saved": saving.saved,
    "under-load": sharing.under_load,
    "neighbour": sharing.neighbour,
    "cancel": limits.cancel,
    "memory": limits.memory,
}


def main() -> int:
    """Measure, print the table, and return 0 if all bars are reached."""
    arguments = parse()
    cores = psutil.cpu_count(logical=False)
    print(f"{platform.processor() or platform.machine()}, {cores} cores, ", end="")
    print(f"{psutil.cpu_count()} threads, busy now: {psutil.cpu_percent(1.0):.0f} %", flush=True)
    reached = [row.is_reached for row in rows(arguments)]
    print(f"\n{sum(reached)} of {len(reached)} rows are as wanted")
    return 0 if all(reached) else 1


def parse() -> argparse.Namespace:
    """The command line."""
    cache = Path(platformdirs.user_cache_dir("docqa", appauthor=False))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=MEASURES, action="append", help="a measure to run")
    parser.add_argument("--model", choices=("starter", "big"), action="append")
    parser.add_argument("--big", type=Path, default=cache / "mistral-7b-shape.gguf")
    return parser.parse_args()


def rows(arguments: argparse.Namespace) -> Iterator[Row]:
    """Run the measures on the models, and print and yield each row."""
    for name in arguments.model or ("starter", "big"):
        big = name == "big"
        path = write_mistral_shape(arguments.big) if big else STARTER
        with tempfile.TemporaryDirectory() as folder, rig(name, path, Path(folder), big=big) as one:
            print(introduction(one), flush=True)
            for measure in arguments.only or MEASURES:
                for row in measured(one, measure):
                    print(row.plain(name), flush=True)
                    yield row


def introduction(one: Rig) -> str:
    """How the model runs here."""
    weights = "" if one.file == one.path else ", requantised"
    took = f"loaded in {one.loaded:.1f} s, tuned in {one.tuned:.1f} s"
    return f"{one.name}: {took}, {one.threads} threads{weights}"


def measured(one: Rig, measure: str) -> tuple[Row, ...]:
    """Run a measure; one that fails is a bar that is not reached."""
    try:
        return MEASURES[measure](one)
    except (DocqaError, RuntimeError) as error:
        return (Row(measure, None, 0.0, detail=str(error)),)


if __name__ == "__main__":
    raise SystemExit(main())
