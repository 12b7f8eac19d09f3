"""The command "models", on a workspace with the sample and small models made on the spot."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_embedder import DIMENSION, write_bert

from docqa.arguments import parse
from docqa.console import Console
from docqa.context import Context
from docqa.errors import DocqaError, UsageError, WorkspaceBusy
from docqa.models_commands import models
from docqa.paths import Paths
from docqa.process import Cancel
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace


def run(paths: Paths, directory: Path, *words: str) -> dict[str, Any]:
    """What the command gives to a script."""
    options: argparse.Namespace = parse(["models", *words]).options
    console = Console(io.StringIO(), io.StringIO(), json=True)
    outcome = models(Context(options, console, paths, directory, Cancel()))
    list(outcome.lines)
    return dict(outcome.data)


def listed(paths: Paths, directory: Path) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in run(paths, directory, "list")["models"]}


def test_models_are_listed_also_without_a_workspace(paths: Paths, tmp_path: Path) -> None:
    found = listed(paths, tmp_path / "none")
    starter, other = found["all-MiniLM-L6-v2"], found["multilingual-e5-small"]
    assert (starter["installed"], starter["active"], starter["fits"]) == (True, True, True)
    assert starter["size"] == 90_000_000
    assert (other["installed"], other["active"], other["licence"]) == (False, False, "MIT")
    assert found["SmolLM2-135M-Instruct.Q4_1"]["use"] == "writing"
    assert not (tmp_path / "none").exists()


def test_the_settings_choose_for_workspaces_that_are_not_there_yet(
    paths: Paths, tmp_path: Path
) -> None:
    own = write_bert(tmp_path / "models" / "own")
    paths = replace(paths, models=(*paths.models, own.parent))
    paths.settings.write_text('[search]\nembedder = "own"\n', "utf-8")
    assert listed(paths, tmp_path / "none")["own"]["active"]


def test_a_model_is_chosen_and_everything_is_embedded_by_it(
    paths: Paths, sample_copy: Path, tmp_path: Path, lent_embedders: None
) -> None:
    own = write_bert(tmp_path / "far" / "own", prompts={"query": "ask: "})
    assert run(paths, sample_copy, "use", str(own)) == {"active": "own", "path": str(own)}
    found = listed(paths, sample_copy)
    assert (found["own"]["active"], found["all-MiniLM-L6-v2"]["active"]) == (True, False)
    with Store.open(sample_copy / DATABASE_NAME, read_only=True) as store:
        (identity,) = store.vectors.embedders()
        assert identity.startswith("own:")
        assert store.vectors.count("passage", identity) == store.passages.count() > 10
        _, matrix = store.vectors.load("passage", identity)
        assert matrix.shape[1] == DIMENSION
    with Workspace.open(sample_copy, paths, read_only=True) as workspace:
        assert workspace.embedder_folder == own
        assert workspace.search("How many families set up the cooperative?")[0].similarity > -1


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("use", "bge-small-en-v1.5"), "is not on this computer: download all of its files"),
        (("install", "bge-small-en-v1.5"), "is not on this computer: download all of its files"),
        (("use", "gpt"), "There is no embedding model"),
        (("use",), "Name a model"),
    ],
)
def test_what_is_not_there_is_told_with_what_to_do(
    paths: Paths, sample_copy: Path, words: tuple[str, ...], what: str
) -> None:
    with pytest.raises(DocqaError, match=what):
        run(paths, sample_copy, *words)


def test_beside_an_open_window_it_is_chosen_there(
    paths: Paths, sample_copy: Path, open_workspace: Callable[..., Workspace]
) -> None:
    open_workspace(sample_copy)
    with pytest.raises(WorkspaceBusy):
        run(paths, sample_copy, "use", "all-MiniLM-L6-v2")


def test_wrong_usage() -> None:
    with pytest.raises(UsageError):
        parse(["models", "burn"])
