"""How much sooner a prepared answer begins: the first token, prepared and from passages.

Run ``python tests/bench/bench_prepared.py [--minutes M]``. Both ways run in one process on warm
models; each prepared question is asked word for word, each passage question for the first time.
"""

# ruff: noqa: T201 E402
from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docqa.model import Answer, PrepareProgress
from docqa.paths import Paths
from docqa.workspace import Workspace

QUESTIONS = 10
BAR = 20.0


def main() -> int:
    """Measure, print a table, and return 0 if the bar is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="how long to prepare")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as base:
        here = Path(base)
        paths = replace(
            Paths.default(),
            resources=ROOT / "resources",
            models=(ROOT / "models",),
            workspace=here / "workspace",
            settings=here / "settings.toml",
            logs=here / "logs",
        )
        with Workspace.open(paths.workspace, paths) as workspace:
            return measure(workspace, minutes)


def measure(workspace: Workspace, minutes: float) -> int:
    """Prepare the sample and ask both ways; return the exit status."""
    list(workspace.add([ROOT / "resources" / "sample.pdf"]))
    prepare(workspace, minutes)
    notes = workspace.notes(kind="question")
    if not notes:
        print("No question was prepared: give it more --minutes.")
        return 1
    workspace.warm_up()
    asked = [note.question or "" for note in notes]
    prepared = [
        first_token(workspace, question, "prepared")
        for question in itertools.islice(itertools.cycle(asked), QUESTIONS)
    ]
    answered = (first_token(workspace, question, "passages") for question in unprepared())
    passages = list(itertools.islice((one for one in answered if one is not None), QUESTIONS))
    return report(len(set(asked)), [one for one in prepared if one is not None], passages)


def prepare(workspace: Workspace, minutes: float) -> None:
    """Prepare, with a line of progress."""
    for event in workspace.prepare(minutes=minutes):
        if isinstance(event, PrepareProgress):
            line = f"preparing: {event.seconds:.0f} s, {event.steps.done} steps"
            print(f"\r{line}, {event.verified} notes", end="", flush=True)
    counts = workspace.documents()[0].notes
    print("\nnotes:", ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "none")


def unprepared() -> list[str]:
    """The checked-in questions that the document answers."""
    lines = (ROOT / "resources" / "sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [entry["question"] for entry in map(json.loads, lines) if entry["kind"] == "found"]


def first_token(workspace: Workspace, question: str, route: str) -> float | None:
    """Seconds from asking to the first piece of the answer; None if another route gave it."""
    *_, answer = workspace.ask(question, verbosity="brief", with_notes=route == "prepared")
    assert isinstance(answer, Answer)
    return answer.seconds.first_token if answer.route == route else None


def report(different: int, prepared: list[float], passages: list[float]) -> int:
    """Print the table; 0 if the bar is reached."""
    ratio = statistics.median(passages) / statistics.median(prepared)
    print(f"\nfirst token, milliseconds ({different} different prepared questions)")
    print(f"{'':10} {'median':>10} {'least':>10} {'most':>10}")
    for name, seconds in (("prepared", prepared), ("passages", passages)):
        values = statistics.median(seconds), min(seconds), max(seconds)
        print(f"{name:10} " + " ".join(f"{1000 * value:10.2f}" for value in values))
    print(f"\nprepared is {ratio:,.0f} times sooner (at least {BAR:.0f} are wanted)")
    return 0 if ratio >= BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
