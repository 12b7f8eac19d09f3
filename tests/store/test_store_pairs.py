"""Passages of scripts without blanks: found by pairs, also after changes, removal, migration."""

from __future__ import annotations

import sqlite3

import pytest

from docqa.model import Page, Passage
from docqa.store.connection import connect
from docqa.store.migrate import migrate
from docqa.store.schema import MIGRATIONS
from docqa.store.store import Store

CHINESE = "北京的人口超过两千万。"


def add(store: Store, texts: list[str], context: str = "", id: int | None = None) -> int:
    if id is None:
        count = len(store.documents.all())
        id = store.documents.create(f"/{count}.pdf", f"hash {count}", "Paper")
    pages = [Page(id, number, text) for number, text in enumerate(texts, 1)]
    passages = [Passage(0, id, p.number, 0, len(p.text), p.text, context) for p in pages]
    store.pages.replace(id, pages, [], passages)
    return id


def matching(store: Store, expression: str, **options: object) -> list[int]:
    found = store.fulltext.match(expression, table="passages_pairs", **options)  # type: ignore[arg-type]
    return [id for id, _ in found]


def rows(store: Store) -> int:
    return store.database.read().execute("SELECT count(*) FROM passages_pairs").fetchone()[0]


def test_only_passages_with_such_letters_are_kept(store):
    id = add(store, [CHINESE, "The population of Peking.", "ประเทศไทย"])
    other = add(store, ["人口普查"])
    assert rows(store) == 3
    assert matching(store, '"人口"') == [4, 1]  # the shorter one first
    assert matching(store, '"人口"', documents=[id]) == [1]
    assert matching(store, '"口" *', documents=[other]) == [4]
    assert matching(store, '"ไท"') == [3]


def test_the_context_line_is_found_and_follows_its_changes(store):
    id = add(store, ["Numbers."], context="年度报告")
    assert matching(store, '"报告"') == [1]
    add(store, ["Numbers."], context="Annual report", id=id)
    assert rows(store) == 0
    add(store, ["Numbers."], context="财务报告", id=id)
    assert matching(store, '"财务"') == [1]
    assert store.fulltext.check()


def test_removed_passages_are_found_no_longer(store):
    id, stays = add(store, [CHINESE]), add(store, [CHINESE])
    store.documents.remove([id])
    assert matching(store, '"人口"') == [2]
    assert rows(store) == 1
    raw = b"".join(path.read_bytes() for path in store.database.file.parent.iterdir())
    store.documents.remove([stays])
    assert "人口".encode() in raw
    assert "人口".encode() not in b"".join(
        path.read_bytes() for path in store.database.file.parent.iterdir()
    )


def test_a_damaged_index_is_made_anew(store):
    add(store, [CHINESE])
    with store.database.write() as connection:
        connection.execute("UPDATE passages_pairs_data SET block = x'00' WHERE id > 10")
    assert matching(store, '"人口"') == [1]
    assert store.fulltext.check()


@pytest.fixture
def version_3(file):
    """A workspace as docqa made it before it knew such scripts."""
    file.parent.mkdir()
    with sqlite3.connect(file):
        pass
    connection = connect(file)
    migrate(connection, MIGRATIONS[:3])
    connection.execute(
        "INSERT INTO documents (path, sha256, title, added) VALUES ('/a.pdf', 'a', 'A', 0),"
        " ('/b.pdf', 'b', 'B', 0)"
    )
    connection.executemany(
        'INSERT INTO passages (document_id, page, start, "end", text, context)'
        " VALUES (?, 1, 0, 1, ?, 'context')",
        [(1, CHINESE), (1, "English"), (1, "日本語の文書")],
    )
    connection.close()
    return file


def test_an_older_workspace_is_upgraded_with_its_passages(version_3):
    with Store.open(version_3) as store:
        assert matching(store, '"人口"') == [1]
        assert matching(store, '"日本"') == [3]
        assert [document.passages for document in store.documents.all()] == [3, 0]
        assert store.passages.count() == store.passages.count(1) == 3
        assert store.fulltext.check()
        assert [id for id, _ in store.fulltext.match('"english"', documents=[1, 2])] == [2]
