"""Watched folders: what a rescan takes in, and what it leaves alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docqa.errors import DocqaError
from docqa.library import Library
from docqa.library.folders import is_missing
from docqa.process import Cancel

PUMP = "The pump moves forty litres of water a day. It was bought in 1999 from a farmer."
CATS = "Cats sleep on the roof of the school. Their bowl is filled every morning by Ann."


@pytest.fixture
def folder(tmp_path, library) -> Path:
    (tmp_path / "papers" / "old").mkdir(parents=True)
    return library.folders.watch(tmp_path / "papers")


def test_only_folders_can_be_watched(library, make_pdf, tmp_path):
    with pytest.raises(DocqaError, match="is not a folder"):
        library.folders.watch(make_pdf([PUMP]))
    with pytest.raises(DocqaError, match="is not a folder"):
        library.folders.watch(tmp_path / "nowhere")
    assert library.folders.watched() == []


def test_new_files_come_in_and_nothing_is_told_of_the_others(library, rescan, folder, make_pdf):
    make_pdf([PUMP], "papers/pump.pdf")
    make_pdf([CATS], "papers/old/cats.PDF")
    assert [entry.status for entry in rescan(library)] == ["ready", "ready"]
    assert list(library.rescan(None, Cancel())) == []
    (watched,) = library.folders.watched()
    assert (watched.path, watched.documents, watched.missing) == (str(folder), 2, 0)


def test_only_the_folders_that_are_named_are_looked_at(library, rescan, folder, make_pdf, tmp_path):
    (tmp_path / "other").mkdir()
    library.folders.watch(tmp_path / "other")
    make_pdf([PUMP], "papers/pump.pdf")
    assert list(library.rescan([tmp_path / "other"], Cancel())) == []
    assert len(rescan(library)) == 1


def test_a_changed_file_is_read_anew(library, rescan, folder, make_pdf):
    make_pdf([PUMP], "papers/pump.pdf")
    (first,) = rescan(library)
    make_pdf([CATS], "papers/pump.pdf")
    (changed,) = rescan(library)
    assert (changed.id, changed.status) == (first.id, "ready")


def test_a_moved_file_is_followed(store, library, rescan, folder, make_pdf):
    path = make_pdf([PUMP], "papers/pump.pdf")
    (first,) = rescan(library)
    moved = path.rename(folder / "old" / "pump.pdf")
    (told,) = rescan(library)
    assert (told.id, told.status, told.path) == (first.id, "duplicate", str(moved))
    assert "moved" in str(told.problem)
    assert store.documents.get(first.id).path == str(moved)
    assert rescan(library) == []


def test_a_file_that_goes_away_is_missing_until_it_is_back(
    library, rescan, only, folder, make_pdf, tmp_path
):
    path = make_pdf([PUMP], "papers/pump.pdf")
    rescan(library)
    away = Path(shutil.move(path, tmp_path / "elsewhere.pdf"))
    assert rescan(library) == []
    assert (only().status, is_missing(only())) == ("ready", True)
    assert library.folders.watched()[0].missing == 1
    shutil.move(away, path)
    assert rescan(library) == []
    assert not is_missing(only())


def test_a_folder_that_is_away_loses_nothing(library, rescan, only, folder, make_pdf, tmp_path):
    make_pdf([PUMP], "papers/pump.pdf")
    rescan(library)
    folder.rename(tmp_path / "unplugged")
    assert rescan(library) == []
    assert only().status == "ready"
    (tmp_path / "unplugged").rename(folder)
    assert rescan(library) == []


def test_what_fails_is_tried_again_only_when_it_changed(library, rescan, age, folder, make_pdf):
    path = folder / "broken.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing behind it")
    age(path)
    assert [entry.status for entry in rescan(library)] == ["failed"]
    assert rescan(library) == []
    make_pdf([PUMP], "papers/broken.pdf")
    assert [entry.status for entry in rescan(library)] == ["ready"]


def test_what_was_removed_does_not_come_back_by_itself(
    store, search, reader, library, add, rescan, folder, make_pdf
):
    path = make_pdf([PUMP], "papers/pump.pdf")
    (first,) = rescan(library)
    library.remove([first.id])
    assert rescan(Library(store, search, reader)) == []
    path.rename(folder / "renamed.pdf")
    assert rescan(library) == []
    (again,) = add(library, folder / "renamed.pdf")
    assert again.status == "ready"
    assert rescan(library) == []


def test_a_copy_in_the_folder_is_not_told(library, add, rescan, folder, make_pdf):
    path = make_pdf([PUMP])
    add(library, path)
    shutil.copy(path, folder / "copy.pdf")
    assert rescan(library) == []


def test_half_downloads_and_hidden_files_are_left_alone(library, rescan, folder, make_pdf):
    path = make_pdf([PUMP])
    for name in ("a.pdf.part", "a.pdf.crdownload", ".a.pdf", "~$a.pdf"):
        shutil.copy(path, folder / name)
    assert rescan(library) == []


def test_what_was_interrupted_goes_on(library, rescan, only, folder, make_pdf):
    make_pdf([PUMP], "papers/pump.pdf")
    events = library.rescan(None, Cancel())
    next(events)
    events.close()
    assert only().status == "queued"
    assert [entry.status for entry in rescan(library)] == ["ready"]


def test_a_folder_that_is_watched_no_longer_keeps_its_documents(
    library, rescan, only, folder, make_pdf
):
    make_pdf([PUMP], "papers/pump.pdf")
    rescan(library)
    assert library.folders.unwatch(folder)
    assert not library.folders.unwatch(folder)
    make_pdf([CATS], "papers/cats.pdf")
    assert rescan(library) == []
    assert only().status == "ready"


def test_what_was_removed_does_not_come_back_by_a_link_or_a_copy(
    library, add, rescan, folder, make_pdf, tmp_path
):
    linked, copied = make_pdf([PUMP], "linked.pdf"), make_pdf([CATS], "copied.pdf")
    (folder / "link.pdf").symlink_to(linked)
    shutil.copy(copied, folder / "copy.pdf")
    add(library, linked, copied)
    ids = [entry.id for entry in add(library, linked, copied)]
    library.remove(ids)
    assert rescan(library) == []
    (tmp_path / "other").mkdir()
    library.folders.watch(tmp_path / "other")
    library.folders.unwatch(tmp_path / "other")
    assert rescan(library) == []
    library.folders.unwatch(folder)
    library.folders.watch(folder)
    assert len(rescan(library)) == 2


def test_a_file_that_was_away_before_it_was_ever_read_is_read_when_it_is_back(
    store, search, reader, library, rescan, only, folder, make_pdf, tmp_path
):
    path = make_pdf([PUMP], "papers/pump.pdf")
    next(library.rescan(None, Cancel()))  # Then it is killed.
    away = Path(shutil.move(path, tmp_path / "elsewhere.pdf"))
    later = Library(store, search, reader)
    assert later.unfinished() == []
    assert only().status == "failed"
    shutil.move(away, path)
    assert [entry.status for entry in rescan(later)] == ["ready"]
