"""Watching folders from the command line."""

import shutil
import signal
import time
from pathlib import Path

from e2e_program import SAMPLE


def test_a_watched_folder_is_taken_in_until_told_to_stop(docqa, called, make_pdf, tmp_path):
    workspace, folder = tmp_path / "w", tmp_path / "papers"
    folder.mkdir()
    sample = Path(shutil.copy(SAMPLE, folder / "sample.pdf"))
    started = docqa.start(workspace, "watch", folder)
    started.wait_for("Watching")
    cats = make_pdf(["Cats sleep on the roof of the school."], "papers/cats.pdf")
    wait_until(lambda: len(ready(called, workspace)) == 2)
    assert docqa.json(workspace, "folders").data["folders"] == [
        {"path": str(folder), "documents": 2, "missing": 0}
    ]
    moved = cats.rename(folder / "felines.pdf")
    sample.unlink()
    wait_until(lambda: str(moved) in ready(called, workspace))
    started.send(signal.SIGINT)
    run = started.end()
    assert run.code == 0
    assert run.data["cancelled"] is True
    assert run.data["folders"] == [{"path": str(folder), "documents": 2, "missing": 1}]
    assert "Traceback" not in run.err
    assert docqa.survivors() == []
    # What moved is told once, as it is at the end.
    by_id = {entry["id"]: entry["path"] for entry in run.data["documents"]}
    assert len(by_id) == len(run.data["documents"]) == 2
    assert set(by_id.values()) == {str(moved), str(sample)}
    assert missing(called, workspace) == {"sample.pdf": True, "felines.pdf": False}

    moved.unlink()
    assert missing(called, workspace) == {"sample.pdf": True, "felines.pdf": True}
    forgotten = docqa.json(workspace, "folders", "--forget", folder)
    assert (forgotten.code, forgotten.data) == (0, {"folders": []})
    again = called(workspace, "folders", "--forget", folder)
    assert again.code == 1
    assert "is not watched" in again.data["error"]


def listed(called, workspace):
    return called(workspace, "list").data.get("documents", [])


def ready(called, workspace):
    return [entry["path"] for entry in listed(called, workspace) if entry["status"] == "ready"]


def missing(called, workspace):
    return {Path(entry["path"]).name: entry["missing"] for entry in listed(called, workspace)}


def wait_until(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_nothing_to_watch(called, tmp_path):
    run = called(tmp_path / "w", "watch")
    assert run.code == 1
    assert "No folder is watched yet" in run.data["error"]
