"""A throw-away workspace, and the corpus added to it file by file."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Self

import psutil

from docqa.llm.catalogue import default_embedder
from docqa.model import Added
from docqa.paths import Paths
from docqa.process import Cancel
from docqa.settings import Settings
from docqa.workspace import Workspace
from reading.data import Data, Entry

ROOT = Path(__file__).resolve().parents[3]
_PATIENCE = 60.0
"""Seconds without a sign of life after which a file hangs."""
_RECOGNISE_UNTIL = 30.0
"""Seconds: as the command line adds files, which leaves further scanned pages for later."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. ``trouble``: it hung, or an error came through; ``left``: children.

    ``without``: what was said when the password it needs was not given.
    """

    entry: Entry
    added: Added | None
    seconds: float
    trouble: str = ""
    left: int = 0
    without: Added | None = None


class Rig:
    """What the measures share: the data, a folder to write to, one workspace with the corpus."""

    def __init__(self, data: Data, folder: Path, files: int | None) -> None:
        """``files``: use only so many filings, and corpus files, for a quick look."""
        self.data = data
        self.folder = folder
        self.files = files

    @property
    def model(self) -> Path:
        """The folder of the embedder."""
        found = default_embedder((ROOT / "models",))
        assert found is not None
        return found

    @property
    def log(self) -> Path:
        """What children print."""
        return self.folder / "logs" / "readers.log"

    @contextmanager
    def workspace(self, name: str) -> Iterator[Workspace]:
        """Open the throw-away workspace of that name."""
        base = self.folder / name
        paths = dataclasses.replace(
            Paths.default(),
            models=(ROOT / "models",),
            workspace=base,
            settings=base / "settings.toml",
            logs=self.folder / "logs",
        )
        with Workspace.open(base, paths, settings=Settings()) as workspace:
            yield workspace

    @cached_property
    def entries(self) -> list[Entry]:
        """The files of the corpus."""
        return self.data.corpus()[:: self._every]

    @property
    def _every(self) -> int:
        return 1 if self.files is None else max(1, len(self.data.corpus()) // self.files)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """Add the corpus, one file at a time."""
        with self.workspace("corpus") as workspace:
            return [_outcome(workspace, entry) for entry in self.entries]


def readers_of(known: set[int]) -> list[psutil.Process]:
    """Children of this process that are not ``known`` (process ids) and not Python's own helper."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.pid not in known and "resource_tracker" not in _command(child)
    ]


def _command(child: psutil.Process) -> str:
    try:
        return " ".join(child.cmdline())
    except psutil.Error:
        return "resource_tracker"  # It is gone.


def _outcome(workspace: Workspace, entry: Entry) -> Outcome:
    without = None
    if entry.password:
        without, _, _ = _add(workspace, entry, None)
    added, trouble, seconds = _add(workspace, entry, entry.password or None)
    left = _left(workspace)
    return Outcome(entry, added, seconds, trouble, left, without)


def _left(workspace: Workspace) -> int:
    """Children that are still there after a second."""
    _, alive = psutil.wait_procs(readers_of(set(workspace.children.values())), timeout=1.0)
    return len(alive)


def _add(
    workspace: Workspace, entry: Entry, password: str | None
) -> tuple[Added | None, str, float]:
    """Add one file; what came of it, what went wrong, and the seconds."""
    started = time.perf_counter()
    cancel = Cancel()
    added, trouble = None, ""
    with _Alarm(cancel.set) as alarm:
        try:
            for event in workspace.add(
                [entry.path], password=password, recognise_until=_RECOGNISE_UNTIL, cancel=cancel
            ):
                alarm.put_off()
                added = event if isinstance(event, Added) else added
        except BaseException as error:
            trouble = "hangs" if cancel.is_set else f"{type(error).__name__} came through"
    if not trouble and added is None:
        trouble = "nothing was said"
    return added, trouble, time.perf_counter() - started


class _Alarm:
    """Calls somebody when nothing was heard for too long."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._heard = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._wait)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self.put_off()
        self._thread.join()

    def put_off(self) -> None:
        """Begin to wait anew."""
        self._heard.set()

    def _wait(self) -> None:
        while self._heard.wait(_PATIENCE) and not self._over:
            self._heard.clear()
        if not self._over:
            self._call()
