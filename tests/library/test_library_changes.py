"""Files that changed, moved, went away or came back, and the notes about them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from fpdf import FPDF

from docqa.library import Library
from docqa.model import Evidence, Note, Step
from docqa.process import Cancel

PUMP = "The pump moves forty litres of water a day. It was bought in 1999 from a farmer."
CATS = "Cats sleep on the roof of the school. Their bowl is filled every morning by Ann."
DOGS = "Dogs guard the gate of the old mill. Nobody has ever seen them asleep at noon."


def note_about(store, document: int, page: int, quote: str) -> int:
    start = store.pages.get(document, page).text.index(quote)
    evidence = Evidence(document, page, start, start + len(quote), quote)
    note = Note(0, document, "fact", None, quote, "verified", (evidence,))
    return store.notes.add([note])[0]


def status_of(store, note: int) -> str:
    return store.notes.get([note])[note].status


def test_a_changed_file_stays_the_same_document(store, search, library, add, only, make_pdf):
    (first,) = add(library, make_pdf([PUMP, CATS]))
    pump, cats = store.passages.of_document(first.id)
    kept = note_about(store, first.id, 1, "The pump moves forty litres of water a day.")
    gone = note_about(store, first.id, 2, "Cats sleep on the roof of the school.")
    store.steps.plan([Step(0, first.id, "facts", p.id, 1, "hash") for p in (pump, cats)])
    before = only().sha256

    (changed,) = add(library, make_pdf([PUMP, DOGS]))
    assert (changed.id, changed.status, changed.problem) == (first.id, "ready", None)
    assert only().sha256 != before
    assert store.passages.of_document(first.id)[0] == pump
    assert (status_of(store, kept), status_of(store, gone)) == ("verified", "stale")
    assert [step.unit for step in store.steps.pending()] == [pump.id]
    found = search.search("Who sleeps on the roof of the school?")
    assert all("roof" not in hit.text for hit in found)
    assert all(hit.similarity > -1 for hit in found)
    assert search.search("What do the dogs guard?")[0].page == 2
    assert store.fulltext.check()


def test_notes_move_with_their_quotes(store, library, add, make_pdf):
    (first,) = add(library, make_pdf([PUMP, CATS]))
    note = note_about(store, first.id, 2, "Cats sleep on the roof of the school.")
    add(library, make_pdf([DOGS, PUMP, CATS]))
    (evidence,) = store.notes.get([note])[note].evidence
    assert evidence.page == 3
    assert store.pages.get(first.id, 3).text[evidence.start : evidence.end] == evidence.quote


def test_an_unchanged_file_is_not_even_hashed(library, add, age, make_pdf, monkeypatch):
    path = age(make_pdf([PUMP]))
    (first,) = add(library, path)
    monkeypatch.setattr("docqa.library.identity.sha256_of", lambda path: pytest.fail("hashed"))
    (again,) = add(library, path)
    assert (again.id, again.status) == (first.id, "duplicate")


def test_a_file_that_changed_without_looking_any_different(library, add, make_pdf):
    """Within the two seconds that some disks need to tell the time."""
    path = make_pdf([PUMP])
    (first,) = add(library, path)
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"/Title", b"/Tilte") + b" ")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (again,) = add(library, path)
    assert (again.id, again.status) == (first.id, "ready")


@pytest.mark.parametrize("content", [b"", b"not a PDF at all", b"%PDF-1.7\nnothing behind it"])
def test_a_file_that_becomes_unreadable_keeps_its_text_and_says_so(
    store, search, library, add, only, make_pdf, content
):
    path = make_pdf([PUMP])
    (first,) = add(library, path)
    good = path.read_bytes()
    path.write_bytes(content)
    (failed,) = add(library, path)
    assert (failed.id, failed.status, failed.passages) == (first.id, "failed", 1)
    assert (only().status, only().viewable) == ("partial", False)
    assert only().problem
    assert search.search("How much water does the pump move?")[0].similarity > 0

    path.write_bytes(good)
    (back,) = add(library, path)
    assert (back.id, back.status, back.problem) == (first.id, "ready", None)
    assert only().viewable


def test_a_moved_file_keeps_its_notes(store, library, add, only, make_pdf, tmp_path):
    path = make_pdf([PUMP])
    (first,) = add(library, path)
    note = note_about(store, first.id, 1, "It was bought in 1999 from a farmer.")
    moved = path.rename(tmp_path / "moved.pdf")
    (told,) = add(library, moved)
    assert (told.id, told.status, told.path) == (first.id, "duplicate", str(moved))
    assert only().path == str(moved)
    assert status_of(store, note) == "verified"


def test_a_copy_is_a_duplicate_and_the_original_stays_where_it_is(
    library, add, only, make_pdf, tmp_path
):
    path = make_pdf([PUMP])
    (first,) = add(library, path)
    (told,) = add(library, Path(shutil.copy(path, tmp_path / "copy.pdf")))
    assert (told.id, told.status) == (first.id, "duplicate")
    assert only().path == str(path)


def test_a_file_in_the_place_of_one_that_moved_is_another_document(
    store, library, add, make_pdf, tmp_path
):
    """Whichever of the two is met first."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (first,) = add(library, make_pdf([PUMP], "papers/report.pdf"))
    note = note_about(store, first.id, 1, "It was bought in 1999 from a farmer.")
    (folder / "report.pdf").rename(folder / "z-old.pdf")
    make_pdf([CATS], "papers/report.pdf")
    store.folders.add(str(folder))
    events = list(library.rescan(None, Cancel()))
    assert events
    paths = {document.id: Path(document.path).name for document in store.documents.all()}
    assert paths.pop(first.id) == "z-old.pdf"
    assert list(paths.values()) == ["report.pdf"]
    assert status_of(store, note) == "verified"


def test_two_files_that_change_places(store, library, add, make_pdf, tmp_path):
    one, two = make_pdf([PUMP], "one.pdf"), make_pdf([CATS], "two.pdf")
    pump, cats = sorted(add(library, one, two), key=lambda entry: entry.path)
    one.rename(tmp_path / "x")
    two.rename(one)
    (tmp_path / "x").rename(two)
    told = add(library, one, two)
    assert {entry.status for entry in told} == {"duplicate"}
    assert store.documents.get(pump.id).path == str(two)
    assert store.documents.get(cats.id).path == str(one)


def test_one_file_overwritten_with_a_copy_of_another(store, library, add, make_pdf):
    one, two = make_pdf([PUMP], "one.pdf"), make_pdf([CATS], "two.pdf")
    pump, cats = sorted(add(library, one, two), key=lambda entry: entry.path)
    shutil.copy(two, one)
    (told,) = add(library, one)
    assert (told.id, told.status) == (cats.id, "duplicate")
    lost = store.documents.get(pump.id)
    assert (lost.status, lost.viewable, lost.passages) == ("partial", False, 1)
    assert "took its place" in str(lost.problem)


def test_two_files_that_become_the_same(store, library, add, make_pdf):
    one, two = make_pdf([PUMP], "one.pdf"), make_pdf([CATS], "two.pdf")
    pump, _ = sorted(add(library, one, two), key=lambda entry: entry.path)
    shutil.copy(make_pdf([DOGS], "dogs.pdf"), one)
    shutil.copy(one, two)
    first, second = add(library, one, two)
    assert {first.status, second.status} == {"ready", "duplicate"}
    assert {first.id, second.id} == {pump.id}
    assert len(store.documents.all()) == 2


def test_a_changed_file_that_goes_away_before_it_is_read_keeps_its_text(
    store, search, reader, library, add, only, make_pdf
):
    path = make_pdf([PUMP])
    (first,) = add(library, path)
    store.documents.update(first.id, status="queued")  # As a kill leaves it.
    path.unlink()
    later = Library(store, search, reader)
    assert later.unfinished() == [path]
    (told,) = add(later, path)
    assert (told.id, told.status, told.passages) == (first.id, "ready", 1)


def test_a_kill_while_a_changed_file_is_read_loses_nothing(
    store, search, reader, library, add, only, make_pdf
):
    (first,) = add(library, make_pdf([PUMP]))
    path = make_pdf([CATS])
    events = library.add([path], None, Cancel())
    assert next(events).stage == "queued"
    events.close()
    assert only().passages == 1
    later = Library(store, search, reader)
    assert later.unfinished() == [path]
    (told,) = add(later, path)
    assert (told.id, told.status) == (first.id, "ready")
    assert search.search("Who fills the bowl of the cats?")[0].text.startswith("Cats")


def test_what_cannot_change_a_page_does_not_change_its_passages(store, library, add, make_pdf):
    """A file that was only saved again."""
    path = make_pdf([PUMP, CATS])
    (first,) = add(library, path)
    before = store.passages.of_document(first.id)
    path.write_bytes(path.read_bytes() + b"\n% saved again\n")
    (told,) = add(library, path)
    assert told.status == "ready"
    assert store.passages.of_document(first.id) == before


def test_a_long_document_is_read_anew_in_pieces(store, library, add, tmp_path):
    def write(texts):
        pdf = FPDF()
        pdf.set_font("Helvetica", size=11)
        for text in texts:
            pdf.add_page()
            pdf.multi_cell(0, 6, text)
        (tmp_path / "long.pdf").write_bytes(bytes(pdf.output()))
        return tmp_path / "long.pdf"

    pages = [f"Chapter {n} says that the mill of year {n} was sold twice." for n in range(1, 30)]
    (first,) = add(library, write(pages))
    before = {passage.text: passage.id for passage in store.passages.of_document(first.id)}
    pages[14] = "This chapter was written by somebody else, and nobody knows by whom."
    add(library, write(pages))
    after = {passage.text: passage.id for passage in store.passages.of_document(first.id)}
    same = before.keys() & after.keys()
    assert len(same) == 28
    assert {text: before[text] for text in same} == {text: after[text] for text in same}


def in_the_way_folder(path: Path) -> None:
    path.mkdir()


def in_the_way_pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes with names here")
    os.mkfifo(path)


@pytest.mark.parametrize("put", [in_the_way_folder, in_the_way_pipe])
def test_whatever_took_the_place_of_a_moved_file(library, add, only, make_pdf, tmp_path, put):
    path = make_pdf([PUMP])
    (first,) = add(library, path)
    moved = path.rename(tmp_path / "moved.pdf")
    put(path)
    (told,) = add(library, moved)
    assert (told.id, told.status) == (first.id, "duplicate")
    assert only().path == str(moved)
