"""Models for the tests of docqa.llm: the starter, and tiny random ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docqa.llm.catalogue import find_models
from docqa.llm.client import LlamaModel
from docqa.paths import Paths
from docqa.settings import ServerSettings

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


@pytest.fixture(scope="session")
def starter_server(starter_path: Path, llm_folder: Path) -> Iterator[ServerSettings]:
    """A real server with the starter, which tells likelihoods and wants a key.

    With a token for the beginning of texts: without one, its likelihoods are one token off.
    """
    from model_server import model_server

    options = ("--n_ctx", "2048", "--logits_all", "true", "--model_alias", "starter")
    override = ("--kv_overrides", "tokenizer.ggml.add_bos_token=bool:true")
    log = llm_folder / "starter-server.log"
    with model_server(starter_path, log, *options, *override, key="secret") as url:
        yield ServerSettings(url, api_key="secret", context=2048)


@pytest.fixture(scope="session")
def tiny_server(tiny_path: Path, llm_folder: Path) -> Iterator[ServerSettings]:
    """A real server with a model of random weights, which tells no likelihoods."""
    from model_server import model_server

    log = llm_folder / "tiny-server.log"
    with model_server(tiny_path, log, "--n_ctx", "512", "--model_alias", "tiny") as url:
        yield ServerSettings(url, context=512)
