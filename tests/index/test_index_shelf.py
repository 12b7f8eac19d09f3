"""Vectors in memory, their copy on disk, and the database that is right in any case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_library import Library

from docqa.index.cache_file import Stamp, load, save
from docqa.index.shelf import Place, Shelf
from docqa.store.store import Store

DIMENSION = 4
STAMP = Stamp("this workspace", "passage", "embedder:1", DIMENSION)
VECTORS = np.eye(DIMENSION, dtype=np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "passages.vectors"


def shelf_of(store: Store, file: Path, *, writes: bool = True, stamp: Stamp = STAMP) -> Shelf:
    def locate(ids: Iterable[int]) -> dict[int, Place]:
        return {id: Place(p.document_id) for id, p in store.passages.get(ids).items()}

    return Shelf("passage", stamp, store.vectors, locate, file, writes)


def passages_of(library: Library, document: int) -> list[int]:
    return [passage.id for passage in library.store.passages.of_document(document)]


def filled(library: Library, file: Path) -> tuple[int, int, list[int]]:
    """Two documents of two passages, all with vectors, and a saved copy."""
    one, two = library.add("One", ["a", "b"]), library.add("Two", ["c", "d"])
    ids = [*passages_of(library, one), *passages_of(library, two)]
    shelf = shelf_of(library.store, file)
    shelf.add(library.store.database, ids, VECTORS)
    shelf.save()
    assert file.is_file()
    return one, two, ids


def test_what_is_added_is_found_within_its_document_and_kept(library: Library, file: Path) -> None:
    one, two, ids = filled(library, file)
    for shelf in (shelf_of(library.store, file), shelf_of(library.store, file.with_name("none"))):
        assert shelf.search(VECTORS[2], 1) == [(ids[2], 1.0)]
        assert {id for id, _ in shelf.search(VECTORS[2], 9, [one])} == set(ids[:2])
        assert {id for id, _ in shelf.search(VECTORS[2], 9, [two, 99])} == set(ids[2:])
        assert shelf.search(VECTORS[2], 9, []) == []
        assert shelf.similarities(VECTORS[0], [ids[0], ids[1], 99]) == {ids[0]: 1.0, ids[1]: 0.0}


def test_the_copy_is_readable_by_its_owner_only(library: Library, file: Path) -> None:
    filled(library, file)
    assert file.stat().st_mode & 0o077 == 0


def test_a_good_copy_is_used_and_the_database_is_not_read(
    library: Library, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, ids = filled(library, file)

    def refuse(*_: object) -> None:
        raise AssertionError("the vectors were read from the database")

    monkeypatch.setattr(type(library.store.vectors), "load", refuse)
    assert shelf_of(library.store, file).search(VECTORS[1], 1) == [(ids[1], 1.0)]


def flip(position: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        where = position % len(content)
        return content[:where] + bytes([content[where] ^ 0x10]) + content[where + 1 :]

    return damage


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    damage=st.one_of(
        st.integers(0, 10_000).map(flip),
        st.integers(0, 400).map(lambda n: lambda content: content[:n]),
        st.binary(max_size=300).map(lambda junk: lambda _: junk),
        st.binary(min_size=1, max_size=8).map(lambda junk: lambda content: content + junk),
    )
)
def test_a_damaged_copy_is_never_believed(
    tmp_path_factory: pytest.TempPathFactory, damage: Callable[[bytes], bytes]
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.vectors"
    stored = rows([1, 2, 3])
    save(file, STAMP, stored)
    file.write_bytes(damage(file.read_bytes()))
    found = load(file, STAMP)
    # A flipped bit in a value that is not used, like a blank of the header, may do no harm.
    assert found is None or (
        np.array_equal(found.ids, stored.ids) and np.array_equal(found.matrix, stored.matrix)
    )


def rows(ids: list[int]):  # type: ignore[no-untyped-def]
    from docqa.index.cache_file import Rows

    count = len(ids)
    return Rows(
        np.array(ids, np.int64),
        np.ones(count, np.int64),
        np.zeros(count, np.int8),
        np.arange(count * DIMENSION, dtype=np.float16).reshape(count, DIMENSION),
    )


@pytest.mark.parametrize("content", [b"", b"docqa vectors\n", b"docqa vectors\n{}\n", b"x" * 99])
def test_damage_is_repaired_from_the_database(library: Library, file: Path, content: bytes) -> None:
    _, _, ids = filled(library, file)
    file.write_bytes(content)
    shelf = shelf_of(library.store, file)
    assert shelf.search(VECTORS[3], 1) == [(ids[3], 1.0)]
    shelf.save()
    assert load(file, STAMP) is not None


@pytest.mark.parametrize(
    "stamp",
    [
        Stamp("another workspace", "passage", "embedder:1", DIMENSION),
        Stamp("this workspace", "note", "embedder:1", DIMENSION),
        Stamp("this workspace", "passage", "embedder:2", DIMENSION),
        Stamp("this workspace", "passage", "embedder:1", DIMENSION + 1),
    ],
)
def test_a_copy_of_something_else_is_not_used(file: Path, stamp: Stamp) -> None:
    save(file, STAMP, rows([1, 2]))
    assert load(file, STAMP) is not None
    assert load(file, stamp) is None


def test_an_outdated_copy_is_not_used(library: Library, file: Path) -> None:
    one, _, ids = filled(library, file)
    library.store.documents.remove([one])
    shelf = shelf_of(library.store, file)
    assert {id for id, _ in shelf.search(VECTORS[0], 9)} == set(ids[2:])


def test_the_copy_is_gone_before_anything_changes(library: Library, file: Path) -> None:
    one, _, _ = filled(library, file)
    three = passages_of(library, library.add("Three", ["e"]))
    shelf = shelf_of(library.store, file)
    shelf.add(library.store.database, three, VECTORS[:1])
    assert not file.exists()
    shelf.save()
    assert file.exists()
    shelf.remove_documents([one])
    assert not file.exists()


def test_removing_documents_takes_down_all_of_theirs(library: Library, file: Path) -> None:
    one, _, ids = filled(library, file)
    shelf = shelf_of(library.store, file)
    assert len(shelf) == 4
    library.store.documents.remove([one])
    shelf.remove_documents([one, 12345])
    assert {id for id, _ in shelf.search(VECTORS[0], 9)} == set(ids[2:])
    assert len(shelf) == 2
    assert shelf.search(VECTORS[0], 9, [one]) == []


def test_removal_before_anything_was_read_deletes_the_copy(library: Library, file: Path) -> None:
    one, _, _ = filled(library, file)
    shelf_of(library.store, file).remove_documents([one])
    assert not file.exists()


def test_owners_that_are_gone_get_no_vector(library: Library, file: Path) -> None:
    one = library.add("One", ["a", "b"])
    ids = passages_of(library, one)
    library.store.documents.remove([one])
    shelf = shelf_of(library.store, file)
    shelf.add(library.store.database, ids, VECTORS[:2])
    assert len(shelf) == 0
    assert library.store.vectors.count("passage", "embedder:1") == 0


def test_a_failed_transaction_leaves_nothing_behind(library: Library, file: Path) -> None:
    ids = passages_of(library, library.add("One", ["a", "b"]))
    shelf = shelf_of(library.store, file)

    def add_then_fail() -> None:
        with library.store.database.write():
            shelf.add(library.store.database, ids, np.ones((2, 9), np.float32))

    with pytest.raises(ValueError, match="dimension"):
        add_then_fail()
    assert len(shelf) == 0
    assert library.store.vectors.count("passage", "embedder:1") == 0


def test_refresh_notices_what_changed_in_the_database(library: Library, file: Path) -> None:
    one, _, _ = filled(library, file)
    shelf = shelf_of(library.store, file)
    assert len(shelf) == 4
    library.store.documents.remove([one])
    shelf.refresh(library.store.database)
    assert len(shelf) == 2


def test_a_reader_never_writes(library: Library, file: Path) -> None:
    one, _, ids = filled(library, file)
    file.write_bytes(b"damaged")
    library.store.database.read().execute("PRAGMA wal_checkpoint")
    with Store.open(library.directory / "workspace.db", read_only=True) as reader:
        shelf = shelf_of(reader, file, writes=False)
        assert shelf.search(VECTORS[3], 1) == [(ids[3], 1.0)]
        shelf.save()
        shelf.remove_documents([one])
    assert file.read_bytes() == b"damaged"
