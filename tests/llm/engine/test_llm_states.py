"""Saved states: what is restored, what is turned down, what goes and when."""

from __future__ import annotations

import errno
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import state_bench as bench
from hypothesis import assume, given
from hypothesis import strategies as st

from docqa.errors import Cancelled
from docqa.llm.engine.state_file import StateKey, read_record
from docqa.llm.engine.states import StateFiles, forget, sweep
from docqa.process import Child, Urgency

_KEY = StateKey("weights", "0.3.36", "f16")
_DATA = bytes(range(256)) * 8
_TOKENS = list(range(100, 150))
_PLENTY = 10**12


def states(folder: Path, key: StateKey = _KEY, quota: int = 10**9) -> StateFiles:
    return StateFiles(folder, key, quota, lambda _: _PLENTY)


def writing(data: bytes) -> Callable[[Path], int]:
    return lambda path: path.write_bytes(data)


def save(folder: Path, tokens: Sequence[int], *owners: int, data: bytes = _DATA) -> Path:
    """Save a state and return the one file that is new."""
    before = set(folder.glob("*"))
    assert states(folder).save(tokens, owners, len(data), writing(data))
    (path,) = set(folder.glob("*")) - before
    return path


def never(path: Path, length: int) -> bool:
    raise AssertionError("a file that should not be used was loaded")


class Loader:
    """Stands for llama.cpp: keeps the beginnings of the files that it was given."""

    def __init__(self, size: int = len(_DATA), takes: bool = True) -> None:
        self.loaded: list[tuple[bytes, int]] = []
        self._size = size
        self._takes = takes

    def __call__(self, path: Path, length: int) -> bool:
        self.loaded.append((path.read_bytes()[: self._size], length))
        return self._takes


# -- saving and restoring --------------------------------------------------------------------------


def test_a_saved_state_is_given_back_byte_for_byte(tmp_path: Path) -> None:
    files, load = states(tmp_path / "states"), Loader()
    assert files.restore(_TOKENS, 0, load) == 0
    assert files.save(_TOKENS, [3], len(_DATA), writing(_DATA))
    assert files.restore([*_TOKENS, 7, 8], 0, load) == len(_TOKENS)
    assert load.loaded == [(_DATA, len(_TOKENS))]


@given(st.binary(min_size=1, max_size=3000), st.lists(st.integers(0, 2**31 - 1), min_size=1))
def test_any_data_of_any_tokens_come_back(data: bytes, tokens: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        load = Loader(len(data))
        save(Path(folder), tokens, 1, data=data)
        assert states(Path(folder)).restore(tokens, len(tokens) - 1, load) == len(tokens)
        assert load.loaded == [(data, len(tokens))]


def test_the_longest_beginning_wins(tmp_path: Path) -> None:
    for length in (10, 40, 20):
        save(tmp_path, _TOKENS[:length], 1)
    save(tmp_path, [*_TOKENS[:44], 0], 1)
    save(tmp_path, [*_TOKENS, 1], 1)
    assert states(tmp_path).restore(_TOKENS, 0, Loader()) == 40
    assert states(tmp_path).restore(_TOKENS[:39], 0, Loader()) == 20
    assert states(tmp_path).restore(_TOKENS[:20], 19, Loader()) == 20


def test_what_memory_holds_already_is_not_read_from_disk(tmp_path: Path) -> None:
    save(tmp_path, _TOKENS[:40], 1)
    assert states(tmp_path).restore(_TOKENS, 40, never) == 0


def test_nothing_is_opened_that_does_not_match(tmp_path: Path) -> None:
    other = save(tmp_path, [1, 2, 3], 1)
    other.write_bytes(b"damaged")
    assert states(tmp_path).restore(_TOKENS, 0, never) == 0
    assert other.exists()


@pytest.mark.parametrize(
    "key",
    [
        StateKey("other weights", "0.3.36", "f16"),
        StateKey("weights", "0.3.37", "f16"),
        StateKey("weights", "0.3.36", "q8_0"),
        StateKey("weights0.3.36", "", "f16"),
    ],
)
def test_a_state_of_another_model_library_or_context_is_not_used(
    tmp_path: Path, key: StateKey
) -> None:
    path = save(tmp_path, _TOKENS, 1)
    assert states(tmp_path, key).restore(_TOKENS, 0, never) == 0
    assert path.exists()
    # Also not when it is renamed to look like one's own.
    assert states(tmp_path, key).save(_TOKENS, [1], 1, writing(b"x"))
    (own,) = set(tmp_path.iterdir()) - {path}
    own.write_bytes(path.read_bytes())
    assert states(tmp_path, key).restore(_TOKENS, 0, never) == 0
    assert not own.exists()


def test_a_state_of_other_tokens_under_this_name_is_not_used(tmp_path: Path) -> None:
    one, other = save(tmp_path, _TOKENS, 1), save(tmp_path, _TOKENS[::-1], 1)
    other.replace(one)
    assert states(tmp_path).restore(_TOKENS, 0, never) == 0
    assert not one.exists()


def test_what_llama_turns_down_is_deleted_and_the_next_shorter_tried(tmp_path: Path) -> None:
    short, long = save(tmp_path, _TOKENS[:10], 1), save(tmp_path, _TOKENS[:20], 1)
    tried = []

    def load(path: Path, length: int) -> bool:
        tried.append(length)
        return length == 10

    assert states(tmp_path).restore(_TOKENS, 0, load) == 10
    assert tried == [20, 10]
    assert (short.exists(), long.exists()) == (True, False)


def test_a_state_that_vanishes_before_it_is_read_is_no_error(tmp_path: Path) -> None:
    path = save(tmp_path, _TOKENS, 1)

    def load(found: Path, _: int) -> bool:
        return found.exists()

    assert states(tmp_path).restore(_TOKENS, 0, load, check=path.unlink) == 0


# -- damage ----------------------------------------------------------------------------------------


def _saved_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return save(Path(folder), _TOKENS, 1, 2).read_bytes()


_GOOD = _saved_bytes()
_places = st.integers(0, len(_GOOD) - 1)


def _flip(place: int, bit: int) -> bytes:
    return _GOOD[:place] + bytes([_GOOD[place] ^ 1 << bit]) + _GOOD[place + 1 :]


def _insert(place: int, garbage: bytes) -> bytes:
    return _GOOD[:place] + garbage + _GOOD[place:]


def _overwrite(place: int, garbage: bytes) -> bytes:
    return _GOOD[:place] + garbage + _GOOD[place + len(garbage) :]


_garbage = st.binary(min_size=1, max_size=300)
_damaged = st.one_of(
    _places.map(lambda length: _GOOD[:length]),
    _places.map(lambda length: _GOOD[length + 1 :]),
    st.builds(_flip, _places, st.integers(0, 7)),
    st.builds(_insert, st.integers(0, len(_GOOD)), _garbage),
    st.builds(_overwrite, _places, _garbage),
    st.binary(max_size=3000),
)


def _turned_down(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = save(Path(folder), _TOKENS, 1, 2)
        path.write_bytes(data)
        assert states(Path(folder)).restore(_TOKENS, 0, never) == 0
        assert not path.exists()


@given(_damaged)
def test_a_damaged_file_is_never_loaded_and_goes(data: bytes) -> None:
    assume(data != _GOOD)
    _turned_down(data)


@pytest.mark.parametrize("place", range(len(_GOOD) - 20, len(_GOOD)))
def test_each_bit_of_the_tail_counts(place: int) -> None:
    for bit in range(8):
        _turned_down(_flip(place, bit))


def test_a_format_of_the_future_is_not_read() -> None:
    future = _GOOD[:-12] + (2).to_bytes(4, "little") + _GOOD[-8:]
    assert len(future) == len(_GOOD)
    _turned_down(future)


@pytest.mark.parametrize("change", [_GOOD[: len(_DATA)] + b"\0", _GOOD[: len(_DATA) - 1]])
def test_sound_data_and_a_sound_record_must_meet(change: bytes) -> None:
    _turned_down(change + _GOOD[len(_DATA) :])


# -- owners ----------------------------------------------------------------------------------------


def test_what_is_saved_already_is_not_written_again(tmp_path: Path) -> None:
    path = save(tmp_path, _TOKENS, 2, 1)
    os.utime(path, ns=(1, 1))

    def write(_: Path) -> int:
        raise AssertionError("written again")

    assert states(tmp_path).save(_TOKENS, [1], len(_DATA), write)
    assert path.stat().st_mtime_ns > 1
    assert read_record(path).owners == (1, 2)


def test_a_state_belongs_to_all_documents_it_was_saved_for(tmp_path: Path) -> None:
    path = save(tmp_path, _TOKENS, 1)
    assert states(tmp_path).save(_TOKENS, [2], len(_DATA), writing(_DATA))
    assert read_record(path).owners == (1, 2)


def test_forget_deletes_what_belongs_to_a_document_and_nothing_else(tmp_path: Path) -> None:
    both, one, other, none = (
        save(tmp_path, _TOKENS[:length], *owners)
        for length, owners in [(10, (1, 2)), (20, (1,)), (30, (3,)), (40, ())]
    )
    forget(tmp_path, [1])
    assert [path.exists() for path in (both, one, other, none)] == [False, False, True, True]


def test_forget_deletes_a_state_whose_owner_cannot_be_told(tmp_path: Path) -> None:
    path = save(tmp_path, _TOKENS, 7)
    path.write_bytes(path.read_bytes()[:-1])
    forget(tmp_path, [1])
    assert not path.exists()


@pytest.mark.parametrize("owners", [[5], [5, 6]])
def test_a_document_that_goes_while_its_state_is_saved_leaves_nothing(
    tmp_path: Path, owners: list[int]
) -> None:
    folder = tmp_path / "states"

    def write(path: Path) -> int:
        forget(folder, [5])
        return path.write_bytes(_DATA)

    assert not states(folder).save(_TOKENS, owners, len(_DATA), write)
    assert states(folder).restore(_TOKENS, 0, never) == 0
    assert [path.name for path in folder.iterdir()] == ["gone-5"]
    assert states(folder).save(_TOKENS, [6], len(_DATA), writing(_DATA))


def test_a_document_that_went_before_anything_was_saved_stays_away(tmp_path: Path) -> None:
    folder = tmp_path / "states"
    forget(folder, [5])
    assert not states(folder).save(_TOKENS, [5], len(_DATA), writing(_DATA))
    assert states(folder).restore(_TOKENS, 0, never) == 0


def test_a_state_in_use_is_left_to_the_next_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = save(tmp_path, _TOKENS, 1)

    def refuse(_: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "in use")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        forget(tmp_path, [1])
    assert "in use" in caplog.text
    caplog.clear()
    sweep(tmp_path, [2])
    assert not path.exists()


# -- opening ---------------------------------------------------------------------------------------


def test_a_sweep_leaves_the_states_of_living_documents_only(tmp_path: Path) -> None:
    living, dead, mixed, none = (
        save(tmp_path, _TOKENS[:length], *owners)
        for length, owners in [(10, (1,)), (20, (2,)), (30, (1, 2)), (40, ())]
    )
    damaged = save(tmp_path, _TOKENS, 1)
    damaged.write_bytes(b"")
    (tmp_path / "tmpx.unfinished").write_bytes(_DATA)
    (tmp_path / "notes.txt").write_text("somebody else's")
    forget(tmp_path, [9])
    sweep(tmp_path, [1])
    assert set(tmp_path.iterdir()) == {living, none, tmp_path / "notes.txt"}
    assert not any(path.exists() for path in (dead, mixed, damaged))


def test_a_sweep_of_no_folder_makes_none(tmp_path: Path) -> None:
    sweep(tmp_path / "states", [1])
    assert not (tmp_path / "states").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "states"
    before = os.umask(0)
    try:
        path = save(folder, _TOKENS, 1)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


# -- room ------------------------------------------------------------------------------------------


def _three(folder: Path) -> list[Path]:
    """Three states that were used one after the other."""
    saved = [save(folder, _TOKENS[:length], 1) for length in (10, 20, 30)]
    for second, path in enumerate(saved, 1):
        os.utime(path, (second, second))
    return saved


def _alive(paths: list[Path]) -> list[bool]:
    return [path.exists() for path in paths]


def test_the_least_recently_used_make_room_and_no_more_than_needed(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    size = saved[0].stat().st_size
    files = states(tmp_path, quota=3 * size)
    assert files.restore(_TOKENS[:10], 0, Loader()) == 10
    assert files.save(_TOKENS, [1], size, writing(_DATA))
    assert _alive(saved) == [True, False, True]
    assert states(tmp_path, quota=4 * size).save(_TOKENS[:40], [1], size, writing(_DATA))
    assert _alive(saved) == [True, False, True]


def test_states_of_other_models_make_room_too(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    size = saved[0].stat().st_size
    others = states(tmp_path, StateKey("others", "", ""), quota=3 * size)
    assert others.save(_TOKENS, [1], size, writing(_DATA))
    assert _alive(saved) == [False, True, True]


def test_what_exceeds_the_quota_is_refused_and_costs_nobody_anything(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    size = saved[0].stat().st_size
    assert not states(tmp_path, quota=size).save(_TOKENS, [1], size + 1, writing(_DATA))
    assert _alive(saved) == [True, True, True]


def test_states_take_a_tenth_of_the_disk_that_is_free_without_them(tmp_path: Path) -> None:
    saved = _three(tmp_path)
    size = saved[0].stat().st_size
    # With 37 sizes free, 40 are free without the states: four may be there.
    for free, expected in [(37 * size, True), (37 * size - 1, False)]:
        files = StateFiles(tmp_path, _KEY, 10**9, lambda _, free=free: free)
        assert files.save([free], [1], size, writing(_DATA))
        assert saved[0].exists() is expected


def test_a_disk_that_is_nearly_full_takes_no_states(tmp_path: Path) -> None:
    files = StateFiles(tmp_path, _KEY, 10**9, lambda _: 10 * len(_DATA) - 1)
    assert not files.save(_TOKENS, [1], len(_DATA), writing(_DATA))


def _full(path: Path) -> int:
    path.write_bytes(_DATA[:100])
    raise OSError(errno.ENOSPC, "No space left on device")


def _cut_off(path: Path) -> int:
    path.write_bytes(_DATA[:-1])
    return len(_DATA)


@pytest.mark.parametrize("write", [_full, _cut_off, writing(b"")])
def test_a_state_that_cannot_be_written_leaves_nothing_and_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, write: Callable[[Path], int]
) -> None:
    assert not states(tmp_path).save(_TOKENS, [1], len(_DATA), write)
    assert list(tmp_path.iterdir()) == []
    assert len(caplog.records) == 1
    caplog.clear()


def test_a_folder_that_cannot_be_used_costs_only_the_states(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "states"
    folder.write_text("a file")
    assert states(folder).restore(_TOKENS, 0, never) == 0
    assert not states(folder).save(_TOKENS, [1], len(_DATA), writing(_DATA))
    assert len(caplog.records) == 1
    caplog.clear()
    forget(folder, [1])
    sweep(folder, [])
    assert folder.read_text() == "a file"


# -- being stopped, and two at once ----------------------------------------------------------------


def _stop() -> None:
    raise Cancelled


def test_whoever_is_stopped_leaves_files_as_they_were(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        states(tmp_path).save(_TOKENS, [1], len(_DATA), writing(_DATA), check=_stop)
    assert list(tmp_path.iterdir()) == []
    path = save(tmp_path, _TOKENS, 1)
    with pytest.raises(Cancelled):
        states(tmp_path).restore(_TOKENS, 0, never, check=_stop)
    assert states(tmp_path).restore(_TOKENS, 0, Loader()) == len(_TOKENS)
    assert path.exists()


def _save_when_both_write(folder: Path, results: Any) -> None:
    def write(path: Path) -> int:
        (folder / f"ready-{os.getpid()}").touch()
        deadline = time.monotonic() + 20
        while len(list(folder.glob("ready-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        return path.write_bytes(_DATA)

    results.put(states(folder).save(_TOKENS, [1], len(_DATA), write))


def test_two_processes_may_save_the_same_tokens_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    results = spawn.SimpleQueue()
    both = [spawn.Process(target=_save_when_both_write, args=(tmp_path, results)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert len(list(tmp_path.glob("ready-*"))) == 2
    assert [results.get(), results.get()] == [True, True]
    assert states(tmp_path).restore(_TOKENS, 0, Loader()) == len(_TOKENS)
    assert len(list(tmp_path.glob("*.state"))) == 1
    assert list(tmp_path.glob("*.unfinished")) == []


# -- with llama.cpp --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def child(tiny_path: Path, llm_folder: Path) -> Iterator[Child]:
    child = Child("bench", bench.Bench, (tiny_path,), llm_folder / "states.log")
    yield child
    child.close()


def run(child: Child, function: Any, *arguments: Any) -> Any:
    ((result,),) = child.call(bench.Run(function, arguments), Urgency.ASKING)
    return result


_READ = [3 + byte for byte in b"The river rises in the hills and falls into the sea. " * 4][:200]
_PROMPT = [*_READ, *(3 + byte for byte in b"Where?")]


def test_a_restored_state_goes_on_as_if_all_had_been_computed(child: Child, tmp_path: Path) -> None:
    folder = tmp_path / "states ö"
    expected = run(child, bench.reply, _PROMPT, 50)
    assert expected != run(child, bench.reply, _PROMPT[100:], 50)
    assert run(child, bench.save, folder, _READ)
    assert run(child, bench.reply_from_disk, folder, _PROMPT, 50) == (200, expected)


def test_a_state_cut_in_half_is_deleted_and_the_child_lives(child: Child, tmp_path: Path) -> None:
    assert run(child, bench.save, tmp_path, _READ)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    pid = child.pid
    expected = run(child, bench.reply, _PROMPT, 10)
    assert run(child, bench.reply_from_disk, tmp_path, _PROMPT, 10) == (0, expected)
    assert list(tmp_path.iterdir()) == []
    assert child.pid == pid is not None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("lacks", [1, 50_000, -1])
def test_a_disk_that_fills_up_while_saving_leaves_nothing(
    child: Child, tmp_path: Path, lacks: int
) -> None:
    # Lacking one byte, llama.cpp notices nothing; lacking -1, its data fit and our record does not.
    folder = tmp_path / "states"
    assert run(child, bench.save_to_a_disk_with, folder, _READ, lacks) is False
    assert list(folder.iterdir()) == []
    assert run(child, bench.save, folder, _READ)
    assert run(child, bench.reply_from_disk, folder, _PROMPT, 1)[0] == 200
