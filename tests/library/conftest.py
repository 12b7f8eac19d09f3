"""A library over a real store, with the starter embedder and real readers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.ingest.reader import Reader
from docqa.library import Library
from docqa.model import Added, Document
from docqa.process import Cancel
from docqa.store.store import Store

Told = Callable[..., list[Added]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "workspace" / "workspace.db") as store:
        yield store


@pytest.fixture
def search(store: Store, starter_embedder: ChildEmbedder, tmp_path: Path) -> Search:
    return Search(store, starter_embedder, tmp_path / "workspace")


@pytest.fixture
def reader(kept_reader: Reader) -> Reader:
    return kept_reader


@pytest.fixture
def library(store: Store, search: Search, reader: Reader) -> Library:
    return Library(store, search, reader)


@pytest.fixture
def add() -> Told:
    """Adds paths to a library and returns what became of them."""

    def told(library: Library, *paths: Path, password: str | None = None) -> list[Added]:
        events = library.add(paths, password, Cancel())
        return [event for event in events if isinstance(event, Added)]

    return told


@pytest.fixture
def rescan() -> Callable[[Library], list[Added]]:
    """Takes in what changed in watched folders and returns what is told of it."""

    def told(library: Library) -> list[Added]:
        events = library.rescan(None, Cancel())
        return [event for event in events if isinstance(event, Added)]

    return told


@pytest.fixture
def only(store: Store) -> Callable[[], Document]:
    """The one document that is stored."""

    def one() -> Document:
        (document,) = store.documents.all()
        return document

    return one


@pytest.fixture
def age() -> Callable[[Path], Path]:
    """Lets a file look as if it had been written an hour ago."""

    def older(path: Path) -> Path:
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 3_600_000_000_000))
        return path

    return older
