"""Vectors in files and in memory, and the database that is right in any case."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_library import Library

from docqa.index.contents import Sizes
from docqa.index.segment import Segment
from docqa.index.shelf import Shelf
from docqa.index.vector_file import MappedFile, Stamp, _Layout
from docqa.index.vector_folder import VectorFolder
from docqa.index.vector_source import Source
from docqa.store.database import Database
from docqa.store.store import Store
from docqa.store.vector_files import VectorFiles

DIMENSION = 16
STAMP = Stamp("this workspace", "passage", "embedder:1", DIMENSION)
SMALL = Sizes(file=40, tail=16, worth_saving=4, at_once=100)
"""So that some dozens of vectors take the ways of a million."""


def shelf_of(store: Store, directory: Path, sizes: Sizes = SMALL, stamp: Stamp = STAMP) -> Shelf:
    return Shelf(stamp, store.database, directory, sizes)


def unit_rows(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float16).astype(np.float32)


def files(library: Library) -> list[Path]:
    return sorted(library.directory.glob("*.vectors"))


class Truth:
    """A library with vectors, and what numpy finds in it."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.rows: dict[int, np.ndarray] = {}
        self.documents: dict[int, list[int]] = {}
        self._count = 0

    def add(self, shelf: Shelf, count: int) -> int:
        self._count += 1
        document = self.library.add(f"{id(self)} {self._count}", ["a"] * count)
        ids = [passage.id for passage in self.library.store.passages.of_document(document)]
        self.put(shelf, ids)
        self.documents[document] = ids
        return document

    def put(self, shelf: Shelf, ids: Sequence[int]) -> None:
        self._count += 1
        rows = unit_rows(len(ids), self._count)
        shelf.add(self.library.store.database, ids, rows)
        self.rows.update(zip(ids, rows, strict=True))

    def forget(self, document: int) -> list[int]:
        ids = self.documents.pop(document)
        for id in ids:
            del self.rows[id]
        return ids

    def best(self, vector: np.ndarray, k: int, scope: Sequence[int] | None) -> list[int]:
        among = self.documents if scope is None else scope
        ids = [id for document in among for id in self.documents.get(document, [])]
        return sorted(ids, key=lambda id: (-float(self.rows[id] @ vector), id))[:k]

    def check(self, shelf: Shelf) -> None:
        vector = unit_rows(1, 999)[0]
        assert len(shelf) == len(self.rows)
        scopes = (None, [], list(self.documents)[:1], list(self.documents)[1::2], [98765])
        for scope, found in zip(scopes, shelf.search_each(vector, 7, scopes), strict=True):
            assert [id for id, _ in found] == self.best(vector, 7, scope)
            alone = dict(shelf.search(vector, 7, scope))
            assert dict(found) == pytest.approx(alone, abs=1e-5)
            for id, score in found:
                assert score == pytest.approx(float(self.rows[id] @ vector), abs=1e-5)
        some = list(self.rows)[::3]
        alike = shelf.similarities(vector, [*some, 98765])
        assert alike == pytest.approx({id: float(self.rows[id] @ vector) for id in some}, abs=1e-5)


@pytest.fixture
def truth(library: Library) -> Truth:
    return Truth(library)


@pytest.fixture
def filled(library: Library, truth: Truth) -> Truth:
    """Twelve documents of ten passages: three files, all checked."""
    shelf = shelf_of(library.store, library.directory)
    for _ in range(12):
        truth.add(shelf, 10)
    shelf.close()
    assert len(files(library)) >= 3
    return truth


def test_a_small_library_is_in_memory_and_exact(library: Library, truth: Truth) -> None:
    shelf = shelf_of(library.store, library.directory, Sizes())
    for _ in range(3):
        truth.add(shelf, 30)
    truth.check(shelf)
    shelf.close()
    assert not files(library)
    truth.check(shelf_of(library.store, library.directory, Sizes()))


def test_a_large_one_is_in_files_and_found_as_well(library: Library, filled: Truth) -> None:
    filled.check(shelf_of(library.store, library.directory))


def test_files_are_readable_by_their_owner_only(library: Library, filled: Truth) -> None:
    assert [file.stat().st_mode & 0o077 for file in files(library)] == [0] * len(files(library))


def test_files_are_used_and_the_database_is_not_read(
    library: Library, filled: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_of(library.store, library.directory)
    monkeypatch.setattr(Source, "rows", lambda *_: pytest.fail("vectors were read"))
    filled.check(shelf)


STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 30)),
    st.tuples(st.just("remove"), st.integers(0, 30)),
    st.tuples(st.just("remove first from the shelf"), st.integers(0, 30)),
    st.tuples(st.just("remove unknown to the shelf"), st.integers(0, 30)),
    st.tuples(st.just("change"), st.integers(0, 30)),
    st.tuples(st.just("save"), st.just(0)),
    st.tuples(st.just("open anew"), st.just(0)),
    st.tuples(st.just("die"), st.just(0)),
    st.tuples(st.just("search"), st.just(0)),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_after_any_changes_it_finds_what_numpy_finds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    directory = tmp_path_factory.mktemp("any") / "workspace"
    with Store.open(directory / "workspace.db") as store:
        library = Library(directory, store)
        truth = Truth(library)
        shelf = shelf_of(store, directory)
        for action, number in steps:
            if action == "add":
                truth.add(shelf, number)
            elif action == "save":
                shelf.save()
            elif action == "search":
                truth.check(shelf)
            elif action in ("open anew", "die"):
                if action == "open anew":
                    shelf.close()
                shelf = shelf_of(store, directory)
            elif truth.documents:
                document = sorted(truth.documents)[number % len(truth.documents)]
                change(action, document, shelf, truth)
        truth.check(shelf)
        shelf.close()
        truth.check(shelf_of(store, directory))
        leaves_no_trace(library, truth)


def change(action: str, document: int, shelf: Shelf, truth: Truth) -> None:
    store = truth.library.store
    if action == "change":
        truth.put(shelf, truth.documents[document][::2])
        return
    truth.forget(document)
    if action == "remove first from the shelf":
        shelf.remove_documents([document])
    store.documents.remove([document])
    if action == "remove unknown to the shelf":
        shelf.refresh(store.database)
    else:
        shelf.remove_documents([document])


def leaves_no_trace(library: Library, truth: Truth) -> None:
    """In the files there are rows of those only that are in the database, once."""
    assert len(set(in_files(library))) == len(in_files(library))
    for file in files(library):
        record = next(f for f in listed(library) if f.name == file.name)
        codes = stored(library, record.name)
        there = codes.ids > 0
        assert set(codes.ids[there].tolist()) <= set(truth.rows)
        assert (codes.rows[~there] == 128).all()
        assert not codes.documents[~there].any()


def listed(library: Library):  # type: ignore[no-untyped-def]
    return VectorFiles(library.store.database).state("passage", "embedder:1").files


def stored(library: Library, name: str):  # type: ignore[no-untyped-def]
    record = next(file for file in listed(library) if file.name == name)
    return MappedFile(library.directory / name, STAMP, record.rows, record.checksum).codes


def flip(position: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        where = position % len(content)
        return content[:where] + bytes([content[where] ^ 0x10]) + content[where + 1 :]

    return damage


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    damage=st.one_of(
        st.integers(0, 10_000).map(flip),
        st.integers(0, 4000).map(lambda n: lambda content: content[:n]),
        st.binary(max_size=300).map(lambda junk: lambda _: junk),
        st.binary(min_size=1, max_size=8).map(lambda junk: lambda content: content + junk),
    ),
    which=st.integers(0, 9),
)
def test_a_damaged_file_is_noticed_and_made_anew(
    library: Library, filled: Truth, damage: Callable[[bytes], bytes], which: int
) -> None:
    file = files(library)[which % len(files(library))]
    file.write_bytes(damage(file.read_bytes()))
    shelf = shelf_of(library.store, library.directory)
    filled.check(shelf)
    shelf.close()
    assert file not in files(library)
    again = shelf_of(library.store, library.directory)
    filled.check(again)
    assert len(listed(library)) == len(files(library))


def test_a_missing_file_is_made_anew(library: Library, filled: Truth) -> None:
    for file in files(library):
        file.unlink()
    shelf = shelf_of(library.store, library.directory, Sizes(file=40, tail=16, worth_saving=4))
    filled.check(shelf)
    shelf.close()
    assert files(library)


def test_an_older_state_of_a_file_is_not_used(library: Library, filled: Truth) -> None:
    before = {file: file.read_bytes() for file in files(library)}
    gone = next(iter(filled.documents))
    library.store.documents.remove([gone])
    shelf_of(library.store, library.directory).remove_documents([gone])
    filled.forget(gone)
    changed = [file for file in files(library) if file.read_bytes() != before[file]]
    assert changed
    for file in changed:
        file.write_bytes(before[file])
    filled.check(shelf_of(library.store, library.directory))
    assert not set(changed) & set(files(library))


@pytest.mark.parametrize(
    "stamp",
    [
        Stamp("another workspace", "passage", "embedder:1", DIMENSION),
        Stamp("this workspace", "passage", "embedder:1", DIMENSION * 2),
    ],
)
def test_a_file_of_something_else_is_not_used(
    library: Library, filled: Truth, stamp: Stamp
) -> None:
    for record in listed(library):
        with pytest.raises(ValueError, match=r"length|another"):
            MappedFile(library.directory / record.name, stamp, record.rows, record.checksum)


def test_embedders_have_files_of_their_own(library: Library, filled: Truth) -> None:
    other = Stamp("this workspace", "passage", "embedder:2", DIMENSION)
    shelf = shelf_of(library.store, library.directory, stamp=other)
    assert len(shelf) == 0
    ids = list(filled.rows)[:20]
    shelf.add(library.store.database, ids, unit_rows(20, 5))
    shelf.close()
    assert len(shelf_of(library.store, library.directory, stamp=other)) == 20
    filled.check(shelf_of(library.store, library.directory))


def test_removing_overwrites_the_rows_in_the_files_at_once(library: Library, filled: Truth) -> None:
    document = list(filled.documents)[3]
    shelf = shelf_of(library.store, library.directory)
    filled.check(shelf)
    kept = {file.name: stored(library, file.name) for file in files(library)}
    rows = [
        codes.rows[codes.documents == document].tobytes()
        for codes in kept.values()
        if (codes.documents == document).any()
    ]
    assert rows
    library.store.documents.remove([document])
    shelf.remove_documents([document, 12345])
    filled.forget(document)
    for file in files(library):
        content = file.read_bytes()
        assert not any(row in content for row in rows)
    filled.check(shelf)
    filled.check(shelf_of(library.store, library.directory))


def test_removing_while_nothing_is_open_yet_overwrites_too(library: Library, filled: Truth) -> None:
    document = list(filled.documents)[3]
    library.store.documents.remove([document])
    shelf_of(library.store, library.directory).remove_documents([document])
    filled.forget(document)
    leaves_no_trace(library, filled)


def test_what_a_death_left_is_overwritten_at_the_next_opening(
    library: Library, filled: Truth
) -> None:
    document = list(filled.documents)[3]
    library.store.documents.remove([document])  # ... and the shelf never hears of it
    filled.forget(document)
    filled.check(shelf_of(library.store, library.directory))
    leaves_no_trace(library, filled)


def test_a_death_while_a_file_is_written_leaves_nothing_of_it(
    library: Library, filled: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_of(library.store, library.directory)
    filled.add(shelf, 10)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    before = files(library)
    monkeypatch.setattr(Source, "settle", die)  # The file is there, the database knows nothing.
    with pytest.raises(KeyboardInterrupt):
        shelf.save()
    monkeypatch.undo()
    assert len(files(library)) == len(before) + 1
    again = shelf_of(library.store, library.directory)
    filled.check(again)
    assert files(library) == before


def test_a_death_while_rows_are_overwritten_is_noticed(
    library: Library, filled: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = list(filled.documents)[3]
    shelf = shelf_of(library.store, library.directory)
    filled.check(shelf)
    library.store.documents.remove([document])
    filled.forget(document)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("docqa.index.vector_file.os.fsync", die)
    with pytest.raises(KeyboardInterrupt):
        shelf.remove_documents([document])
    monkeypatch.undo()
    filled.check(shelf_of(library.store, library.directory))
    leaves_no_trace(library, filled)


def test_who_checks_a_file_waits_until_rows_are_overwritten(
    library: Library, filled: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = VectorFolder(library.directory, STAMP).open(listed(library)[0])
    assert segment is not None
    segment.leave_out(segment.ids()[:2])
    check = threading.Thread(target=segment.is_sound)
    block = _Layout.block

    def check_meanwhile(layout: _Layout, number: int) -> int:
        check.start()  # The rows are overwritten by now, the checksums are not.
        check.join(0.1)
        return block(layout, number)

    monkeypatch.setattr(_Layout, "block", check_meanwhile)
    assert segment.erase() is not None
    check.join()
    assert segment.is_sound()


def test_files_of_earlier_versions_are_deleted(library: Library, filled: Truth) -> None:
    old = library.directory / "passages.vectors"
    old.write_bytes(b"docqa vectors\n{}")
    filled.check(shelf_of(library.store, library.directory))
    assert not old.exists()


def test_owners_that_are_gone_get_no_vector(library: Library) -> None:
    document = library.add("One", ["a", "b"])
    ids = [passage.id for passage in library.store.passages.of_document(document)]
    library.store.documents.remove([document])
    shelf = shelf_of(library.store, library.directory)
    shelf.add(library.store.database, ids, unit_rows(2))
    assert len(shelf) == 0
    assert library.store.vectors.count("passage", "embedder:1") == 0


def test_a_failed_transaction_leaves_nothing_behind(library: Library, filled: Truth) -> None:
    ids = list(filled.rows)[:2]
    shelf = shelf_of(library.store, library.directory)

    def add_then_fail() -> None:
        with library.store.database.write():
            shelf.add(library.store.database, ids, unit_rows(2, 77))
            shelf.add(library.store.database, ids, np.ones((2, 9), np.float32))

    with pytest.raises(ValueError, match="dimension"):
        add_then_fail()
    filled.check(shelf)
    assert library.store.vectors.count("passage", "embedder:1") == len(filled.rows)


def test_refresh_notices_what_changed_in_the_database(library: Library, filled: Truth) -> None:
    shelf = shelf_of(library.store, library.directory)
    filled.check(shelf)
    document = next(iter(filled.documents))
    library.store.documents.remove([document])
    filled.forget(document)
    shelf.refresh(library.store.database)
    filled.check(shelf)


def test_what_is_taken_down_but_stays_in_the_database_comes_back(
    library: Library, filled: Truth
) -> None:
    shelf = shelf_of(library.store, library.directory)
    filled.add(shelf, 3)
    some = list(filled.documents)
    shelf.remove_documents([some[0], some[-1]])
    assert len(shelf) == len(filled.rows) - 13
    shelf.refresh(library.store.database)
    filled.check(shelf)


def test_a_reader_never_writes(library: Library, filled: Truth) -> None:
    file = files(library)[0]
    file.write_bytes(b"damaged")
    stray = library.directory / "passages.vectors"
    stray.write_bytes(b"left over")
    library.store.database.read().execute("PRAGMA wal_checkpoint")
    before = {path: path.read_bytes() for path in files(library)}
    with Store.open(library.directory / "workspace.db", read_only=True) as reader:
        shelf = shelf_of(reader, library.directory)
        filled.check(shelf)
        shelf.save()
        shelf.remove_documents(list(filled.documents)[:1])
        assert len(shelf) == len(filled.rows) - 10
        shelf.close()
    assert {path: path.read_bytes() for path in files(library)} == before


def test_a_reader_beside_a_writer_sees_what_is_there(library: Library, filled: Truth) -> None:
    writer = shelf_of(library.store, library.directory)
    with Store.open(library.directory / "workspace.db", read_only=True) as store:
        reader = shelf_of(store, library.directory)
        filled.check(reader)
        removed = next(iter(filled.documents))
        library.store.documents.remove([removed])
        writer.remove_documents([removed])
        filled.forget(removed)
        found = reader.search(unit_rows(1, 999)[0], 7)  # not yet told, and still right
        assert [id for id, _ in found] == filled.best(unit_rows(1, 999)[0], 7, None)
        for _ in range(4):
            filled.add(writer, 10)
        writer.save()
        reader.refresh(store.database)
        filled.check(reader)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within five seconds")


@pytest.fixture
def bare(library: Library, filled: Truth) -> Truth:
    """All files are lost, and there are more vectors than a search would wait for."""
    for file in files(library):
        file.unlink()
    return filled


def test_a_large_library_is_read_in_the_background(
    library: Library, bare: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    build = Shelf._build

    def wait_and_build(shelf: Shelf, *arguments: object) -> None:
        assert goes_on.wait(5)
        build(shelf, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Shelf, "_build", wait_and_build)
    shelf = shelf_of(library.store, library.directory)
    assert not shelf.ready
    assert len(shelf) == len(bare.rows)
    assert shelf.search(unit_rows(1)[0], 5) == []  # at once
    late = bare.add(shelf, 3)
    assert {id for id, _ in shelf.search(unit_rows(1)[0], 5)} == set(bare.documents[late])
    goes_on.set()
    wait_for(lambda: shelf.ready)
    bare.check(shelf)
    shelf.close()
    bare.check(shelf_of(library.store, library.directory))


def test_who_rebuilds_is_told_how_far_it_is(library: Library, bare: Truth) -> None:
    shelf = shelf_of(library.store, library.directory)
    total = len(bare.rows)
    steps = list(shelf.rebuild())
    assert steps[0] == (0, total)
    assert steps[-1] == (total, total)
    assert len(steps) >= 4
    assert shelf.ready
    bare.check(shelf)
    assert list(shelf.rebuild()) == [(0, 0)]


def test_a_rebuild_that_is_killed_goes_on_where_it_was(library: Library, bare: Truth) -> None:
    killed = shelf_of(library.store, library.directory).rebuild()
    assert [next(killed) for _ in range(2)][-1][0] == 40
    killed.close()
    sizes = Sizes(file=40, tail=16, worth_saving=4, at_once=50)
    (first, *_, last) = shelf_of(library.store, library.directory, sizes).rebuild()
    assert first == (0, len(bare.rows) - 40)
    assert last == (len(bare.rows) - 40, len(bare.rows) - 40)


def test_a_reader_rebuilds_in_memory(library: Library, bare: Truth) -> None:
    with Store.open(library.directory / "workspace.db", read_only=True) as store:
        shelf = shelf_of(store, library.directory)
        assert list(shelf.rebuild())[-1] == (120, 120)
        bare.check(shelf)
    assert not files(library)


def test_files_are_merged_while_others_search_and_add(library: Library, truth: Truth) -> None:
    shelf = shelf_of(library.store, library.directory)
    first = truth.add(shelf, 10)
    wanted = truth.documents[first][4]
    vector = truth.rows[wanted]
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                assert shelf.search(vector, 3)[0] == (wanted, pytest.approx(1.0, abs=1e-3))
                assert {id for id, _ in shelf.search(vector, 99, [first])} == set(
                    truth.documents[first]
                )
        except BaseException as error:
            failures.append(error)

    def save() -> None:
        try:
            while not stop.is_set():
                shelf.save()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for work in (search, search, save)]
    for thread in threads:
        thread.start()
    doomed = [truth.add(shelf, 7) for _ in range(20)]
    for document in doomed[::2]:
        library.store.documents.remove([document])
        shelf.remove_documents([document])
        truth.forget(document)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    truth.check(shelf)
    shelf.close()
    truth.check(shelf_of(library.store, library.directory))
    leaves_no_trace(library, truth)


def test_a_full_disk_stops_nobody(
    library: Library, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("docqa.index.vector_folder.write", refuse)
    shelf = shelf_of(library.store, library.directory)
    for _ in range(6):
        truth.add(shelf, 10)
    truth.check(shelf)
    shelf.close()
    monkeypatch.undo()
    shelf = shelf_of(library.store, library.directory)
    truth.check(shelf)
    shelf.close()
    assert files(library)


def test_removing_after_a_full_disk_forgets_nothing_else(
    library: Library, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("docqa.index.vector_folder.write", refuse)
    shelf = shelf_of(library.store, library.directory)
    documents = [truth.add(shelf, 10) for _ in range(6)]
    monkeypatch.undo()
    library.store.documents.remove([documents[2]])
    shelf.remove_documents([documents[2]])
    shelf.refresh(library.store.database)
    truth.forget(documents[2])
    truth.check(shelf)
    truth.check(shelf_of(library.store, library.directory))


def test_what_is_added_while_a_file_begins_is_not_lost(library: Library, filled: Truth) -> None:
    shelf = shelf_of(library.store, library.directory)
    filled.add(shelf, 5)
    late = library.add("late", ["a"] * 5)
    ids = [passage.id for passage in library.store.passages.of_document(late)]
    added, commits = threading.Event(), threading.Event()

    class Slow:
        """A database whose commit takes its time."""

        @contextlib.contextmanager
        def write(self) -> Iterator[object]:
            with library.store.database.write() as connection:
                yield connection
                added.set()
                assert commits.wait(5)

    slow = cast(Database, Slow())
    adding = threading.Thread(target=shelf.add, args=(slow, ids, unit_rows(5, 77)))
    adding.start()
    assert added.wait(5)
    saving = threading.Thread(target=shelf.save)
    saving.start()
    time.sleep(0.2)
    commits.set()
    adding.join()
    saving.join()
    filled.rows.update(zip(ids, unit_rows(5, 77), strict=True))
    filled.documents[late] = ids
    filled.check(shelf)
    filled.check(shelf_of(library.store, library.directory))


def test_what_is_removed_while_a_file_is_made_leaves_no_trace_in_it(
    library: Library, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_of(library.store, library.directory)
    first, second = truth.add(shelf, 5), truth.add(shelf, 5)
    make = VectorFolder.make

    def make_and_wait(folder: VectorFolder, *arguments: Any, **options: Any) -> Segment:
        made = make(folder, *arguments, **options)
        library.store.documents.remove([first])
        shelf.remove_documents([first])
        return made

    monkeypatch.setattr(VectorFolder, "make", make_and_wait)
    shelf.save()
    monkeypatch.undo()
    truth.forget(first)
    (file,) = files(library)
    assert set(stored(library, file.name).ids) == {0, *truth.documents[second]}
    truth.check(shelf)


@pytest.fixture
def changed(filled: Truth) -> Shelf:
    """A shelf with ten vectors that are in files, but no longer as they are there."""
    shelf = shelf_of(filled.library.store, filled.library.directory)
    filled.put(shelf, list(filled.rows)[::12])
    return shelf


def die_when_overwriting(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(MappedFile, "erase", die)
    with pytest.raises(KeyboardInterrupt):
        shelf.save()
    monkeypatch.undo()


def in_files(library: Library) -> list[int]:
    rows = [stored(library, file.name).ids for file in files(library)]
    return sorted(int(id) for ids in rows for id in ids if id)


def test_a_changed_vector_is_in_one_file_only(
    library: Library, filled: Truth, changed: Shelf
) -> None:
    changed.close()
    assert in_files(library) == sorted(filled.rows)
    filled.check(shelf_of(library.store, library.directory))


def test_killed_after_a_changed_vector_is_in_another_file_it_is_there_once(
    library: Library, filled: Truth, changed: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(listed(library))
    die_when_overwriting(changed, monkeypatch)
    assert len(listed(library)) == before + 1
    filled.check(shelf_of(library.store, library.directory))
    assert set(in_files(library)) < set(filled.rows)
    leaves_no_trace(library, filled)


def test_of_an_owner_that_is_in_two_files_there_is_one_row_after_a_merge(
    library: Library, filled: Truth, changed: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_when_overwriting(changed, monkeypatch)
    known = VectorFiles(library.store.database)
    known.replace("passage", "embedder:1", None, [], list(filled.rows), known.last())
    assert len(in_files(library)) == len(filled.rows) + 10
    monkeypatch.setattr("docqa.index.vector_source.READ_AT_ONCE", 3)
    shelf = shelf_of(library.store, library.directory, Sizes(file=400, tail=16))
    filled.add(shelf, 60)
    assert in_files(library) == sorted(filled.rows)
    filled.check(shelf)


def test_what_cannot_be_overwritten_now_is_overwritten_after_the_next_opening(
    library: Library,
    filled: Truth,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    document = list(filled.documents)[3]
    library.store.documents.remove([document])
    filled.forget(document)

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(MappedFile, "erase", refuse)
    list(shelf_of(library.store, library.directory, Sizes(file=40, at_once=4)).rebuild())
    monkeypatch.undo()
    assert "removed vectors are erased later: OSError" in caplog.text
    caplog.clear()
    filled.check(shelf_of(library.store, library.directory))
    leaves_no_trace(library, filled)


@pytest.fixture(autouse=True)
def no_threads_are_left() -> Iterator[None]:
    yield
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "reading vectors"])


_ADDS_UNTIL_KILLED = """
import sys
from pathlib import Path
import numpy as np
from docqa.index.contents import Sizes
from docqa.index.shelf import Shelf
from docqa.index.vector_file import Stamp
from docqa.store.store import Store

directory = Path(sys.argv[1])
store = Store.open(directory / "workspace.db")
stamp = Stamp("this workspace", "passage", "embedder:1", 16)
shelf = Shelf(stamp, store.database, directory, Sizes(file=40, tail=8, worth_saving=4))
ids = [p.id for p in store.passages.of_document(1)]
for number in range(10**6):
    some = ids[number * 7 % 200 :][:9]
    shelf.add(store.database, some, np.roll(np.eye(9, 16, dtype=np.float32), number, axis=1))
    if number % 3 == 2:
        shelf.remove(some[:2])
        print("busy", flush=True)
"""


def test_killed_at_any_moment_the_next_opening_is_right(library: Library, tmp_path: Path) -> None:
    library.add("One", ["a"] * 200)
    for seconds in (0.03, 0.11, 0.2):
        child = subprocess.Popen(
            [sys.executable, "-c", _ADDS_UNTIL_KILLED, str(library.directory)],
            stdout=subprocess.PIPE,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline().strip() == b"busy"
            time.sleep(seconds)
            child.kill()
        shelf = shelf_of(library.store, library.directory)
        ids, rows = library.store.vectors.load("passage", "embedder:1")
        assert len(shelf) == len(ids) > 0
        list(shelf.rebuild())  # Where much had not come into a file, a search is of a part only.
        for vector in np.eye(DIMENSION, dtype=np.float32)[:9:4]:
            best = sorted((rows @ vector).tolist(), reverse=True)[:20]
            assert [score for _, score in shelf.search(vector, 20)] == best
        assert {file.name for file in files(library)} == {file.name for file in listed(library)}
