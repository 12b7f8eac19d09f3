"""The memory of what runs fastest here: one JSON file for all models, computers and engines."""

from __future__ import annotations

import contextlib
import math
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from docqa.llm.machine.json_file import JsonFile
from docqa.llm.machine.threads import ThreadPlan

Weights = Literal["original", "q8_0"]

_MOST_RECORDS = 100
"""More than anybody's models times engines; the oldest go."""
_SLOW_PROGRAM = 5.0
"""Seconds after which the name of the processor is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a tuning is true for.

    ``model`` is the identity of the original file, ``machine`` a description of the computer and
    ``engine`` the version of llama.cpp with the kind of its build.
    """

    model: str
    machine: str
    engine: str


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found out; None where it was not tried yet.

    ``weights``: whether the file itself runs best or the copy in q8_0, and then ``copy`` is the
    stamp of that copy. ``tries``: how many processes began to try the copy and died of it.
    """

    threads: ThreadPlan | None = None
    weights: Weights | None = None
    copy: str | None = None
    tries: int = 0


class TuningFile:
    """A file of tunings. Several processes may use it; what cannot be read or saved is forgotten.

    Whoever forgets measures again, and nothing worse.
    """

    def __init__(self, path: Path) -> None:
        self._file = JsonFile(path)

    def load(self, subject: Subject) -> Tuning:
        """What is known about ``subject``; an empty tuning if nothing is."""
        return _records(self._file.read()).get(subject, Tuning())

    def save(self, subject: Subject, tuning: Tuning) -> None:
        """Remember ``tuning`` instead of what was known about ``subject``."""

        def with_tuning(found: Any) -> list[dict[str, Any]]:
            records = _records(found)
            records.pop(subject, None)
            records[subject] = tuning
            return [_to_json(*record) for record in list(records.items())[-_MOST_RECORDS:]]

        self._file.change(with_tuning)


def this_machine() -> str:
    """What speed depends on: processor, cores, the size of memory, operating system."""
    gigabytes = 2 ** round(math.log2(psutil.virtual_memory().total / 2**30))
    cores = f"{psutil.cpu_count(logical=False)}/{psutil.cpu_count()} cores"
    system = f"{platform.system()} {platform.machine()}"
    return f"{_processor()}, {cores}, {gigabytes:g} GB, {system}"


def _processor() -> str:
    """The name of the processor, as precise as the system tells it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    if sys.platform == "darwin":  # Python only says "arm" there.
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            question = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.check_output(question, text=True, timeout=_SLOW_PROGRAM).strip()
    return platform.processor() or platform.machine()


def _to_json(subject: Subject, tuning: Tuning) -> dict[str, Any]:
    plan = tuning.threads
    return {
        "model": subject.model,
        "machine": subject.machine,
        "engine": subject.engine,
        "threads": plan and {"decoding": plan.decoding, "prefill": plan.prefill},
        "weights": tuning.weights,
        "copy": tuning.copy,
        "tries": tuning.tries,
    }


def _records(found: Any) -> dict[Subject, Tuning]:
    """All that can be read, the oldest first."""
    entries = found if isinstance(found, list) else []
    return dict(record for entry in entries if (record := _from_json(entry)))


def _from_json(entry: Any) -> tuple[Subject, Tuning] | None:
    """A record, or None if it is none; of what is in it, only what makes sense."""
    try:
        subject = Subject(*(str(entry[key]) for key in ("model", "machine", "engine")))
    except (TypeError, KeyError):
        return None
    weights = entry.get("weights")
    known = weights if weights in get_args(Weights) else None
    copy, tries = entry.get("copy"), entry.get("tries")
    return subject, Tuning(
        threads=_plan(entry.get("threads")),
        weights=known,
        copy=copy if isinstance(copy, str) else None,
        tries=tries if type(tries) is int and tries > 0 else 0,
    )


def _plan(entry: Any) -> ThreadPlan | None:
    try:
        counts = entry["decoding"], entry["prefill"]
    except (TypeError, KeyError):
        return None
    # A file from elsewhere must not start threads by the thousand.
    most = psutil.cpu_count() or 1
    if all(type(count) is int and 1 <= count <= most for count in counts):
        return ThreadPlan(*counts)
    return None
