"""What was tried on a graphics card and how it ended, so that nothing kills twice.

A card that has too little memory after all says so while the model is loaded, or it kills the
process when it computes. So a placement is written down before it is tried, and a note that still
says "trying" when the next process looks is a death. What has worked is noted as what runs: a death
later on is for the parent to tell, who sees it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from docqa.llm.machine.json_file import JsonFile
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
class _Use:
    """A process, and its parent, that has or tries to have so many layers on the card."""

    layers: int
    process: str
    parent: str

    def is_over_for(self, parent: str) -> bool:
        """Whether it was a child of ``parent`` and has ended."""
        return self.parent == parent and not _is_running(self.process)


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
    """What is known about one model on one card.

    ``running`` is what worked last; ``blamed``: so many layers ran when a process died, once.
    """

    trying: _Use | None = None
    failed: tuple[_Failure, ...] = ()
    running: _Use | None = None
    blamed: int = 0

    def with_failure(self, failure: _Failure) -> _Record:
        others = (each for each in self.failed if each.layers != failure.layers)
        return replace(self, trying=None, failed=(*others, failure))

    def with_blame(self) -> _Record:
        """After a death of what runs: the second one with as many layers is their fault."""
        assert self.running is not None
        layers = self.running.layers
        if self.blamed != layers:
            return replace(self, running=None, blamed=layers)
        return replace(self, running=None, blamed=0).with_failure(_Failure(layers, "died", 0))


class Ladder:
    """The placements to try for one model on one device, best first, less those that failed.

    * What killed its process is not tried again, nor is much the same. Once it had worked, it takes
      two deaths (see :func:`blame`): processes die of other things as well.
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
        self._file = JsonFile(file)
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

    def trying(self, rung: Placement) -> None:
        """Write down that a placement is tried; call it before the model is loaded."""
        if rung.device is not None:
            self._change(lambda record: replace(record, trying=self._use(rung)))

    def refused(self, rung: Placement) -> None:
        """It could not be loaded, and the process lives on."""
        if rung.device is not None:
            failure = _Failure(rung.layers, "refused", rung.device.free)
            self._change(lambda record: record.with_failure(failure))

    def worked(self, rung: Placement) -> None:
        """It was loaded and has computed something."""

        def after(before: _Record) -> _Record:
            failed = (_forgiven(each) for each in before.failed if each.layers > rung.layers)
            running = None if rung.device is None else self._use(rung)
            return replace(before, trying=None, failed=tuple(failed), running=running)

        self._change(after)

    def _use(self, rung: Placement) -> _Use:
        return _Use(rung.layers, self._attempt.process, self._attempt.parent)

    def _judge_the_last(self) -> None:
        last = self._record().trying
        if last is None or self._is_running(last.process):
            return  # Another program of this person may be loading at this moment.
        outlived = last.parent == self._attempt.parent or self._is_running(last.parent)

        def after(record: _Record) -> _Record:
            second = any(
                each.why == "forgiven" and each.layers == last.layers for each in record.failed
            )
            why: _Why = "died" if outlived or second else "interrupted"
            return record.with_failure(_Failure(last.layers, why, 0))

        self._change(after)

    def _record(self) -> _Record:
        return _records(self._file.read()).get(self._key, _Record())

    def _change(self, change: Callable[[_Record], _Record]) -> None:
        if change(self._record()) == self._record():
            return  # On a computer without a card there is never anything to write.

        def with_change(found: Any) -> dict[str, Any]:
            records = _records(found)
            record = records.pop(self._key, _Record())  # What was written last is kept longest.
            return _entries({**records, self._key: change(record)})

        self._file.change(with_change)


def withdraw(file: Path, parent: str | None = None) -> None:
    """Forget what ended children of this process (or of ``parent``) tried and ran.

    For the parent that ends a child on purpose: that was not the card's fault.
    """
    parent = parent or _named(os.getpid())

    def forgotten(use: _Use | None) -> _Use | None:
        return None if use is not None and use.is_over_for(parent) else use

    def after(records: Mapping[str, _Record]) -> dict[str, _Record]:
        return {
            key: replace(each, trying=forgotten(each.trying), running=forgotten(each.running))
            for key, each in records.items()
        }

    _change_all(file, after)


def blame(file: Path, parent: str | None = None) -> None:
    """A child of this process (or of ``parent``) died while it computed: count it against its card.

    For the parent that saw it. The second time, the same number of layers counts as what killed it,
    so that the next child begins with fewer. Of a child without a card nothing is written down.
    """
    parent = parent or _named(os.getpid())

    def after(records: Mapping[str, _Record]) -> dict[str, _Record]:
        running = ((key, each.running) for key, each in records.items())
        over = [key for key, use in running if use is not None and use.is_over_for(parent)]
        # Should there be several, the death was seen just now, and the newest stands last.
        return {**records, **{key: records[key].with_blame() for key in over[-1:]}}

    _change_all(file, after)


def _change_all(file: Path, change: Callable[[Mapping[str, _Record]], dict[str, _Record]]) -> None:
    known = _records(JsonFile(file).read())
    if change(known) != known:
        JsonFile(file).change(lambda found: _entries(change(_records(found))))


def _forgiven(failure: _Failure) -> _Failure:
    return replace(failure, why="forgiven") if failure.why == "interrupted" else failure


def _is_running(name: str) -> bool:
    """Whether a process lives; one that has ended may still be listed until its parent looks."""
    number = name.partition(":")[0]
    try:
        ended = psutil.Process(int(number)).status() == psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False
    return not ended and _named(int(number)) == name


def _named(number: int) -> str:
    """A process by number and start, because systems use numbers again."""
    try:
        return f"{number}:{psutil.Process(number).create_time():.2f}"
    except psutil.Error:
        return f"{number}:gone"


def _records(found: Any) -> dict[str, _Record]:
    """What a file contains; nothing where anything in it is not what :func:`_entries` makes."""
    try:
        return {str(key): _record_of(entry) for key, entry in found.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _record_of(entry: Mapping[str, Any]) -> _Record:
    failed = [_Failure(int(e["layers"]), e["why"], int(e["free"])) for e in entry["failed"]]
    if any(failure.why not in get_args(_Why) for failure in failed):
        raise ValueError("an unknown reason")
    return _Record(
        trying=_use_of(entry["trying"]),
        failed=tuple(failed),
        running=_use_of(entry["running"]),
        blamed=int(entry["blamed"]),
    )


def _use_of(entry: Mapping[str, Any] | None) -> _Use | None:
    if entry is None:
        return None
    return _Use(int(entry["layers"]), str(entry["process"]), str(entry["parent"]))


def _entries(records: Mapping[str, _Record]) -> dict[str, Any]:
    newest = list(records.items())[-_MOST_RECORDS:]
    return {key: asdict(record) for key, record in newest}
