"""Opens the parts of a workspace: lock, store, models, readers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docqa.errors import DocqaError
from docqa.index.choice import Choice
from docqa.index.embedder import ChildEmbedder
from docqa.index.embedders import Embedders
from docqa.index.embedding_models import EmbeddingModels
from docqa.ingest.ocr.client import Ocr
from docqa.ingest.reader import Reader
from docqa.llm.catalogue import default_model
from docqa.llm.client import LlamaModel
from docqa.llm.engine.states import sweep
from docqa.llm.remote import RemoteModel
from docqa.paths import Paths
from docqa.settings import Settings
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store

DATABASE_NAME = "workspace.db"
STATES_NAME = "states"
_SET_UP = 'run "python3 packaging/bootstrap.py run" once, or put one there yourself.'


@dataclass(frozen=True, slots=True)
class Parts:
    """What a workspace is made of; ``lock`` is None for one that is only read."""

    store: Store
    lock: WorkspaceLock | None
    embedder: ChildEmbedder
    embedders: Embedders
    choice: Choice
    model: LlamaModel | RemoteModel
    reader: Reader
    ocr: Ocr


def open_parts(directory: Path, paths: Paths, settings: Settings, *, read_only: bool) -> Parts:
    """Open (or make) what stands in ``directory``; models are loaded at first use.

    Raises WorkspaceBusy if another docqa writes to it, and DocqaError if it cannot be used.
    """
    states = None if read_only else directory / STATES_NAME
    model = _language_model(settings, paths, states)
    models = EmbeddingModels.of(paths.resources, paths.models)
    if models.default() is None:
        raise DocqaError(models.how_to_begin())
    lock = store = None
    if not read_only:
        lock = WorkspaceLock(directory)
        lock.acquire()
    try:
        store = Store.open(directory / DATABASE_NAME, read_only=read_only)
        if states is not None:
            sweep(states, (document.id for document in store.documents.all()))
        choice = Choice(store, models, settings.search.embedder)
        if not read_only:
            choice.settle()
        folder = choice.used()
        embedders = Embedders(models, paths.logs / "embedder.log", ChildEmbedder)
        tokenizer = _tokenizer(folder, models)
        return Parts(
            store=store,
            lock=lock,
            embedder=embedders.of(folder),
            embedders=embedders,
            choice=choice,
            model=model,
            reader=Reader(tokenizer, paths.logs / "readers.log"),
            ocr=Ocr(tokenizer, paths.logs / "ocr.log"),
        )
    except BaseException:
        if store is not None:
            store.close()
        if lock is not None:
            lock.release()
        raise


def _tokenizer(folder: Path, models: EmbeddingModels) -> Path:
    """What measures passages: the tokenizer of the model in use or, if that is gone, another."""
    file = folder / "tokenizer.json"
    default = models.default()
    return file if file.is_file() or default is None else default / "tokenizer.json"


def _language_model(
    settings: Settings, paths: Paths, states: Path | None
) -> LlamaModel | RemoteModel:
    """The model of the person's server, or else the one on this computer."""
    if settings.server is not None:
        return RemoteModel(settings.server)
    path = settings.engine.model or default_model(paths.models)
    if path is None:
        raise DocqaError(f"There is no language model in {paths.models[0]}: {_SET_UP}")
    return LlamaModel(
        path,
        log=paths.logs / "llama.log",
        cache=paths.cache,
        states_folder=states,
        settings=settings.engine,
    )
