"""What every test shares: the program's own models, and nothing left behind."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from fpdf import FPDF

from docqa.index.embedder import ChildEmbedder
from docqa.ingest.reader import Reader
from docqa.llm.catalogue import default_embedder, default_model
from docqa.llm.client import LlamaModel
from docqa.model import PrepareProgress
from docqa.paths import Paths
from docqa.process import Cancel
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_PDF = ROOT / "resources" / "sample.pdf"

OpenWorkspace = Callable[..., Workspace]


def make_paths(base: Path) -> Paths:
    """Folders of a throw-away installation under ``base``, with the repository's models."""
    return Paths(
        resources=ROOT / "resources",
        models=(ROOT / "models",),
        workspace=base / "workspace",
        settings=base / "settings.toml",
        logs=base / "logs",
        cache=base.parent / "cache",  # All tests share what was found out about the model.
    )


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return make_paths(tmp_path)


@pytest.fixture(scope="session")
def sample_pdf() -> Path:
    return SAMPLE_PDF


@pytest.fixture(scope="session")
def starter_embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChildEmbedder]:
    """The starter embedder, loaded once for all tests that share it."""
    folder = default_embedder((ROOT / "models",))
    assert folder is not None
    embedder = ChildEmbedder(folder, tmp_path_factory.mktemp("embedder") / "embedder.log")
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def starter_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaModel]:
    """The starter language model, loaded once for all tests that share it."""
    path = default_model((ROOT / "models",))
    assert path is not None
    model = LlamaModel(path, log=tmp_path_factory.mktemp("llama") / "llama.log")
    yield model
    model.close()


class Lent:
    """An embedder for a workspace that may close it, though others still need it."""

    def __init__(self, embedder: ChildEmbedder) -> None:
        self._embedder = embedder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def close(self) -> None:
        pass


@pytest.fixture
def lent_embedder(starter_embedder: ChildEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workspaces that the test opens do not load an embedder of their own: that takes seconds."""
    monkeypatch.setattr("docqa.wiring.ChildEmbedder", lambda *_, **__: Lent(starter_embedder))


@pytest.fixture
def lent_embedders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each model that the test uses is loaded once, however often workspaces are opened."""
    loaded: dict[Path, ChildEmbedder] = {}

    def of(folder: Path, *arguments: Any, **options: Any) -> Lent:
        if folder not in loaded:
            loaded[folder] = ChildEmbedder(folder, *arguments, **options)
        return Lent(loaded[folder])

    monkeypatch.setattr("docqa.wiring.ChildEmbedder", of)
    yield
    for embedder in loaded.values():
        embedder.close()


@pytest.fixture(scope="session")
def kept_reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader whose processes wait for the next test: a start costs as much as ten pages."""
    tokenizer = ROOT / "models" / "all-MiniLM-L6-v2" / "tokenizer.json"
    reader = Reader(tokenizer, tmp_path_factory.mktemp("readers") / "readers.log")
    with reader.kept():
        yield reader


@pytest.fixture(scope="session")
def opener(
    starter_embedder: ChildEmbedder, starter_model: LlamaModel, kept_reader: Reader
) -> Callable[..., tuple[Workspace, Callable[[], None]]]:
    """Opens workspaces that share the loaded models: each with what lets go of it again."""

    def open_directory(
        directory: Path, *, read_only: bool = False
    ) -> tuple[Workspace, Callable[[], None]]:
        lock = None if read_only else WorkspaceLock(directory)
        if lock is not None:
            lock.acquire()
        store = Store.open(directory / DATABASE_NAME, read_only=read_only)

        def let_go() -> None:
            store.close()
            if lock is not None:
                lock.release()

        workspace = Workspace(directory, store, lock, starter_embedder, starter_model, kept_reader)
        return workspace, let_go

    return open_directory


@pytest.fixture
def open_workspace(
    opener: Callable[..., tuple[Workspace, Callable[[], None]]],
) -> Iterator[OpenWorkspace]:
    """Opens workspaces with loaded models; they are let go of at the end of the test."""
    opened: list[Callable[[], None]] = []

    def open_directory(directory: Path, *, read_only: bool = False) -> Workspace:
        workspace, let_go = opener(directory, read_only=read_only)
        opened.append(let_go)
        return workspace

    yield open_directory
    for let_go in opened:
        let_go()


@pytest.fixture(scope="session")
def sample_home(
    opener: Callable[..., tuple[Workspace, Callable[[], None]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A closed workspace with the sample document in it. Not to be changed."""
    directory = tmp_path_factory.mktemp("sample") / "workspace"
    workspace, let_go = opener(directory)
    for _ in workspace.add([SAMPLE_PDF]):
        pass
    let_go()
    return directory


@pytest.fixture(scope="session")
def prepared_sample_home(
    sample_home: Path,
    opener: Callable[..., tuple[Workspace, Callable[[], None]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The same, prepared until there are a question and a fact. Not to be changed."""
    directory = tmp_path_factory.mktemp("prepared") / "workspace"
    shutil.copytree(sample_home, directory)
    workspace, let_go = opener(directory)
    enough = Cancel()
    for event in workspace.prepare(cancel=enough):
        if isinstance(event, PrepareProgress) and {"question", "fact"} <= {
            note.kind for note in workspace.notes()
        }:
            enough.set()
    let_go()
    return directory


@pytest.fixture
def sample_copy(sample_home: Path, tmp_path: Path) -> Path:
    """A workspace with the sample document that a test may change."""
    return Path(shutil.copytree(sample_home, tmp_path / "workspace"))


@pytest.fixture
def prepared_sample_copy(prepared_sample_home: Path, tmp_path: Path) -> Path:
    """A prepared workspace that a test may change."""
    return Path(shutil.copytree(prepared_sample_home, tmp_path / "workspace"))


@pytest.fixture
def make_pdf(tmp_path: Path) -> Callable[..., Path]:
    """Writes a PDF with one text a page ("" is a blank page) and returns its path."""

    def make(texts: Sequence[str], name: str = "made.pdf", password: str = "") -> Path:
        pdf = FPDF()
        pdf.set_font("Helvetica", size=12)
        if password:
            pdf.set_encryption(owner_password="owner", user_password=password)
        for text in texts:
            pdf.add_page()
            if text:
                pdf.multi_cell(0, 6, text)
        path = tmp_path / name
        path.write_bytes(bytes(pdf.output()))
        return path

    return make


@pytest.fixture(autouse=True)
def no_unexpected_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning in the log fails the test that did not expect it (and clear ``caplog``)."""
    yield
    loud = [
        record
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING and record.name.startswith("docqa")
    ]
    assert not loud, [record.getMessage() for record in loud]


@pytest.fixture(autouse=True)
def no_thread_is_left_running() -> Iterator[None]:
    """Threads that a test starts end with it; daemons and pools that wait are no work."""
    before = set(threading.enumerate())
    yield
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.daemon and thread.is_alive()
    ]
    for thread in left:
        thread.join(timeout=5)
    assert not [thread.name for thread in left if thread.is_alive()]


@pytest.fixture(scope="session", autouse=True)
def no_child_is_left() -> Iterator[None]:
    """At the end no process that the tests started is alive."""
    yield
    children = psutil.Process().children(recursive=True)
    _, alive = psutil.wait_procs(
        [one for one in children if "resource_tracker" not in " ".join(one.cmdline())], timeout=5
    )
    assert not alive
