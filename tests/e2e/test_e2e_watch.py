"""Watching folders from the command line."""

import shutil
import signal
import time
from pathlib import Path

from e2e_program import SAMPLE


def test_a_watched_folder_is_taken_in_until_told_to_stop(docqa, make_pdf, tmp_path):
    workspace, folder = tmp_path / "w", tmp_path / "papers"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "sample.pdf")
    started = docqa.start(workspace, "watch", folder)
    started.wait_for("Watching")
    make_pdf(["Cats sleep on the roof of the school."], "papers/cats.pdf")
    deadline = time.monotonic() + 60
    while docqa.json(workspace, "folders").data["folders"][0]["documents"] < 2:
        assert time.monotonic() < deadline
    started.send(signal.SIGINT)
    run = started.end()
    assert run.code == 0
    assert run.data["cancelled"] is True
    assert run.data["folders"] == [{"path": str(folder), "documents": 2, "missing": 0}]
    assert "Traceback" not in run.err
    assert docqa.survivors() == []

    (folder / "sample.pdf").unlink()
    listed = docqa.json(workspace, "list").data["documents"]
    missing = {Path(entry["path"]).name: entry["missing"] for entry in listed}
    assert missing == {"sample.pdf": True, "cats.pdf": False}
    forgotten = docqa.json(workspace, "folders", "--forget", folder)
    assert (forgotten.code, forgotten.data) == (0, {"folders": []})
    again = docqa.json(workspace, "folders", "--forget", folder)
    assert again.code == 1
    assert "is not watched" in again.data["error"]


def test_a_file_that_moves_or_goes_while_watched_is_told_once(docqa, make_pdf, tmp_path):
    workspace, folder = tmp_path / "w", tmp_path / "papers"
    folder.mkdir()
    cats = make_pdf(["Cats sleep on the roof of the school."], "papers/cats.pdf")
    dogs = make_pdf(["Dogs bark at the gate of the school."], "papers/dogs.pdf")
    started = docqa.start(workspace, "watch", folder)
    wait_until(lambda: len(ready(docqa, workspace)) == 2)
    moved = cats.rename(folder / "felines.pdf")
    dogs.unlink()
    wait_until(lambda: str(moved) in ready(docqa, workspace))
    started.send(signal.SIGINT)
    run = started.end()
    by_id = {entry["id"]: entry["path"] for entry in run.data["documents"]}
    assert len(by_id) == len(run.data["documents"]) == 2
    assert set(by_id.values()) == {str(moved), str(dogs)}
    assert run.data["folders"] == [{"path": str(folder), "documents": 2, "missing": 1}]


def ready(docqa, workspace):
    listed = docqa.json(workspace, "list").data.get("documents", [])
    return [entry["path"] for entry in listed if entry["status"] == "ready"]


def wait_until(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline


def test_nothing_to_watch(docqa, tmp_path):
    run = docqa.json(tmp_path / "w", "watch")
    assert run.code == 1
    assert "No folder is watched yet" in run.data["error"]
