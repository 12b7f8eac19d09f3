"""Checks that everything docqa needs works on this computer: one line a check, no network."""

from __future__ import annotations

import importlib
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docqa import crash
from docqa.context import Context, Outcome
from docqa.errors import Cancelled, ChildDied, DocqaError
from docqa.host.network import is_refusing
from docqa.index.embedder import ChildEmbedder
from docqa.ingest.events import PageRead
from docqa.ingest.reader import Reader
from docqa.llm.base import Finished, Prompt
from docqa.llm.catalogue import default_embedder, default_model
from docqa.llm.client import LlamaModel
from docqa.model import Added
from docqa.paths import Paths
from docqa.process import Cancel, Child, Flag, Urgency
from docqa.settings import EngineSettings
from docqa.workspace import Workspace

_LIBRARIES = ("numpy", "faiss", "pypdf", "pypdfium2", "tokenizers", "platformdirs", "filelock")
_PROMPT = Prompt("You answer briefly.", ("What is the capital of France?",))


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; ``problem`` is None when it passed."""

    name: str
    seconds: float
    problem: str | None = None


def self_test(context: Context) -> Outcome:
    """Run every check, tell each at once, and fail if one failed."""
    checks: list[Check] = []
    with (
        tempfile.TemporaryDirectory(prefix="docqa-test-", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        here = Path(folder)
        paths = replace(context.paths, settings=here / "settings.toml", logs=here / "logs")
        bench = _Bench(paths, here, stack)
        for name, check in bench.checks():
            context.cancel.raise_if_set()
            context.console.progress(f"Checking: {name}")
            checks.append(_run(name, check, context.paths.logs))
            context.console.line(_told(checks[-1]))
    failed = [check for check in checks if check.problem]
    data = {
        "ok": not failed,
        "checks": [
            {
                "name": check.name,
                "ok": check.problem is None,
                "seconds": round(check.seconds, 3),
                "problem": check.problem,
            }
            for check in checks
        ],
    }
    return Outcome(data, (), 1 if failed else 0)


def _run(name: str, check: Callable[[], None], logs: Path) -> Check:
    started = time.perf_counter()
    problem = None
    try:
        check()
    except (DocqaError, ImportError) as error:
        problem = str(error)
    except Exception as error:
        problem = crash.sentence(error, logs)
    return Check(name, time.perf_counter() - started, problem)


def _told(check: Check) -> str:
    if check.problem is None:
        return f"ok      {check.name} ({check.seconds:.1f} s)"
    return f"FAILED  {check.name}: {check.problem}"


class _Bench:
    """The parts under test; children that one check starts are used again by the next."""

    def __init__(self, paths: Paths, folder: Path, stack: ExitStack) -> None:
        self._paths = paths
        self._folder = folder
        self._stack = stack
        self._embedder: ChildEmbedder | None = None
        self._model: LlamaModel | None = None

    def checks(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Every check with its name, cheap ones first."""
        yield "libraries can be imported", _check_imports
        yield "SQLite has full-text search", _check_sqlite
        yield "the network is refused here", _check_refusal
        yield "the network is refused in helper processes", self._check_child_refusal
        yield "the sample PDF is read in a helper process", self._check_reader
        yield "the search model turns text into vectors", self._check_embedder
        yield "vectors are searched", self._check_vectors
        yield "the language model answers", self._check_model
        yield "an answer can be stopped", self._check_cancel
        yield "a killed helper process starts again", self._check_restart
        yield "a workspace is written and opened again", self._check_workspace
        yield "the window can be made", self._check_window

    def _check_child_refusal(self) -> None:
        child = Child("network probe", _ProbeService, (), self._log("probe"))
        self._stack.callback(child.close)
        _expect(list(child.call("try", Urgency.ASKING)) == [True], "A connection was not refused.")

    def _check_reader(self) -> None:
        folder = _search_model_folder(self._paths)
        reader = Reader(folder / "tokenizer.json", self._log("reader"))
        events = reader.read(self._paths.resources / "sample.pdf")
        pages = [event for event in events if isinstance(event, PageRead)]
        _expect(len(pages) >= 5, "The sample has fewer pages than it should.")
        for read in pages:
            for passage in read.passages:
                _expect(
                    passage.text == read.page.text[passage.start : passage.end],
                    "A passage is not where it says.",
                )

    def _check_embedder(self) -> None:
        self._embedder = ChildEmbedder(_search_model_folder(self._paths), self._log("embedder"))
        self._stack.callback(self._embedder.close)
        texts = ("The cat sleeps.", "A cat is sleeping.", "Interest rates rose in March.")
        cat, sleeping, rates = self._embedder.embed(texts, Urgency.ASKING)
        _expect(abs(float(cat @ cat) - 1) < 1e-3, "A vector does not have length 1.")
        _expect(float(cat @ sleeping) > float(cat @ rates) + 0.2, "Vectors make no sense.")

    def _check_vectors(self) -> None:
        import numpy

        from docqa.index.vectors import VectorIndex

        index = VectorIndex(8)
        index.add(numpy.arange(8, dtype=numpy.int64) + 100, numpy.eye(8, dtype=numpy.float32))
        index.remove([103])
        ids = [found for found, _ in index.search(numpy.eye(8, dtype=numpy.float32)[5], 8)]
        _expect(ids[:1] == [105], "The nearest vector was not found.")
        _expect(103 not in ids, "A removed vector was found.")

    def _check_model(self) -> None:
        path = default_model(self._paths.models)
        if path is None:
            raise DocqaError("There is no language model; put a GGUF file into the models folder.")
        self._model = LlamaModel(path, log=self._log("llama"), settings=EngineSettings(context=512))
        self._stack.callback(self._model.close)
        _expect(isinstance(_last_event(self._model), Finished), "The answer did not end.")

    def _check_cancel(self) -> None:
        cancel = Cancel()
        model = _needed(self._model)
        try:
            for _ in model.generate(
                _PROMPT, max_tokens=400, urgency=Urgency.ASKING, cancel=cancel, temperature=1.0
            ):
                cancel.set()
        except Cancelled:
            return
        raise DocqaError("The language model did not stop when told to.")

    def _check_restart(self) -> None:
        model = _needed(self._model)
        pid = model.pid
        _expect(pid is not None, "The language model's process is gone.")
        assert pid is not None
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        try:
            last = _last_event(model)
        except ChildDied:  # once, if it died only after it was asked
            last = _last_event(model)
        _expect(isinstance(last, Finished), "The answer did not end.")
        _expect(model.pid not in (None, pid), "No new process was started.")

    def _check_workspace(self) -> None:
        for child in (self._model, self._embedder):  # their memory is needed now
            if child is not None:
                child.close()
        directory = self._folder / "workspace"
        sample = self._paths.resources / "sample.pdf"
        with Workspace.open(directory, self._paths) as workspace:
            added = [event for event in workspace.add([sample]) if isinstance(event, Added)]
        _expect(added[0].status == "ready", added[0].problem or "The sample is not ready.")
        with Workspace.open(directory, self._paths, read_only=True) as workspace:
            (summary,) = workspace.documents()
            _expect(summary.document.pages == added[0].pages, "The workspace lost pages.")
            _expect(bool(workspace.page(summary.document.id, 1).text), "A page lost its text.")

    def _check_window(self) -> None:
        child = Child("window", _WindowService, (self._paths,), self._log("window"))
        self._stack.callback(child.close)
        _expect(list(child.call("show", Urgency.ASKING, patience=30)) == [True], "No window.")

    def _log(self, name: str) -> Path:
        return self._paths.logs / f"{name}.log"


class _ProbeService:
    """Says whether a helper process refuses connections."""

    def __init__(self, flag: Flag) -> None:
        self._flag = flag

    def handle(self, request: Any) -> Iterator[bool]:
        yield is_refusing()


class _WindowService:
    """Makes the window in a process of its own: a broken Qt ends that process, not the test."""

    def __init__(self, flag: Flag, paths: Paths) -> None:
        self._paths = paths

    def handle(self, request: Any) -> Iterator[bool]:
        from docqa.ui.probe import window_can_be_made

        yield window_can_be_made(self._paths)


def _check_imports() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)


def _check_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='porter unicode61')")
        connection.execute("INSERT INTO t VALUES ('running quickly')")
        found = connection.execute("SELECT count(*) FROM t WHERE t MATCH 'run'").fetchone()
    except sqlite3.OperationalError as error:
        raise DocqaError("This Python's SQLite has no FTS5; use another Python.") from error
    finally:
        connection.close()
    _expect(found == (1,), "Full-text search found nothing.")


def _check_refusal() -> None:
    _expect(is_refusing(), "A connection was not refused.")


def _search_model_folder(paths: Paths) -> Path:
    folder = default_embedder(paths.models)
    if folder is None:
        raise DocqaError("There is no search model in the models folder; install the models again.")
    return folder


def _last_event(model: LlamaModel) -> object:
    """Let the model write three tokens; the last event must say that it finished."""
    *_, last = model.generate(_PROMPT, max_tokens=3, urgency=Urgency.ASKING)
    return last


def _needed(model: LlamaModel | None) -> LlamaModel:
    if model is None:
        raise DocqaError("There is no language model to try this with.")
    return model


def _expect(fine: bool, problem: str) -> None:
    if not fine:
        raise DocqaError(problem)
