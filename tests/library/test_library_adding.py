"""Adding and removing PDFs."""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from ingest.hostile_pdfs import damaged_page

from docqa.errors import Cancelled, DocqaError
from docqa.model import Added, AddProgress, Answer
from docqa.process import Cancel
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

PUMP = "The pump moves forty litres of water a day. It was bought in 1999 from a farmer."
CATS = "Cats sleep on the roof of the school. Their bowl is filled every morning by Ann."


@pytest.fixture
def workspace(open_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "workspace")


def add(workspace: Workspace, *paths: Path, password: str | None = None) -> list[Added]:
    events = list(workspace.add(paths, password=password))
    return [event for event in events if isinstance(event, Added)]


def titles(workspace: Workspace) -> list[str]:
    return [summary.document.title for summary in workspace.documents()]


def test_one_file(workspace, make_pdf):
    path = make_pdf([PUMP, CATS])
    *progress, added = workspace.add([path])
    assert isinstance(added, Added)
    assert (added.status, added.problem, added.pages, added.passages) == ("ready", None, 2, 2)
    assert added.path == str(path.resolve())
    assert added.seconds > 0
    assert [event.stage for event in progress][:1] == ["queued"]
    assert {event.stage for event in progress} == {"queued", "reading", "indexing"}
    assert all(isinstance(event, AddProgress) for event in progress)
    assert (progress[-1].done, progress[-1].total) == (2, 2)
    (hit, *_) = workspace.search("Who fills the bowl of the cats?")
    assert (hit.document_id, hit.page) == (added.id, 2)
    assert workspace.page(added.id, 2).text[hit.start : hit.end] == hit.text


def test_a_folder_with_folders(workspace, make_pdf, tmp_path):
    (tmp_path / "papers" / "old").mkdir(parents=True)
    (tmp_path / "papers" / "notes.txt").write_text("no PDF")
    make_pdf([PUMP], "papers/pump.pdf")
    make_pdf([CATS], "papers/old/cats.PDF")
    added = add(workspace, tmp_path / "papers")
    assert {(Path(a.path).name, a.status) for a in added} == {
        ("pump.pdf", "ready"),
        ("cats.PDF", "ready"),
    }
    again = add(workspace, tmp_path / "papers")
    assert {a.status for a in again} == {"duplicate"}
    assert {a.id for a in again} == {a.id for a in added}


def test_the_same_file_twice_in_one_call(workspace, make_pdf, tmp_path):
    path = make_pdf([PUMP])
    copy = Path(shutil.copy(path, tmp_path / "copy.pdf"))
    added = add(workspace, path, path, copy)
    assert sorted(a.status for a in added) == ["duplicate", "duplicate", "ready"]
    assert len({a.id for a in added}) == len(workspace.documents()) == 1


def test_a_file_that_moved_is_found_at_its_new_place(workspace, make_pdf, tmp_path):
    path = make_pdf([PUMP])
    add(workspace, path)
    moved = path.rename(tmp_path / "moved.pdf")
    (duplicate,) = add(workspace, moved)
    assert duplicate.status == "duplicate"
    assert workspace.documents()[0].document.path == str(moved)


def test_what_cannot_be_read_gets_one_sentence_and_the_rest_is_added(workspace, make_pdf, tmp_path):
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "text.pdf").write_text("not a PDF at all")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing behind it")
    (tmp_path / "folder").mkdir()
    secret = make_pdf([CATS], "secret.pdf", "open sesame")
    names = ("missing.pdf", "empty.pdf", "text.pdf", "broken.pdf", "folder")
    added = add(workspace, *(tmp_path / name for name in names), secret, make_pdf([PUMP]))
    problems = {Path(a.path).name: a for a in added}
    assert len(problems) == 7
    ready = problems.pop("made.pdf")
    assert ready.status == "ready"
    for name, said in {
        "missing.pdf": "does not exist",
        "empty.pdf": "is empty (0 bytes)",
        "text.pdf": "is not a PDF",
        "broken.pdf": "broken.pdf",
        "folder": "There are no PDFs in the folder",
        "secret.pdf": "password",
    }.items():
        failed = problems[name]
        assert (failed.id, failed.status, failed.pages) == (None, "failed", 0)
        assert failed.problem is not None
        assert said in failed.problem
        assert "\n" not in failed.problem
        assert Path(failed.path).is_absolute()
    assert [summary.document.id for summary in workspace.documents()] == [ready.id]


def test_empty_files_in_a_folder(workspace, tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "empty.pdf").touch()
    (failed,) = add(workspace, tmp_path / "papers")
    assert "is empty (0 bytes)" in str(failed.problem)


def test_a_password(workspace, make_pdf):
    secret = make_pdf([CATS], "secret.pdf", "open sesame")
    (wrong,) = add(workspace, secret, password="let me in")
    assert (wrong.status, wrong.id) == ("failed", None)
    (right,) = add(workspace, secret, password="open sesame")
    assert (right.status, right.problem) == ("ready", None)


def test_a_pdf_without_any_text_is_kept_with_its_reason(workspace, make_pdf):
    blank = make_pdf(["", ""])
    (failed,) = add(workspace, blank)
    assert (failed.status, failed.pages, failed.passages) == ("failed", 2, 0)
    assert failed.id is not None
    assert "no text" in str(failed.problem)
    (summary,) = workspace.documents()
    assert (summary.document.status, summary.document.problem) == ("failed", failed.problem)
    (again,) = add(workspace, blank)
    assert (again.status, again.id) == ("failed", failed.id)


def test_a_blank_page_is_no_failure(workspace, make_pdf):
    (added,) = add(workspace, make_pdf([PUMP, ""]))
    assert (added.status, added.pages, added.failed_pages) == ("ready", 2, ())
    assert workspace.page(added.id, 2).text.strip() == ""


def test_a_page_that_cannot_be_read_is_told(workspace, make_pdf, tmp_path):
    damaged = damaged_page(tmp_path / "damaged.pdf", make_pdf([PUMP, CATS, PUMP]))
    (added,) = add(workspace, damaged)
    assert (added.status, added.pages, added.failed_pages) == ("partial", 3, (2,))
    assert added.problem == "Page 2 is damaged and could not be read."
    assert workspace.page(added.id, 2).problem
    assert workspace.documents()[0].document.status == "partial"
    assert add(workspace, damaged)[0].failed_pages == (2,)


@pytest.mark.parametrize(
    "name", ['what\'s "this"? 100% #1 [a] {b}.pdf', " ümlaut 日本語 .pdf", "a\nb.pdf"]
)
def test_an_odd_file_name(workspace, make_pdf, name):
    path = make_pdf([PUMP], name)
    (added,) = add(workspace, path)
    assert (added.status, added.path) == ("ready", str(path))
    assert add(workspace, path)[0].status == "duplicate"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_file_name_that_is_no_text(workspace, make_pdf, tmp_path):
    path = make_pdf([PUMP], os.fsdecode(b"caf\xe9.pdf"))
    (added,) = add(workspace, path)
    assert added.status == "ready"
    assert workspace.search("How much water does the pump move?")


# -- interrupted ---------------------------------------------------------------------------------


def add_until(workspace: Workspace, paths: Sequence[Path], stage: str) -> None:
    """Add, and stop it at the first sign of ``stage``."""
    cancel = Cancel()
    for event in workspace.add(paths, cancel=cancel):
        if isinstance(event, AddProgress) and event.stage == stage:
            cancel.set()


@pytest.mark.parametrize("stage", ["queued", "reading", "indexing"])
def test_stopped_and_added_again(workspace, make_pdf, stage):
    paths = [make_pdf([PUMP, CATS] * 3), make_pdf([CATS], "cats.pdf")]
    with pytest.raises(Cancelled):
        add_until(workspace, paths, stage)
    unfinished = set(workspace.unfinished())
    assert unfinished
    assert unfinished <= set(paths)
    added = add(workspace, *paths)
    assert sorted(a.status for a in added) == ["ready", "ready"]
    assert len(workspace.documents()) == 2
    assert workspace.unfinished() == []
    assert workspace.search("Where do the cats sleep?")[0].similarity > 0


def test_walking_away_in_the_middle_stops_the_reading(workspace, make_pdf):
    events = workspace.add([make_pdf([PUMP] * 5)])
    next(events)
    next(events)
    events.close()
    assert len(workspace.unfinished()) == 1


def test_what_was_read_is_not_read_again(workspace, make_pdf):
    path = make_pdf([PUMP])
    with pytest.raises(Cancelled):
        add_until(workspace, [path], "indexing")
    (summary,) = workspace.documents()
    assert summary.document.status == "indexing"
    assert workspace.search("pump")  # Keywords find it already.
    events = list(workspace.add([path]))
    assert not [e for e in events if isinstance(e, AddProgress) and e.stage == "reading"]
    assert events[-1].status == "ready"


# -- removing ------------------------------------------------------------------------------------


def test_nothing_is_found_of_what_was_removed(open_workspace, prepared_sample_copy, make_pdf):
    workspace = open_workspace(prepared_sample_copy)
    (note, *_) = workspace.notes(kind="question")
    (pump,) = add(workspace, make_pdf([PUMP]))
    assert workspace.remove([1]) == [1]
    assert titles(workspace) == ["made"]
    assert {hit.document_id for hit in workspace.search("Young Bess Gannet Hill")} <= {pump.id}
    assert workspace.notes(status=None) == []
    assert workspace.suggestions() == []
    assert workspace.history() == []
    with pytest.raises(DocqaError, match="There is no document 1"):
        workspace.page(1, 1)
    *_, answer = workspace.ask(note.question, route="prepared")
    assert not answer.found
    with Store.open(prepared_sample_copy / DATABASE_NAME) as store:
        assert store.fulltext.match("gannet", limit=5) == []
        assert {p.document_id for p in store.passages.of_document(1)} == set()
    assert add(workspace, make_pdf([CATS], "cats.pdf"))[0].id not in (1, pump.id)


def test_an_unknown_document_and_nothing_is_removed(workspace, make_pdf):
    (pump,) = add(workspace, make_pdf([PUMP]))
    with pytest.raises(DocqaError):
        workspace.remove([pump.id, 77])
    assert len(workspace.documents()) == 1
    assert workspace.remove([]) == []


# -- asking meanwhile ----------------------------------------------------------------------------


def pause_at(
    workspace: Workspace, paths: Sequence[Path], stage: str
) -> tuple[threading.Thread, threading.Event, threading.Event]:
    """Add on another thread that waits, at its first sign of ``stage``, for the second event."""
    there, go_on = threading.Event(), threading.Event()

    def adding() -> None:
        for event in workspace.add(paths):
            if isinstance(event, AddProgress) and event.stage == stage:
                there.set()
                go_on.wait(60)

    thread = threading.Thread(target=adding)
    thread.start()
    return thread, there, go_on


def test_a_question_while_documents_are_being_added(open_workspace, sample_copy, make_pdf):
    workspace = open_workspace(sample_copy)
    thread, there, go_on = pause_at(workspace, [make_pdf([PUMP] * 4)], "indexing")
    try:
        assert there.wait(60)
        *_, answer = workspace.ask("Who is the chair of the board?", verbosity="brief")
        *_, elsewhere = workspace.ask("Who is the chair?", documents=[1], route="prepared")
    finally:
        go_on.set()
        thread.join()
    assert isinstance(answer, Answer)
    assert "Halloran" in str(answer.text)
    assert answer.still_reading == ("made",)
    assert elsewhere.still_reading == ()
    assert [summary.document.status for summary in workspace.documents()] == ["ready", "ready"]


def test_a_document_removed_while_it_is_being_added(workspace, make_pdf):
    cats = make_pdf([CATS], "cats.pdf")
    events = workspace.add([make_pdf([PUMP]), cats])
    added = []
    for event in events:
        if isinstance(event, AddProgress) and event.stage == "indexing" and event.path == str(cats):
            if event.document_id in {s.document.id for s in workspace.documents()}:
                workspace.remove([event.document_id])
        elif isinstance(event, Added):
            added.append(event)
    assert sorted(a.status for a in added) == ["failed", "ready"]
    (failed,) = (a for a in added if a.status == "failed")
    assert "removed" in str(failed.problem)
    assert titles(workspace) == ["made"]
