"""Adding where something is in the way: odd paths, helpers that fail, files that went away."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ingest.hostile_pdfs import damaged_page
from pypdf import PdfWriter

from docqa.errors import Cancelled, DocqaError
from docqa.index.search import Search
from docqa.ingest.reader import Reader
from docqa.library import Library
from docqa.model import Added, AddProgress, Document
from docqa.process import Cancel
from docqa.store.store import Store

PUMP = "The pump moves forty litres of water a day. It was bought in 1999 from a farmer."
CATS = "Cats sleep on the roof of the school. Their bowl is filled every morning by Ann."

MakePdf = Callable[..., Path]


def add(library: Library, *paths: Path, password: str | None = None) -> list[Added]:
    events = library.add(paths, password, Cancel())
    return [event for event in events if isinstance(event, Added)]


def add_until(library: Library, path: Path, stage: str) -> None:
    """Add, and stop it at the first sign of ``stage``."""
    cancel = Cancel()
    with contextlib.suppress(Cancelled):
        for event in library.add([path], None, cancel):
            if isinstance(event, AddProgress) and event.stage == stage:
                cancel.set()
    assert cancel.is_set


def only(store: Store) -> Document:
    """The one document that is stored."""
    (document,) = store.documents.all()
    return document


# -- paths -----------------------------------------------------------------------------------------


def test_odd_paths_fail_one_by_one_and_the_others_are_added(library, make_pdf, tmp_path):
    circle = tmp_path / "circle.pdf"
    circle.symlink_to(circle)
    odd = [tmp_path / ("x" * 300 + ".pdf"), Path("~nosuchuser/x.pdf"), circle, Path("a\0b.pdf")]
    *failed, pump = add(library, *odd, make_pdf([PUMP]))
    assert pump.status == "ready"
    assert [Path(one.path).name for one in failed] == [path.name for path in odd]
    for one in failed:
        assert (one.id, one.status) == (None, "failed")
        assert one.problem is not None
        assert one.problem.count("; ") == 1


# -- helpers that fail -----------------------------------------------------------------------------


def test_a_reader_that_does_not_start_leaves_the_document_for_later(
    store, search, library, make_pdf, tmp_path
):
    path = make_pdf([PUMP])
    broken = Library(store, search, Reader(tmp_path / "no tokenizer.json", tmp_path / "log"))
    (failed,) = add(broken, path)
    assert (failed.id, failed.status) == (only(store).id, "failed")
    assert "did not start" in str(failed.problem)
    assert (only(store).status, only(store).problem) == ("queued", None)
    assert library.unfinished() == [path]
    (ready,) = add(library, path)
    assert (ready.id, ready.status) == (failed.id, "ready")


class BrokenEmbedder:
    """An embedder whose process dies whenever it is asked."""

    identity = "broken"
    dimension = 4

    def load(self, urgency, cancel=None):
        return 0.0

    def embed(self, texts, urgency, cancel=None, *, kind="passage"):
        raise DocqaError("The embedding model process ended unexpectedly; try again.")

    def close(self):
        pass


def test_an_embedder_that_fails_leaves_what_is_stored(store, search, reader, library, make_pdf):
    path = make_pdf([PUMP, CATS])
    broken = Search(store, BrokenEmbedder(), store.database.file.parent)
    (failed,) = add(Library(store, broken, reader), path)
    assert (failed.status, failed.pages, failed.passages) == ("failed", 2, 2)
    assert "embedding model" in str(failed.problem)
    assert only(store).status == "indexing"
    (ready,) = add(library, path)
    assert (ready.id, ready.status, ready.problem) == (failed.id, "ready", None)


# -- documents that failed -------------------------------------------------------------------------


def test_a_pdf_that_cannot_be_read_is_forgotten_without_rewriting_the_file(
    store, library, tmp_path
):
    backup = store.database.file.with_name("workspace.db.backup-v1")
    backup.touch()
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing behind it")
    (failed,) = add(library, tmp_path / "broken.pdf")
    assert (failed.id, failed.status) == (None, "failed")
    assert store.documents.all() == []
    assert backup.exists()


def test_a_document_that_failed_keeps_its_reason_when_it_cannot_be_read_again(
    store, search, reader, make_pdf, tmp_path
):
    writer = PdfWriter(clone_from=make_pdf(["", ""]))
    writer.encrypt("sesame", algorithm="AES-256")
    writer.write(tmp_path / "blank.pdf")
    (first,) = add(Library(store, search, reader), tmp_path / "blank.pdf", password="sesame")
    assert (first.status, first.pages) == ("failed", 2)
    (again,) = add(Library(store, search, reader), tmp_path / "blank.pdf")
    assert (again.id, again.status, again.pages) == (first.id, "failed", 2)
    assert "password" in str(again.problem)
    assert (only(store).status, only(store).problem) == ("failed", first.problem)


def test_pages_that_cannot_be_read_are_told_in_the_list_too(store, library, make_pdf, tmp_path):
    path = damaged_page(tmp_path / "damaged.pdf", make_pdf([PUMP, CATS, PUMP]))
    (added,) = add(library, path)
    assert (added.status, added.problem) == ("partial", "Page 2 is damaged and could not be read.")
    assert (only(store).status, only(store).problem) == (added.status, added.problem)


# -- documents that go away ------------------------------------------------------------------------


def test_a_document_removed_while_it_is_read_has_no_id(store, library, make_pdf):
    added = []
    for event in library.add([make_pdf([PUMP])], None, Cancel()):
        if isinstance(event, AddProgress) and event.stage == "queued":
            library.remove([event.document_id])
        elif isinstance(event, Added):
            added.append(event)
    (failed,) = added
    assert (failed.id, failed.status) == (None, "failed")
    assert "removed" in str(failed.problem)
    assert store.documents.all() == []


def test_a_document_is_marked_while_it_is_read(store, library, make_pdf):
    add_until(library, make_pdf([PUMP]), "reading")
    assert only(store).status == "reading"


def test_a_pdf_that_went_away_before_it_was_read_is_no_longer_waited_for(
    store, library, make_pdf, tmp_path
):
    path = make_pdf([PUMP])
    add_until(library, path, "queued")
    kept = Path(shutil.move(path, tmp_path / "elsewhere.pdf"))
    assert library.unfinished() == []
    assert only(store).status == "failed"
    assert "gone" in str(only(store).problem)
    (ready,) = add(library, kept)
    assert (ready.id, ready.status, ready.problem) == (only(store).id, "ready", None)


def test_the_next_add_notices_it_too(store, library, make_pdf):
    path = make_pdf([PUMP])
    add_until(library, path, "queued")
    path.unlink()
    (ready,) = add(library, make_pdf([CATS], "cats.pdf"))
    assert ready.status == "ready"
    assert [document.status for document in store.documents.all()] == ["failed", "ready"]


def test_what_was_read_before_the_pdf_went_away_is_indexed_all_the_same(store, library, make_pdf):
    path = make_pdf([PUMP])
    add_until(library, path, "indexing")
    path.unlink()
    assert library.unfinished() == [path]
    (ready,) = add(library, path)
    assert (ready.id, ready.status, ready.passages) == (only(store).id, "ready", 1)


def test_another_pdf_in_the_place_of_one_that_was_never_read(store, library, make_pdf):
    add_until(library, make_pdf([PUMP]), "queued")
    (ready,) = add(library, make_pdf([CATS]))
    assert (ready.id, ready.status, ready.problem) == (only(store).id, "ready", None)
    assert store.pages.get(ready.id, 1).text.startswith("Cats")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a workspace that is open")
def test_a_reader_of_the_workspace_marks_nothing(store, library, search, reader, make_pdf):
    path = make_pdf([PUMP])
    add_until(library, path, "queued")
    path.unlink()
    with Store.open(store.database.file, read_only=True) as elsewhere:
        assert Library(elsewhere, search, reader).unfinished() == [path]
