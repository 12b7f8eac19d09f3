"""Reads a PDF in a child process with limits on memory and time; no file can harm the program.

Nothing in a PDF is executed, opened or fetched: the engines are built without JavaScript and XFA,
actions, links and attachments are never followed, the child refuses the network, and a stream that
stands in another file is not read.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docqa.errors import Cancelled, ChildDied, ChildNotStarted, ChildTimeout, DocqaError
from docqa.ingest.bounds import MOST_CHARACTERS_OF_FILE, bounded
from docqa.ingest.events import Opened, PageRead, ReadFile
from docqa.ingest.files import check_readable
from docqa.ingest.memory_watch import MemoryWatch
from docqa.ingest.reader_children import ReaderChildren, Worker
from docqa.model import Page
from docqa.process import Cancel, Child, Flag, Service, Urgency

if TYPE_CHECKING:
    from docqa.ingest.service import ReadingService

__all__ = ["Limits", "Opened", "PageRead", "Reader", "start_reader"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. ``memory``: bytes, both of address space and resident.

    A page takes 0.02 s, the slowest of the corpora 0.6 s, by pypdf up to 3 s. ``seconds_lost`` may
    go by without any page read, and ``restarts`` children may die; then the rest of the file is
    given up. What does get on has ``seconds_to_begin``, and a second more for each page.
    """

    memory: int = 2 << 30
    seconds_per_page: float = 20.0
    seconds_lost: float = 50.0
    restarts: int = 20
    seconds_to_begin: float = 30.0
    seconds_per_file: float = 7200.0


class Reader:
    """Reads one file at a time in one process; any thread may use it, several side by side."""

    def __init__(self, tokenizer_file: Path, log: Path, limits: Limits | None = None) -> None:
        """``tokenizer_file`` is the embedder's ``tokenizer.json``; it measures the passages."""
        self._limits = limits or Limits()
        arguments = (tokenizer_file, self._limits.memory)
        self._children = ReaderChildren(lambda: Child("PDF reader", start_reader, arguments, log))

    def kept(self) -> AbstractContextManager[None]:
        """Inside, a process that read a file well reads another one; else each file has its own."""
        return self._children.kept()

    def read(
        self, path: Path, *, password: str | None = None, cancel: Cancel | None = None
    ) -> Iterator[Opened | PageRead]:
        """Yield :class:`Opened`, then every page in order, also those that could not be read.

        Raises DocqaError with the reason if nothing of the file can be read, ChildNotStarted if
        that is not the file's fault, and Cancelled.
        """
        check_readable(path)
        cancel = cancel or Cancel()
        progress = _Progress(self._limits)
        while not progress.finished:
            request = ReadFile(
                str(path.absolute()),
                password,
                progress.next_page,
                progress.with_structure,
                progress.careful,
            )
            worker = self._children.take(fresh=progress.careful)
            try:
                yield from self._run(worker, request, progress, cancel)
            except ChildNotStarted:
                raise
            except (ChildDied, ChildTimeout) as error:
                yield from progress.after_failure(path, error, first_file=worker.files == 0)

    def _run(
        self, worker: Worker, request: ReadFile, progress: _Progress, cancel: Cancel
    ) -> Iterator[Opened | PageRead]:
        """Events of one child, up to its end."""
        child, well = worker.child, False
        try:
            _start(child, Path(request.path), cancel)
            with MemoryWatch(child.pid, self._limits.memory) as watch:
                progress.watch = watch
                yield from self._events(child, request, progress, cancel)
            well = progress.finished
        except (ChildDied, ChildTimeout, Cancelled):
            raise
        except DocqaError:  # It says what is wrong with the file, and is well itself.
            well = True
            raise
        finally:
            if well:
                self._children.give_back(worker)
            else:
                child.close()

    def _events(
        self, child: Child, request: ReadFile, progress: _Progress, cancel: Cancel
    ) -> Iterator[Opened | PageRead]:
        progress.begin()
        call = child.call(request, Urgency.READING, cancel, progress.patience)
        # Closed before the child, which would else be still at work then.
        with contextlib.closing(cast("Generator[Any, None, None]", call)) as events:
            for event in events:
                if progress.note(event):
                    yield event
                if why := progress.exhausted:
                    yield from progress.give_up(why)
                    return


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
    """How far one file has been read, and what it has cost."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._started = self._last_event = time.monotonic()
        self._characters = 0
        self._deaths = 0
        self._lost = 0.0
        self.opened: Opened | None = None
        self.next_page = 1
        self.with_structure = True
        self.careful = False
        self.watch: MemoryWatch | None = None

    @property
    def finished(self) -> bool:
        """Whether every page has been told."""
        return self.opened is not None and self.next_page > self.opened.page_count

    @property
    def exhausted(self) -> str:
        """Why the rest of the file is not read; "" while it may be."""
        if self._characters > MOST_CHARACTERS_OF_FILE:
            return "because there is more text before it than is kept of one file"
        pages = self.opened.page_count if self.opened is not None else 0
        seconds = min(self._limits.seconds_per_file, self._limits.seconds_to_begin + pages)
        if time.monotonic() - self._started - self._lost > seconds:
            return "because reading this file took too long"
        return ""

    @property
    def patience(self) -> float:
        """Seconds that a child may be silent."""
        return max(1.0, min(self._limits.seconds_per_page, self._limits.seconds_lost - self._lost))

    def begin(self) -> None:
        """A child starts its work now."""
        self._last_event = time.monotonic()

    def note(self, event: Opened | PageRead) -> bool:
        """Take in an event; return whether it is new to the caller."""
        self._last_event = time.monotonic()
        if isinstance(event, PageRead):
            self.next_page = event.page.number + 1
            self._characters += len(event.page.text)
            return True
        first_time = self.opened is None
        self.opened = self.opened or event
        return first_time

    def after_failure(
        self, path: Path, error: DocqaError, *, first_file: bool
    ) -> Iterator[PageRead]:
        """A child died: blame what it was doing, and let the next one go on behind that.

        Raises DocqaError if the file cannot even be opened.
        """
        how = self._how(error)
        self._lost += time.monotonic() - self._last_event
        self._deaths += 1
        if self.opened is None:
            if not self.with_structure:
                raise DocqaError(
                    f'"{path.name}" cannot be read: it stops every attempt to open it; '
                    "get another copy of it."
                ) from error
            # What earlier files left in the child may be to blame, if it was not the time.
            self.with_structure = not first_file and isinstance(error, ChildDied)
            self.careful = True
            return
        if self.careful:  # Else it may have been a page behind the next one.
            yield self._skip(f"{how} and was left out", harmful=True)
        self.careful = True
        if self._deaths > self._limits.restarts or self._lost >= self._limits.seconds_lost:
            yield from self.give_up("because too many pages before it failed")

    def give_up(self, why: str) -> Iterator[PageRead]:
        """All pages that are left."""
        while not self.finished:
            yield self._skip(f"was not read, {why}")

    def _how(self, error: DocqaError) -> str:
        if isinstance(error, ChildTimeout):
            return f"took longer than {self.patience:g} seconds"
        if self.watch is not None and self.watch.exceeded:
            return "needs too much memory"
        return "stopped the reader"

    def _skip(self, what: str, *, harmful: bool = False) -> PageRead:
        """The next page as one that could not be read."""
        number = self.next_page
        self.next_page += 1
        page = Page(0, number, "", problem=f"Page {number} {what}.")
        return PageRead(page, (), harmful=harmful)


def start_reader(flag: Flag, tokenizer_file: Path, memory: int) -> Service:
    """Start the service in the child, then limit the child's memory (bytes)."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # Readers run side by side.
    from docqa.ingest.service import ReadingService

    service: ReadingService = ReadingService(flag, tokenizer_file)
    _limit_memory(memory)
    return _Bounded(service)


class _Bounded:
    """The service, with what it tells cut to what may leave the child."""

    def __init__(self, service: ReadingService) -> None:
        self._service = service

    def handle(self, request: ReadFile) -> Iterator[Opened | PageRead]:
        """Yield the service's events, each within bounds."""
        for event in self._service.handle(request):
            yield bounded(event)


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        memory = min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory, hard))
