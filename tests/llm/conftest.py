"""Models for the tests of docqa.llm: the starter, and tiny random ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docqa.llm.catalogue import find_models
from docqa.llm.client import LlamaModel
from docqa.paths import Paths

sys.path.append(str(Path(__file__).parents[1]))


@pytest.fixture(scope="session")
def starter_path() -> Path:
    for path in find_models(Paths.default().models):
        if path.name.startswith("SmolLM2-135M-Instruct"):
            return path
    pytest.fail("The starter model is missing; run: python3 packaging/bootstrap.py test")


@pytest.fixture(scope="session")
def llm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("llm")


@pytest.fixture(scope="session")
def starter(starter_path: Path, llm_folder: Path) -> Iterator[LlamaModel]:
    model = LlamaModel(starter_path, log=llm_folder / "starter.log")
    yield model
    model.close()


@pytest.fixture(scope="session")
def tiny_path(llm_folder: Path) -> Path:
    from tiny_gguf import write_tiny_gguf

    return write_tiny_gguf(llm_folder / "tiny ö.gguf", chat="mistral")


@pytest.fixture(scope="session")
def tiny(tiny_path: Path, llm_folder: Path) -> Iterator[LlamaModel]:
    model = LlamaModel(tiny_path, log=llm_folder / "tiny.log")
    yield model
    model.close()
