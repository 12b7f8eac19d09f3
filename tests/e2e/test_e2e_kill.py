"""Killed or stopped at any moment, nothing is lost and no helper process survives."""

import os
import signal
import sqlite3
import time

import pytest
from e2e_program import QUESTION, SAMPLE
from pypdf import PdfReader, PdfWriter

FILES = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Some PDFs that differ: the sample with its pages turned around, copied and cut."""
    pages = PdfReader(SAMPLE).pages
    folder = tmp_path_factory.mktemp("pdfs")
    for number in range(FILES):
        writer = PdfWriter()
        for page in [*pages[number:], *pages[:number]] * 2:
            writer.add_page(page)
        writer.write(folder / f"part-{number}.pdf")
    return folder


def assert_clean(workspace):
    connection = sqlite3.connect(workspace / "workspace.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


def test_add_goes_on_after_a_kill_and_another_one(docqa, folder, tmp_path):
    workspace = tmp_path / "w"
    for moment in ("Reading part-0.pdf", "Indexing part-2.pdf"):
        started = docqa.start(workspace, "add", folder)
        started.wait_for(moment)
        started.kill()
        assert docqa.survivors() == []
        assert_clean(workspace)
    run = docqa.json(workspace, "add", folder)
    assert run.code == 0
    assert len(run.data["documents"]) == FILES
    listed = docqa.json(workspace, "list").data["documents"]
    assert sorted(entry["path"] for entry in listed) == sorted(map(str, folder.iterdir()))
    assert {entry["status"] for entry in listed} == {"ready"}
    assert {entry["pages"] for entry in listed} == {16}
    assert_clean(workspace)


def test_prepare_goes_on_after_a_kill(docqa, added_copy):
    started = docqa.start(added_copy, "prepare", "--minutes", "5")
    started.wait_for("steps")
    started.kill()
    assert docqa.survivors() == []
    before = docqa.json(added_copy, "notes").data["notes"]
    run = docqa.json(added_copy, "prepare", "--minutes", "0.1")
    assert run.code == 0
    after = docqa.json(added_copy, "notes").data["notes"]
    assert [note["id"] for note in before] == [note["id"] for note in after][: len(before)]
    assert len(docqa.json(added_copy, "list").data["documents"]) == 1
    assert_clean(added_copy)


def test_prepare_stops_cleanly_when_told_to(docqa, added_copy):
    started = docqa.start(added_copy, "prepare", "--minutes", "5")
    started.wait_for("Preparing")
    started.send(signal.SIGINT)
    run = started.end()
    assert run.code == 0
    assert run.data["stopped"] == "cancelled"
    assert "Traceback" not in run.err
    assert docqa.survivors() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_add_stops_cleanly_when_told_to(docqa, folder, tmp_path, number):
    started = docqa.start(tmp_path / "w", "add", folder)
    started.wait_for("part-1.pdf")
    started.send(number)
    run = started.end()
    assert run.code == 0
    assert run.data["cancelled"] is True
    assert len(run.data["documents"]) < FILES
    assert docqa.survivors() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other terminals")
@pytest.mark.parametrize("words", [["ask", QUESTION], ["search", "families"]])
@pytest.mark.parametrize("after", [0.0, 0.05, 0.1, 0.3])
def test_ctrl_c_in_a_terminal_while_children_start(docqa, added_copy, words, after):
    """The signal reaches them too, in the middle of Python's own start."""
    started = docqa.start(added_copy, *words)
    started.wait_for("ing ")  # "Looking it up" or "Loading the search model"
    time.sleep(after)
    started.press_ctrl_c()
    run = started.end()
    assert run.code == 0
    assert run.data == {"cancelled": True}
    assert run.err.splitlines()[1:] == ["Cancelled."]
    assert docqa.survivors() == []


def test_ask_stops_cleanly_when_told_to(docqa, added_copy):
    started = docqa.start(added_copy, "ask", QUESTION)
    started.wait_for("Looking it up")
    started.send(signal.SIGINT)
    run = started.end()
    assert run.code == 0
    assert run.data.get("cancelled") is True or "answer" in run.data
    assert docqa.survivors() == []
