"""Which files hold which vectors, and for which owners they are outdated."""

from __future__ import annotations

import numpy as np
import pytest

from docqa.store.database import Database
from docqa.store.schema import MIGRATIONS
from docqa.store.vector_files import VectorFile, VectorFiles
from docqa.store.vector_schema import VECTOR_FILES

FILE = VectorFile("a.vectors", 2, 1, 2, 77)


@pytest.fixture
def files(store) -> VectorFiles:
    return VectorFiles(store.database)


def noted(files: VectorFiles, since: int = 0) -> list[int]:
    return sorted(files.state("passage", "model", since).changes.tolist())


def put(store, *ids: int, embedder: str = "model") -> None:
    store.vectors.put("passage", embedder, list(ids), np.ones((len(ids), 4)))


def test_what_comes_changes_or_goes_is_noted(store, files, add_document, question):
    document = add_document(pages=1)
    put(store, 1, 2, 3)
    assert noted(files) == [1, 2, 3]
    files.replace("passage", "model", FILE, [], [1, 2], files.last())
    assert noted(files) == [3]
    put(store, 1)
    assert noted(files) == [1, 3]
    assert files.state("passage", "model").files == (FILE,)
    files.replace("passage", "model", None, [], [1, 3], files.last())
    store.documents.remove([document])
    assert noted(files) == [1, 2, 3]


def test_notes_and_passages_and_embedders_are_told_apart(store, files, add_document, question):
    [note] = store.notes.add([question(add_document(pages=1))])
    put(store, 1)
    put(store, 2, embedder="other")
    store.vectors.put("note", "model", [note], np.ones((1, 4)))
    assert noted(files) == [1]
    assert files.state("passage", "other").changes.tolist() == [2]
    assert files.state("note", "model").changes.tolist() == [note]
    assert [store.vectors.count(o, "model") for o in ("passage", "note")] == [1, 1]


def test_only_later_changes_are_told_to_who_knows_the_others(store, files, add_document):
    add_document(pages=1)
    put(store, 1, 2)
    last = files.state("passage", "model").last
    assert noted(files, last) == []
    put(store, 2)
    assert noted(files, last) == [2]
    files.replace("passage", "model", FILE, [], [1, 2], last)  # 2 changed meanwhile
    assert noted(files) == [2]


def test_a_lost_file_makes_the_database_speak_for_its_owners(store, files, add_document):
    add_document(pages=1)
    put(store, 1, 2, 3)
    files.replace("passage", "model", FILE, [], [1, 2, 3], files.last())
    files.lose("passage", "model", FILE)
    assert noted(files) == [1, 2]
    assert files.names() == frozenset()


def test_counts_are_kept(store, add_document):
    documents = [add_document(pages=1) for _ in range(2)]
    put(store, 1, 2, 3, 4)
    put(store, 1, 2)
    assert store.vectors.count("passage", "model") == 4
    store.documents.remove(documents[:1])
    assert store.vectors.count("passage", "model") == len(store.vectors.load("passage", "model")[0])
    store.vectors.forget(documents[1])
    assert store.vectors.count("passage", "model") == 0


def test_an_embedder_that_goes_leaves_nothing(store, files, add_document):
    add_document(pages=1)
    put(store, 1, 2)
    files.replace("passage", "model", FILE, [], [1], files.last())
    while store.vectors.drop("model", 1):
        pass
    connection = store.database.read()
    for table in ("embedders", "vector_files", "vector_changes", "passage_vectors"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_vectors_of_an_older_workspace_are_counted_and_noted(tmp_path, monkeypatch):
    file = tmp_path / "workspace.db"
    before = MIGRATIONS[: MIGRATIONS.index(VECTOR_FILES)]
    monkeypatch.setattr("docqa.store.migrate.migrate.__defaults__", (before,))
    database = Database.open(file)
    with database.write() as connection:
        connection.execute("INSERT INTO documents (path, sha256, title, added) VALUES ('','','',0)")
        connection.execute("INSERT INTO passages VALUES (5, 1, 1, 0, 1, 'a', '')")
        connection.execute("INSERT INTO embedders (identity, dimension) VALUES ('model', 4)")
        connection.execute("INSERT INTO passage_vectors VALUES (5, 1, zeroblob(8))")
    database.close()
    monkeypatch.undo()
    database = Database.open(file)
    assert VectorFiles(database).state("passage", "model").changes.tolist() == [5]
    assert database.read().execute("SELECT passages FROM embedders").fetchone() == (1,)
    database.close()
