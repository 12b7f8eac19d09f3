"""A real embedder for all tests of the index, and an empty workspace for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from index_library import Library

from docqa.index.embedder import ChildEmbedder
from docqa.store.store import Store


@pytest.fixture(scope="session")
def embedder(starter_embedder: ChildEmbedder) -> ChildEmbedder:
    """The starter model, loaded once for all tests."""
    return starter_embedder


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty workspace."""
    with Store.open(tmp_path / "workspace" / "workspace.db") as store:
        yield Library(tmp_path / "workspace", store)


@pytest.fixture
def no_embedder(tmp_path: Path) -> ChildEmbedder:
    """An embedder whose model is not there."""
    return ChildEmbedder(tmp_path / "no model", tmp_path / "logs" / "embedder.log")
