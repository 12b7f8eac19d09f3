"""Files of vectors: whose they are, and which go."""

from __future__ import annotations

from pathlib import Path

from docqa.index.vector_folder import delete_but, delete_of, file_key


def folder_with_two(tmp_path: Path) -> tuple[set[str], set[str]]:
    names = []
    for embedder in ("small-model:1a", "large-model:2b"):
        key = file_key(embedder)
        names.append({f"passages-{key}-01.vectors", f"notes-{key}-02.vectors"})
    for name in names[0] | names[1]:
        (tmp_path / name).touch()
    (tmp_path / "workspace.db").touch()
    return names[0], names[1]


def test_files_of_one_embedder_go(tmp_path: Path) -> None:
    _, large = folder_with_two(tmp_path)
    delete_of(tmp_path, "small-model:1a")
    assert {file.name for file in tmp_path.iterdir()} == large | {"workspace.db"}


def test_files_of_all_but_some_embedders_go(tmp_path: Path) -> None:
    small, _ = folder_with_two(tmp_path)
    delete_but(tmp_path, ["small-model:1a", "another"])
    assert {file.name for file in tmp_path.iterdir()} == small | {"workspace.db"}
