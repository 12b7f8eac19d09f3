"""What was tried on a graphics card and how it ended, so that nothing kills twice.

A card that has too little memory after all says so while the model is loaded, or it kills the
process at the first computation. So a placement is written down before it is tried, and a note that
still says "trying" when the next process looks is a death.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from docqa.llm.machine.placement import Placement

_STEP = 0.75
"""Share of a failed number of layers that may still be tried: one less would fail as well."""
_MORE_MEMORY = 0.1
"""Share of a card's memory that must be free on top, before what was refused is tried again."""
_MOST_RECORDS = 50

_Why = Literal["died", "refused", "interrupted", "forgiven"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries a placement: a process and its parent, each as "number:start"."""

    process: str
    parent: str

    @classmethod
    def of_this_process(cls) -> Attempt:
        """The attempt of the child that asks."""
        parent = multiprocessing.parent_process()
        return cls(_named(os.getpid()), _named((parent and parent.pid) or os.getppid()))


@dataclass(frozen=True, slots=True)
class _Trying:
    layers: int
    process: str
    parent: str


@dataclass(frozen=True, slots=True)
class _Failure:
    """So many layers failed while so many bytes of the card were free."""

    layers: int
    why: _Why
    free: int

    def forbids(self, rung: Placement) -> bool:
        if rung.device is None or self.why == "forgiven" or rung.layers <= self.layers * _STEP:
            return False
        if self.why == "refused":
            return rung.device.free < self.free + _MORE_MEMORY * rung.device.total
        return True


@dataclass(frozen=True, slots=True)
class _Record:
    """What is known about one model on one card."""

    trying: _Trying | None = None
    failed: tuple[_Failure, ...] = ()

    def with_failure(self, failure: _Failure) -> _Record:
        others = (each for each in self.failed if each.layers != failure.layers)
        return _Record(None, (*others, failure))


class Ladder:
    """The placements to try for one model on one device, best first, less those that failed.

    * What killed its process is not tried again, nor is much the same.
    * What was refused is tried again once the card has clearly more free memory.
    * Where the whole program ended during the attempt, nobody knows why: it is left out until
      something below has worked, and gets one more chance then.
    """

    def __init__(
        self,
        file: Path,
        rungs: Sequence[Placement],
        circumstances: str,
        *,
        attempt: Attempt,
        is_running: Callable[[str], bool] | None = None,
    ) -> None:
        """``file`` is made when missing and ignored when damaged; ``rungs`` end with the processor.

        ``circumstances`` name model, cache and driver: where they change, everything is tried anew.
        """
        self._file = file
        self._rungs = tuple(rungs)
        self._attempt = attempt
        self._is_running = is_running or _is_running
        device = self._rungs[0].device
        card = f"{device.name}|{device.description}|{device.total}" if device else "cpu"
        self._key = f"{card}|{circumstances}"
        self._judge_the_last()

    @property
    def open(self) -> tuple[Placement, ...]:
        """What to try now, best first; the processor is always there."""
        failed = self._record().failed
        return tuple(
            rung for rung in self._rungs if not any(failure.forbids(rung) for failure in failed)
        )

    @property
    def given_up(self) -> tuple[Placement, ...]:
        """The placements above the best one of :attr:`open`."""
        return self._rungs[: self._rungs.index(self.open[0])]

    def trying(self, rung: Placement) -> None:
        """Write down that a placement is tried; call it before the model is loaded."""
        if rung.device is not None:
            trying = _Trying(rung.layers, self._attempt.process, self._attempt.parent)
            self._write(replace(self._record(), trying=trying))

    def refused(self, rung: Placement) -> None:
        """It could not be loaded, and the process lives on."""
        if rung.device is not None:
            failure = _Failure(rung.layers, "refused", rung.device.free)
            self._write(self._record().with_failure(failure))

    def worked(self, rung: Placement) -> None:
        """It was loaded and has computed something."""
        before = self._record()
        failed = (_forgiven(each) for each in before.failed if each.layers > rung.layers)
        after = _Record(None, tuple(failed))
        if after != before:
            self._write(after)

    def _judge_the_last(self) -> None:
        record = self._record()
        last = record.trying
        if last is None or self._is_running(last.process):
            return  # Another program of this person may be loading at this moment.
        second = any(
            each.why == "forgiven" and each.layers == last.layers for each in record.failed
        )
        outlived = last.parent == self._attempt.parent or self._is_running(last.parent)
        why: _Why = "died" if outlived or second else "interrupted"
        self._write(record.with_failure(_Failure(last.layers, why, 0)))

    def _record(self) -> _Record:
        return _read(self._file).get(self._key, _Record())

    def _write(self, record: _Record) -> None:
        records = _read(self._file)
        records.pop(self._key, None)  # What was written last is kept longest.
        records[self._key] = record
        _save(self._file, records)


def withdraw(file: Path, parent: str | None = None) -> None:
    """Forget what the children of this process (or of ``parent``) are trying.

    For the parent that ends a loading child on purpose: that was not the card's fault.
    """
    parent = parent or _named(os.getpid())
    records = _read(file)
    kept = {
        key: replace(record, trying=None)
        if record.trying is not None and record.trying.parent == parent
        else record
        for key, record in records.items()
    }
    if kept != records:
        _save(file, kept)


def _forgiven(failure: _Failure) -> _Failure:
    return replace(failure, why="forgiven") if failure.why == "interrupted" else failure


def _is_running(name: str) -> bool:
    number = name.partition(":")[0]
    return number.isdecimal() and _named(int(number)) == name


def _named(number: int) -> str:
    """A process by number and start, because systems use numbers again."""
    try:
        return f"{number}:{psutil.Process(number).create_time():.2f}"
    except psutil.Error:
        return f"{number}:gone"


def _read(file: Path) -> dict[str, _Record]:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        stored = json.loads(file.read_text("utf-8"))
        return {str(key): _record_of(entry) for key, entry in stored.items()}
    return {}


def _record_of(entry: Mapping[str, Any]) -> _Record:
    """Read a record; raises an error for anything but what :func:`_save` writes."""
    last = entry["trying"]
    trying = (
        _Trying(int(last["layers"]), str(last["process"]), str(last["parent"])) if last else None
    )
    failed = [_Failure(int(e["layers"]), e["why"], int(e["free"])) for e in entry["failed"]]
    if any(failure.why not in get_args(_Why) for failure in failed):
        raise ValueError("an unknown reason")
    return _Record(trying, tuple(failed))


def _save(file: Path, records: Mapping[str, _Record]) -> None:
    newest = list(records.items())[-_MOST_RECORDS:]
    # A folder that cannot be written costs the memory of what failed, nothing else.
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as text:
            json.dump({key: asdict(record) for key, record in newest}, text, indent=1)
            text.flush()
            os.fsync(text.fileno())  # A card may take the whole computer down with it.
        fresh.replace(file)
