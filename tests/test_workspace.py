"""The facade: opening, reading beside a writer, history, closing."""

import datetime
import math
import re
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from docqa.errors import DocqaError, WorkspaceBusy
from docqa.index.contents import Sizes
from docqa.index.shelf import Shelf
from docqa.model import Answer, WatchedFolder
from docqa.prepare.ends import seconds_left
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

CHAIR = "Who is the chair of the board?"


def test_opening_makes_a_workspace_and_loads_no_model(paths):
    with Workspace.open(paths.workspace, paths) as workspace:
        assert workspace.documents() == []
        assert workspace.children == {}
        assert not workspace.read_only
        assert (paths.workspace / DATABASE_NAME).exists()
        assert workspace.suggestions() == workspace.history() == workspace.notes() == []


def test_a_second_writer_is_told(paths):
    with Workspace.open(paths.workspace, paths):
        with pytest.raises(WorkspaceBusy) as caught:
            Workspace.open(paths.workspace, paths)
        assert "\n" not in str(caught.value)
    Workspace.open(paths.workspace, paths).close()


def test_a_failed_opening_lets_others_in(paths):
    paths.workspace.mkdir(parents=True)
    database = paths.workspace / DATABASE_NAME
    database.write_bytes(b"this is no database" * 100)
    with pytest.raises(DocqaError) as caught:
        Workspace.open(paths.workspace, paths)
    assert not isinstance(caught.value, WorkspaceBusy)
    database.unlink()
    Workspace.open(paths.workspace, paths).close()


def test_a_failed_opening_keeps_no_file_open(paths, monkeypatch):
    opened = []
    open_store = Store.open

    def remember(*arguments, **options):
        opened.append(open_store(*arguments, **options))
        return opened[-1]

    def refuse(choice):
        raise DocqaError("The disk is full.")

    monkeypatch.setattr(Store, "open", remember)
    monkeypatch.setattr("docqa.wiring.Choice.settle", refuse)
    with pytest.raises(DocqaError, match="full"):
        Workspace.open(paths.workspace, paths)
    with pytest.raises(DocqaError, match="closed"):
        opened[0].documents.all()


def test_missing_models_are_told_by_name(paths, tmp_path):
    with pytest.raises(DocqaError, match="There is no language model in"):
        Workspace.open(paths.workspace, replace(paths, models=(tmp_path / "none",)))
    (tmp_path / "half").mkdir()
    starter = next(paths.models[0].glob("*.gguf"))
    (tmp_path / "half" / starter.name).symlink_to(starter)
    with pytest.raises(DocqaError, match="There is no embedding model in"):
        Workspace.open(paths.workspace, replace(paths, models=(tmp_path / "half",)))


def test_a_prepared_answer_needs_no_language_model(paths, prepared_sample_home):
    shutil.copytree(prepared_sample_home, paths.workspace)
    with Workspace.open(paths.workspace, paths) as workspace:
        note = workspace.suggestions(limit=1)[0]
        assert note.question is not None
        *_, answer = workspace.ask(note.question)
        assert isinstance(answer, Answer)
        assert (answer.route, answer.text, answer.note_id) == ("prepared", note.text, note.id)
        assert workspace.children == {}
        assert answer.seconds.load == 0.0
        assert [turn.text for turn in workspace.history()][-1:] == [note.text]
    with Workspace.open(paths.workspace, paths) as again:
        assert [turn.question for turn in again.history()][-1:] == [note.question]


def test_warming_up_loads_both_models_and_closing_ends_them(paths):
    workspace = Workspace.open(paths.workspace, paths)
    assert workspace.warm_up() > 0
    assert set(workspace.children) == {"llama", "embedder"}
    assert workspace.warm_up() == 0.0
    workspace.close()
    assert workspace.children == {}


@pytest.mark.parametrize(
    ("document", "number", "sentence"),
    [
        (77, 1, "There is no document 77: see the list of documents."),
        (1, 0, "Document 1 has no page 0: its pages are 1 to 8."),
        (1, 9, "Document 1 has no page 9: its pages are 1 to 8."),
        (1, -1, "Document 1 has no page -1: its pages are 1 to 8."),
    ],
)
def test_a_page_that_is_not_there(open_workspace, sample_copy, document, number, sentence):
    workspace = open_workspace(sample_copy)
    with pytest.raises(DocqaError, match=re.escape(sentence)):
        workspace.page(document, number)


@pytest.mark.usefixtures("lent_embedder")
def test_closing_ends_the_reading_of_vectors(paths, sample_home, monkeypatch):
    reading = threading.Event()
    build = Shelf._build

    def build_slowly(*arguments):
        reading.set()
        time.sleep(0.5)
        build(*arguments)

    monkeypatch.setattr("docqa.index.shelf.Sizes", lambda: Sizes(at_once=1))
    monkeypatch.setattr(Shelf, "_build", build_slowly)
    shutil.copytree(sample_home, paths.workspace)
    with Workspace.open(paths.workspace, paths) as workspace:
        workspace.search(CHAIR)
        assert reading.wait(5)
    assert "reading vectors" not in {thread.name for thread in threading.enumerate()}


def test_reading_beside_a_writer(open_workspace, prepared_sample_copy):
    writer = open_workspace(prepared_sample_copy)
    reader = open_workspace(prepared_sample_copy, read_only=True)
    assert reader.read_only
    assert reader.documents() == writer.documents() != []
    assert reader.notes() == writer.notes() != []
    assert reader.page(1, 3) == writer.page(1, 3)
    hits = reader.search("How deep does the tidal turbine lie?")
    assert hits[0].page == 3
    before = writer.history()
    for question in (CHAIR, reader.suggestions(limit=1)[0].question):
        assert question is not None
        *_, answer = reader.ask(question, verbosity="brief")
        assert isinstance(answer, Answer)
        assert answer.found
    assert writer.history() == before
    with pytest.raises(DocqaError):
        reader.remove([1])
    assert writer.documents()


def test_a_reader_makes_no_workspace(paths):
    with pytest.raises(DocqaError):
        Workspace.open(paths.workspace, paths, read_only=True)
    assert not paths.workspace.exists()


def test_the_history_has_the_latest_answers_oldest_first(open_workspace, sample_copy):
    workspace = open_workspace(sample_copy)
    for n in range(4):
        list(workspace.ask(f"Zorblat quimby {n}?", route="prepared"))
    assert [turn.question for turn in workspace.history(3)] == [
        f"Zorblat quimby {n}?" for n in (1, 2, 3)
    ]
    assert all(not turn.found for turn in workspace.history())


def test_suggestions_follow_what_is_typed(open_workspace, prepared_sample_home, tmp_path):
    directory = Path(shutil.copytree(prepared_sample_home, tmp_path / "workspace"))
    workspace = open_workspace(directory, read_only=True)
    (note, *_) = workspace.suggestions()
    assert note.question is not None
    assert note in workspace.suggestions(note.question[:8])
    assert workspace.suggestions("xylophone zebra") == []
    assert workspace.suggestions(documents=[77]) == []
    assert all(found.status == "verified" for found in workspace.suggestions())


def test_the_seconds_that_are_left_for_preparing():
    now = datetime.datetime.now().astimezone()
    soon = (now + datetime.timedelta(minutes=2)).time()
    past = (now - datetime.timedelta(minutes=2)).time()
    assert seconds_left(None, None)() == math.inf
    assert seconds_left(0, None)() <= 0
    assert 290 < seconds_left(5, None)() <= 300
    assert 50 < seconds_left(None, soon)() <= 120
    assert seconds_left(None, past)() > 23 * 3600  # That is tomorrow.
    assert seconds_left(0, soon)() <= 0


def test_a_watched_folder_is_taken_in_and_what_went_away_is_missing(
    open_workspace, make_pdf, tmp_path
):
    workspace = open_workspace(tmp_path / "workspace")
    (tmp_path / "papers").mkdir()
    path = make_pdf(["Cats sleep on the roof of the school."], "papers/cats.pdf")
    folder = workspace.watch(tmp_path / "papers")
    *_, added = workspace.rescan([folder])
    assert added.status == "ready"
    path.unlink()
    (summary,) = workspace.documents()
    assert summary.missing
    assert summary.document.viewable
    assert workspace.watched() == [WatchedFolder(str(folder), 1, 1)]
    assert workspace.unwatch(folder)
    assert workspace.watched() == []


def test_the_password_that_was_given_shows_the_pages(open_workspace, make_pdf, tmp_path):
    workspace = open_workspace(tmp_path / "workspace")
    secret = make_pdf(["Cats sleep on the roof of the school."], "secret.pdf", "open sesame")
    *_, added = workspace.add([secret], password="open sesame")
    assert workspace.password_of(added.id) == "open sesame"
