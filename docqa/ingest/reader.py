"""Reads a PDF in a child process with limits on memory and time; no file can harm the program."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docqa.errors import ChildDied, ChildNotStarted, ChildTimeout, DocqaError
from docqa.ingest.events import Opened, PageRead, ReadFile
from docqa.ingest.files import check_readable
from docqa.model import Page
from docqa.process import Cancel, Child, Flag, Service, Urgency

if TYPE_CHECKING:
    from docqa.ingest.service import ReadingService

__all__ = ["Limits", "Opened", "PageRead", "Reader", "start_reader"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: bytes of address space, seconds, and children that it kills."""

    memory: int = 2 << 30
    seconds_per_page: float = 20.0
    seconds_per_file: float = 1800.0
    restarts: int = 5


class Reader:
    """Reads one file at a time, each in a process of its own; any thread may use it."""

    def __init__(self, tokenizer_file: Path, log: Path, limits: Limits | None = None) -> None:
        """``tokenizer_file`` is the embedder's ``tokenizer.json``; it measures the passages."""
        self._tokenizer_file = tokenizer_file
        self._log = log
        self._limits = limits or Limits()

    def read(
        self, path: Path, *, password: str | None = None, cancel: Cancel | None = None
    ) -> Iterator[Opened | PageRead]:
        """Yield :class:`Opened`, then every page in order, also those that could not be read.

        Raises DocqaError with the reason if nothing of the file can be read, ChildNotStarted if
        that is not the file's fault, and Cancelled.
        """
        check_readable(path)
        cancel = cancel or Cancel()
        progress = _Progress(time.monotonic() + self._limits.seconds_per_file)
        while not progress.finished:
            request = ReadFile(
                str(path.absolute()), password, progress.next_page, progress.with_structure
            )
            try:
                yield from self._run(request, progress, cancel)
            except ChildNotStarted:
                raise
            except (ChildDied, ChildTimeout) as error:
                if progress.opened is None and not progress.with_structure:
                    raise DocqaError(
                        f'"{path.name}" cannot be read: it stops every attempt to open it; '
                        "get another copy of it."
                    ) from error
                yield from self._after_failure(progress, isinstance(error, ChildTimeout))

    def _run(
        self, request: ReadFile, progress: _Progress, cancel: Cancel
    ) -> Iterator[Opened | PageRead]:
        """Events of one child, up to its end."""
        child = Child(
            "PDF reader", start_reader, (self._tokenizer_file, self._limits.memory), self._log
        )
        with contextlib.closing(child):
            _start(child, Path(request.path), cancel)
            call = child.call(request, Urgency.READING, cancel, self._limits.seconds_per_page)
            # Closed before the child, which would else be still at work then.
            with contextlib.closing(cast("Generator[Any, None, None]", call)) as events:
                for event in events:
                    if progress.note(event):
                        yield event
                    if time.monotonic() > progress.deadline:
                        yield from progress.give_up("because reading this file took too long")
                        return

    def _after_failure(self, progress: _Progress, timed_out: bool) -> Iterator[PageRead]:
        """A child died: blame what it was doing, and let the next one go on behind that."""
        if progress.opened is None:
            progress.with_structure = False
            return
        progress.failures += 1
        how = (
            f"took longer than {self._limits.seconds_per_page:g} seconds"
            if timed_out
            else "stopped the reader"
        )
        yield progress.skip(f"{how} and was left out")
        if progress.failures > self._limits.restarts:
            yield from progress.give_up("because too many pages before it failed")


def _start(child: Child, path: Path, cancel: Cancel) -> None:
    """Start a child for the file; ChildNotStarted says that it was not even looked at."""
    try:
        child.load(Urgency.READING, cancel)
    except DocqaError as error:
        raise ChildNotStarted(
            f'"{path.name}" was not read because the program that reads PDFs did not start; '
            "add it again in a while."
        ) from error


class _Progress:
    """How far one file has been read."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.opened: Opened | None = None
        self.next_page = 1
        self.failures = 0
        self.with_structure = True

    @property
    def finished(self) -> bool:
        """Whether every page has been told."""
        return self.opened is not None and self.next_page > self.opened.page_count

    def note(self, event: Opened | PageRead) -> bool:
        """Take in an event; return whether it is new to the caller."""
        if isinstance(event, PageRead):
            self.next_page = event.page.number + 1
            return True
        first_time = self.opened is None
        self.opened = self.opened or event
        return first_time

    def skip(self, what: str) -> PageRead:
        """The next page as one that could not be read."""
        number = self.next_page
        self.next_page += 1
        return PageRead(Page(0, number, "", problem=f"Page {number} {what}."), ())

    def give_up(self, why: str) -> Iterator[PageRead]:
        """All pages that are left."""
        while not self.finished:
            yield self.skip(f"was not read, {why}")


def start_reader(flag: Flag, tokenizer_file: Path, memory: int) -> Service:
    """Start the service in the child, then limit the child's memory (bytes)."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # Readers run side by side.
    from docqa.ingest.service import ReadingService

    service: ReadingService = ReadingService(flag, tokenizer_file)
    _limit_memory(memory)
    return service


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        memory = min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory, hard))
