"""Workspaces on the starter models, made once and copied where a test changes them."""

import functools
import shutil
from pathlib import Path

import pytest
from e2e_program import PREPARE_MINUTES, ROOT, SAMPLE, Docqa, Run

from docqa.cli import main

MODELS = ("SmolLM2-135M-Instruct.Q4_1.gguf", "all-MiniLM-L6-v2/model.safetensors")


@pytest.fixture(scope="session", autouse=True)
def _starter_models():
    for name in MODELS:
        if not (ROOT / "models" / name).exists():
            pytest.skip(f"the starter model {name} is not there")


@pytest.fixture(scope="session")
def docqa(tmp_path_factory):
    """The program, with a home that all tests of the session share."""
    return Docqa(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def added(docqa, tmp_path_factory):
    """A workspace with the sample document, and what ``add`` said. Not to be changed."""
    workspace = tmp_path_factory.mktemp("added") / "workspace"
    return workspace, docqa.json(workspace, "add", SAMPLE)


@pytest.fixture(scope="session")
def prepared(docqa, added, tmp_path_factory):
    """A workspace with a prepared question, and what ``prepare`` said. Not to be changed."""
    workspace = tmp_path_factory.mktemp("prepared") / "workspace"
    shutil.copytree(added[0], workspace)
    for minutes in PREPARE_MINUTES:
        run = docqa.json(workspace, "prepare", "--minutes", minutes)
        if run.code != 0 or "question" in run.data["notes"]["by_kind"]:
            break
    return workspace, run


@pytest.fixture(scope="session")
def page_text(docqa, added):
    """Gives the text of a page of the sample, which is the same in all workspaces made of it."""

    @functools.cache
    def read(document, page):
        return docqa.json(added[0], "page", document, page).data["text"]

    return read


@pytest.fixture
def called(tmp_path, monkeypatch, capsys):
    """Calls the program without a process of its own, which takes a second to start."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))

    def call(workspace, *words):
        code = main(["--json", "--workspace", str(workspace), *map(str, words)])
        return Run(code, *capsys.readouterr())

    return call


@pytest.fixture
def added_copy(added, tmp_path):
    """A workspace with the sample document that a test may change."""
    return Path(shutil.copytree(added[0], tmp_path / "workspace"))


@pytest.fixture
def prepared_copy(prepared, tmp_path):
    """A prepared workspace that a test may change."""
    return Path(shutil.copytree(prepared[0], tmp_path / "workspace"))
