"""Bad input gets one sentence, and nothing is lost."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from e2e_program import SAMPLE
from pypdf import PdfReader, PdfWriter

from docqa.store.lock import WorkspaceLock


def assert_sentence(text):
    """One sentence for a person: no traceback, no second line."""
    assert text.strip()
    assert "\n" not in text
    assert "Traceback" not in text
    assert text.endswith((".", "!", "?", "--help"))


def assert_error(run, code):
    assert run.code == code
    assert list(run.data) == ["error"]
    assert_sentence(run.data["error"])
    assert "Traceback" not in run.err


def encrypted(path):
    writer = PdfWriter(clone_from=PdfReader(SAMPLE))
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(path)
    return path


def test_unusable_files_are_told_one_by_one_and_the_good_one_is_kept(docqa, called, tmp_path):
    text = tmp_path / "letter.pdf"
    text.write_text("Dear all, this is no PDF.")
    empty = tmp_path / "empty.pdf"
    empty.touch()
    folder = tmp_path / "nothing here"
    folder.mkdir()
    (folder / "notes.txt").write_text("x")
    again = shutil.copy(SAMPLE, tmp_path / "again.pdf")
    locked = encrypted(tmp_path / "locked.pdf")
    circle = tmp_path / "circle.pdf"
    circle.symlink_to(circle)
    unusable = [text, empty, folder, tmp_path / "missing.pdf", locked]
    odd = [tmp_path / ("x" * 300 + ".pdf"), Path("~nosuchuser/x.pdf"), circle]
    workspace = tmp_path / "w"
    # A log that cannot be kept harms nothing either.
    no_logs = {"XDG_STATE_HOME": os.devnull}
    paths = [*unusable, *odd, SAMPLE, SAMPLE, again]
    run = docqa.json(workspace, "add", *paths, environment=no_logs)
    assert run.code == 1
    assert "Traceback" not in run.err
    assert not [*docqa.home.rglob("crash-*.txt")]
    entries = run.data["documents"]
    by_name = {Path(entry["path"]).name: entry for entry in entries}
    for path in (*unusable, *odd):
        assert by_name[path.name]["status"] == "failed", path
        assert_sentence(by_name[path.name]["problem"])
    assert {by_name[path.name]["id"] for path in odd} == {None}
    assert "password" in by_name["locked.pdf"]["problem"].lower()
    good = (SAMPLE.name, "again.pdf")
    states = [entry["status"] for entry in entries if Path(entry["path"]).name in good]
    assert sorted(states)[-1] == "ready"
    assert states.count("ready") == 1
    assert by_name["again.pdf"]["status"] == "duplicate"
    ready = next(entry for entry in entries if entry["status"] == "ready")
    assert by_name["again.pdf"]["id"] == ready["id"]

    listed = called(workspace, "list").data["documents"]
    assert [entry["id"] for entry in listed if entry["status"] == "ready"] == [ready["id"]]
    opened = docqa.json(workspace, "add", locked, "--password", "secret")
    assert opened.code == 0
    assert opened.data["documents"][0]["status"] in ("ready", "duplicate")


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no other users' homes")
def test_a_workspace_that_cannot_be_named_gets_a_sentence(docqa, called, tmp_path):
    assert_error(docqa.json("~nosuchuser/x", "list"), 2)
    assert_error(called(tmp_path / ("x" * 300), "add", SAMPLE), 1)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for words in (["add", SAMPLE], ["list"], ["ask", "Why?"]):
        assert_error(called(tmp_path / "circle", *words), 1)


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_an_empty_question_is_refused(called, added, question):
    run = called(added[0], "ask", question)
    assert run.code in (1, 2)
    assert_error(run, run.code)


def test_a_question_of_100_000_characters_is_refused(docqa, added):
    run = docqa.json(added[0], "ask", "why " * 25_000)
    assert run.code in (1, 2)
    assert_error(run, run.code)


@pytest.mark.parametrize("words", [["ask", "Why?"], ["search", "why"], ["prepare"], ["notes"]])
def test_an_unknown_document_is_refused(called, added_copy, words):
    assert_error(called(added_copy, *words, "--document", "99"), 1)


@pytest.mark.parametrize(
    "words",
    [["frob"], [], ["ask"], ["add"], ["ask", "q", "--route", "prepared", "--without-notes"]],
)
def test_wrong_usage_is_told_in_json_too(called, tmp_path, words):
    assert_error(called(tmp_path / "w", *words), 2)
    assert not (tmp_path / "w").exists()


def test_beside_another_writer_reading_works_and_writing_waits(docqa, called, added_copy):
    lock = WorkspaceLock(added_copy)
    lock.acquire()
    try:
        assert_error(docqa.json(added_copy, "add", SAMPLE), 1)
        for words in (["remove", "1"], ["prepare", "--minutes", "1"]):
            assert_error(called(added_copy, *words), 1)
        assert docqa.json(added_copy, "list").code == 0
        for words in (["notes"], ["page", "1", "1"]):
            assert called(added_copy, *words).code == 0
    finally:
        lock.release()


def test_a_workspace_from_a_newer_version_is_left_alone(called, added_copy):
    database = added_copy / "workspace.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    for words in (["list"], ["add", SAMPLE]):
        run = called(added_copy, *words)
        assert_error(run, 1)
        assert "newer" in run.data["error"]
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA user_version").fetchone() == (999,)
    connection.close()


def test_a_damaged_workspace_gets_a_sentence(docqa, called, tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "workspace.db").write_bytes(b"this is not a database " * 1000)
    assert_error(called(tmp_path / "w", "list"), 1)
    assert_error(docqa.json(tmp_path / "w", "add", SAMPLE), 1)


def test_a_file_in_place_of_the_workspace_gets_a_sentence(called, tmp_path):
    (tmp_path / "w").write_text("")
    assert_error(called(tmp_path / "w", "add", SAMPLE), 1)


def as_ordinary_user():
    """The command that takes root's right to write everywhere away; nothing for other users."""
    if os.name == "nt" or os.geteuid() != 0:
        return []
    rights = "-dac_override,-dac_read_search"
    command = ["setpriv", "--inh-caps", rights, "--bounding-set", rights, "--"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root's rights cannot be taken away here")
    return command


@pytest.fixture
def read_only_copy(added_copy):
    """A workspace whose folder and files must not be written."""
    inside = list(added_copy.rglob("*"))
    for path in (*inside, added_copy):
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield added_copy
    for path in (added_copy, *inside):
        if path.exists():
            path.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_workspace_that_cannot_be_written_gets_a_sentence(docqa, read_only_copy):
    before = as_ordinary_user()
    for words in (["add", SAMPLE], ["remove", "1"], ["prepare", "--minutes", "1"]):
        assert_error(docqa.json(read_only_copy, *words, before=before), 1)
    listed = docqa.json(read_only_copy, "list", before=before)
    assert [entry["id"] for entry in listed.data["documents"]] == [1]
    inside = docqa.json(read_only_copy / "new", "add", SAMPLE, before=before)
    assert_error(inside, 1)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_fills_up_during_add_gets_a_sentence(docqa, small_disk, added):
    workspace = small_disk / "workspace"
    docqa.json(workspace, "list")
    filler = small_disk / "filler"
    workspace.mkdir(exist_ok=True)
    with filler.open("wb") as file:
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        file.write(b"x" * max(0, free - 200_000))
    run = docqa.json(workspace, "add", SAMPLE)
    assert run.code == 1
    assert "Traceback" not in run.err
    told = run.data.get("error") or run.data["documents"][0]["problem"]
    assert_sentence(told)
    assert "full" in told or "space" in told
    filler.unlink()
    again = docqa.json(workspace, "add", SAMPLE)
    assert again.code == 0
    assert again.data["documents"][0]["status"] in ("ready", "duplicate")
    assert [entry["status"] for entry in docqa.json(workspace, "list").data["documents"]] == [
        "ready"
    ]
