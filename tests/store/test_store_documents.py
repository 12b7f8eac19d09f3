"""Documents: created, changed, listed, removed with everything that came of them."""

from __future__ import annotations

import numpy as np
import pytest

from docqa.errors import DocqaError
from docqa.model import Answer, Citation, Document, FileStamp, Hit, Page, Step, Usage


def test_a_new_document_is_queued(store):
    id = store.documents.create("/a.pdf", "abc", "A")
    assert store.documents.get(id) == Document(id, "/a.pdf", "abc", "A", 0, 0, "queued")
    assert store.documents.by_hash("abc") == store.documents.get(id)


def test_what_is_not_there_is_none(store):
    assert store.documents.get(7) is None
    assert store.documents.by_hash("abc") is None
    assert store.documents.by_hash("") is None


def test_counts_and_page_lists_come_from_the_pages(store, content):
    id = store.documents.create("/a.pdf", "abc", "A")
    pages, sections, passages = content(2)
    unread = [Page(0, 12, "", problem="timed out"), Page(0, 3, "", problem="timed out")]
    scanned = [Page(0, 4, "", scanned=True), Page(0, 5, "", problem="a picture", scanned=True)]
    store.pages.replace(id, [*pages, *unread, *scanned], sections, passages)
    document = store.documents.get(id)
    assert document.passages == 6
    assert document.failed_pages == (3, 12)
    assert document.scanned_pages == (4, 5)


def test_only_the_given_fields_change(store):
    id = store.documents.create("/a.pdf", "abc", "A")
    store.documents.update(id, status="failed", problem="It is empty.", pages=3, seconds=1.5)
    assert store.documents.get(id) == Document(
        id, "/a.pdf", "abc", "A", 3, 0, "failed", "It is empty.", seconds=1.5
    )
    store.documents.update(id, problem=None, title="B", path="/b.pdf")
    document = store.documents.get(id)
    assert (document.problem, document.title, document.path) == (None, "B", "/b.pdf")
    assert document.status == "failed"


def test_changing_nothing_or_something_unknown(store):
    id = store.documents.create("/a.pdf", "abc", "A")
    store.documents.update(id)
    with pytest.raises(TypeError, match="colour"):
        store.documents.update(id, colour="red")
    with pytest.raises(DocqaError, match="Document 9 is no longer in the workspace"):
        store.documents.update(9, title="B")


def test_the_same_bytes_are_stored_once(store):
    store.documents.create("/a.pdf", "abc", "A")
    with pytest.raises(DocqaError, match="already in the workspace"):
        store.documents.create("/b.pdf", "abc", "B")
    store.documents.create("/unread-1.pdf", "", "no hash")
    store.documents.create("/unread-2.pdf", "", "no hash")
    assert len(store.documents.all()) == 3


def test_documents_by_the_path_of_their_file(store):
    first = store.documents.create("/a.pdf", "abc", "A")
    second = store.documents.create("/b.pdf", "def", "B")
    store.documents.update(second, path="/a.pdf")
    assert [document.id for document in store.documents.by_path("/a.pdf")] == [second, first]
    assert store.documents.by_path("/b.pdf") == []


def test_what_a_file_looked_like_when_it_was_read(store):
    id = store.documents.create("/a.pdf", "abc", "A")
    assert store.documents.stamp(id) is None
    assert store.documents.stamp(99) is None
    store.documents.update(id, size=7, modified=None, viewable=True, sha256="def")
    assert store.documents.stamp(id) == FileStamp(7, None)
    assert store.documents.get(id).viewable
    assert store.documents.by_hash("def") == store.documents.get(id)


def test_documents_whose_password_is_kept(store):
    store.documents.create("/a.pdf", "abc", "A")
    id = store.documents.create("/b.pdf", "def", "B")
    store.documents.update(id, password_kept=True)
    assert store.documents.with_kept_password() == {id}


def test_a_file_name_that_is_not_unicode_comes_back_as_it_was(store):
    path = "/papers/caf\udce9.pdf"  # as os.fsdecode gives the bytes b"caf\xe9"
    id = store.documents.create(path, "abc", "caf\udce9")
    assert store.documents.get(id).path == path
    assert store.documents.get(id).title == "caf\ufffd"


def test_ids_are_never_used_again(store, add_document):
    first, second = add_document(), add_document()
    store.documents.remove([second])
    assert add_document() > second
    store.documents.remove([document.id for document in store.documents.all()])
    assert add_document() > second + 1
    assert first == 1


def test_removing_returns_each_id_once(store, add_document):
    ids = [add_document() for _ in range(3)]
    assert store.documents.remove([ids[2], ids[0], ids[2]]) == [ids[2], ids[0]]
    assert [document.id for document in store.documents.all()] == [ids[1]]
    assert store.documents.remove([]) == []


def test_an_unknown_id_removes_nothing(store, add_document):
    id = add_document()
    with pytest.raises(DocqaError, match="no document 99 in this workspace: nothing was removed"):
        store.documents.remove([id, 99])
    with pytest.raises(DocqaError, match="no documents 98, 99"):
        store.documents.remove([99, id, 98])
    assert store.documents.get(id) is not None


def test_everything_made_from_a_document_goes_with_it(store, add_document, question):
    fill_everything(store, add_document(), question)
    before = rows_by_table(store)
    gone = add_document()
    fill_everything(store, gone, question)
    between = rows_by_table(store)
    assert [t for t in before if between[t] == before[t]] == [
        "meta",
        "sqlite_sequence",
        "embedders",
        "folders",
        "left_out",
        "common_words",
        "vector_files",
    ]
    store.documents.remove([gone])
    after = rows_by_table(store)
    assert after.pop("usage") == between["usage"]  # what it cost stays known
    assert after == {table: count for table, count in before.items() if table != "usage"}
    assert store.fulltext.check()
    assert store.database.read().execute("PRAGMA foreign_key_check").fetchall() == []


def test_notes_and_turns_that_quote_a_removed_document_go_too(store, add_document, question):
    gone, stays = add_document(), add_document()
    across = question(stays, kind="link", evidence=question(gone).evidence)
    store.notes.add([across, question(stays)])
    citation = Citation(gone, "Paper 1", 1, "pump", 4, 8)
    hit = Hit(1, gone, "Paper 1", 1, 0.5, "pump", 4, 8)
    store.turns.add(Answer("Cited?", "Yes.", True, "passages", citations=(citation,)))
    store.turns.add(Answer("Near?", None, False, "not_found", nearest=(hit,)))
    store.turns.add(Answer("Neither?", None, False, "not_found"))
    store.documents.remove([gone])
    assert [note.kind for note in store.notes.list()] == ["question"]
    assert [answer.question for answer in store.turns.recent()] == ["Neither?"]


def fill_everything(store, id, question):
    """Let something of every kind hang on a document."""
    passages = [passage.id for passage in store.passages.of_document(id)]
    store.vectors.put("passage", "model", passages, np.ones((len(passages), 4)))
    store.steps.plan([Step(0, id, "numbers", passages[0], 1, "hash")])
    [step] = store.steps.pending([id])
    notes = store.steps.complete(step, [question(id)], Usage(10, 5, 2), 1.0)
    store.vectors.put("note", "model", notes, np.ones((1, 4)))
    store.turns.add(
        Answer("?", "!", True, "prepared", citations=(Citation(id, "P", 1, "pump", 4, 8),))
    )


def rows_by_table(store) -> dict[str, int]:
    connection = store.database.read()
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'"
        " AND name NOT LIKE 'passages_%words' AND name NOT LIKE 'passages_pairs%'"
        " AND name <> 'vector_changes'"  # ids only, until the files of vectors are made anew
    ).fetchall()
    return {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for (t,) in tables}


def test_a_document_without_pages_is_discarded_without_rewriting_the_file(store, file):
    backup = file.with_name(file.name + ".backup-v1")
    backup.touch()
    id = store.documents.create("/a.pdf", "abc", "A")
    said: list[str] = []
    store.database.read().set_trace_callback(said.append)
    assert store.documents.discard(id)
    assert not [sql for sql in said if "VACUUM" in sql or "optimize" in sql]
    assert store.documents.all() == []
    assert backup.exists()
    assert not store.documents.discard(id)
    assert store.documents.create("/a.pdf", "abc", "A") > id


def test_a_document_with_pages_is_not_discarded(store, add_document):
    id = add_document()
    assert not store.documents.discard(id)
    assert store.documents.get(id) is not None


def test_titles_of_some_documents_also_of_one_that_is_gone(store):
    one = store.documents.create("/a.pdf", "a", "Orchard")
    store.documents.create("/b.pdf", "b", "Ferry")
    assert store.documents.titles([one, one, 99]) == {one: "Orchard", 99: ""}
    assert store.documents.titles([]) == {}
