"""A copy of the weights that is faster, made by llama.cpp in a child, or an honest refusal."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requantise_bench as bench

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import Header, Tensor, read_header
from docqa.llm.machine.requantise import (
    as_copied,
    choose_weights,
    copy_path,
    is_whole,
    remove_copies,
    requantise,
    stamp,
    worth_trying,
)
from docqa.llm.machine.threads import Speed
from docqa.process import Child, Urgency

F32, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K = 0, 2, 3, 6, 7, 8, 12


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    log = tmp_path_factory.mktemp("log") / "bench.log"
    child = Child("bench", bench.Bench, (), log)
    yield child
    child.close()
    assert log.read_text() == ""


@pytest.fixture(scope="module")
def starter_copy(child: Child, starter_path: Path, llm_folder: Path) -> Path:
    target = copy_path(llm_folder / "caché ö", "0a1b")
    run(child, bench.copy, starter_path, target)
    return target


def run(child: Child, function: Any, *arguments: Any) -> Any:
    ((result,),) = child.call(bench.Run(function, arguments), Urgency.ASKING)
    return result


# -- is it worth trying? ---------------------------------------------------------------------------


def header(kinds: dict[int, int], size: int = 2**20) -> Header:
    """A header of tensors with so many bytes of each kind."""
    tensors = tuple(Tensor("t", (32,), kind, count) for kind, count in kinds.items())
    return Header({}, size, tensors)


@pytest.mark.parametrize(
    ("kinds", "worth"),
    [
        ({Q4_1: 90, F32: 10}, True),
        ({Q5_1: 90, Q8_0: 10}, True),
        ({Q4_1: 30, Q5_1: 30, Q8_0: 40}, True),
        ({Q4_1: 40, Q8_0: 60}, False),
        ({Q4_0: 100}, False),
        ({Q4_K: 100}, False),
        ({Q5_0: 100}, False),
        ({}, False),
    ],
)
def test_slow_formats_are_worth_a_trial(kinds: dict[int, int], worth: bool) -> None:
    assert worth_trying(header(kinds), "x86_64") is worth


@pytest.mark.parametrize("machine", ["arm64", "aarch64", "ARM64"])
def test_arm_is_slow_at_one_more(machine: str) -> None:
    assert worth_trying(header({Q5_0: 100}), machine)


def test_a_large_model_is_not_worth_minutes() -> None:
    assert worth_trying(header({Q4_1: 100}, 3 * 2**30), "x86_64")
    assert not worth_trying(header({Q4_1: 100}, 3 * 2**30 + 1), "x86_64")


def test_the_starter_is_worth_it_and_its_copy_is_not(
    starter_path: Path, starter_copy: Path
) -> None:
    assert worth_trying(read_header(starter_path), "x86_64")
    assert not worth_trying(read_header(starter_copy), "x86_64")


@pytest.mark.parametrize(
    ("copy", "chosen"),
    [
        (Speed(120, 230), "q8_0"),
        (Speed(90, 130), "q8_0"),
        (Speed(89, 230), "original"),  # It writes too slowly,
        (Speed(120, 129), "original"),  # or it gains too little.
    ],
)
def test_a_copy_must_read_faster_and_write_hardly_slower(copy: Speed, chosen: str) -> None:
    assert choose_weights(Speed(100, 100), copy) == chosen


# -- the copy --------------------------------------------------------------------------------------


def test_the_copy_has_other_weights_and_nothing_else(
    starter_path: Path, starter_copy: Path
) -> None:
    original, copy = read_header(starter_path), read_header(starter_copy)
    assert {tensor.kind for tensor in copy.tensors} == {F32, Q8_0}
    assert [(one.name, one.shape) for one in sorted(copy.tensors, key=str)] == [
        (one.name, one.shape) for one in sorted(original.tensors, key=str)
    ]
    different = {"general.file_type", "general.quantization_version"}
    assert "tokenizer.chat_template" in copy.metadata
    assert {key: value for key, value in copy.metadata.items() if key not in different} == {
        key: value for key, value in original.metadata.items() if key not in different
    }
    assert [file.name for file in starter_copy.parent.iterdir()] == [starter_copy.name]


def test_the_copy_says_the_same(child: Child, starter_path: Path, starter_copy: Path) -> None:
    prompt = list(range(1000, 1010)) * 4  # It goes on repeating.
    original = run(child, bench.first_token, starter_path, prompt)
    assert run(child, bench.first_token, starter_copy, prompt) == original == 1000


def test_a_copy_that_is_there_is_not_made_again(
    child: Child, starter_path: Path, starter_copy: Path
) -> None:
    before = starter_copy.stat()
    run(child, bench.copy, starter_path, starter_copy)
    assert starter_copy.stat().st_mtime_ns == before.st_mtime_ns
    assert starter_copy.stat().st_ino == before.st_ino


def test_a_damaged_copy_is_made_again(
    child: Child, starter_path: Path, starter_copy: Path, tmp_path: Path
) -> None:
    target = tmp_path / "x-q8_0.gguf"
    target.write_bytes(starter_copy.read_bytes()[: 2**24])
    run(child, bench.copy, starter_path, target)
    assert target.read_bytes() == starter_copy.read_bytes()


# -- what can go wrong -----------------------------------------------------------------------------


def test_stopping_does_not_wait_and_loses_nothing(
    child: Child, starter_path: Path, tmp_path: Path
) -> None:
    target = copy_path(tmp_path, "1")
    assert run(child, bench.stop_at_once, starter_path, target)
    deadline = time.monotonic() + 60
    while not is_whole(target):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_comes_back_waits_for_the_same_copy(
    child: Child, starter_path: Path, tmp_path: Path
) -> None:
    target = copy_path(tmp_path, "1")
    assert run(child, bench.stop_and_come_back, starter_path, target) == 1
    assert run(child, bench.threads_at_work) == 0
    assert is_whole(target)


def test_closing_in_the_middle_leaves_no_damaged_copy(starter_path: Path, tmp_path: Path) -> None:
    target, log = copy_path(tmp_path, "1"), tmp_path / "closed.log"
    child = Child("bench", bench.Bench, (), log)
    assert run(child, bench.stop_at_once, starter_path, target)
    child.close()
    assert is_whole(target) or not target.exists()
    assert log.read_text() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited there")
def test_a_disk_that_fills_up_ends_in_a_sentence(
    child: Child, starter_path: Path, tmp_path: Path
) -> None:
    target = copy_path(tmp_path, "1")
    with pytest.raises(DocqaError, match=r"could not be made .*; the model is used as it is\.$"):
        run(child, bench.copy_on_a_full_disk, starter_path, target)
    assert list(target.parent.iterdir()) == []


def test_a_source_that_is_no_model_ends_in_a_sentence(child: Child, tmp_path: Path) -> None:
    source = tmp_path / "text.gguf"
    source.write_text("A text. " * 100)
    with pytest.raises(DocqaError, match="not a GGUF model"):
        run(child, bench.copy, source, copy_path(tmp_path, "1"))


def test_an_architecture_that_nobody_knows_ends_in_a_sentence(
    child: Child, tiny_path: Path, tmp_path: Path
) -> None:
    source = tmp_path / "strange.gguf"
    source.write_bytes(tiny_path.read_bytes().replace(b"llama", b"lemma"))
    target = copy_path(tmp_path, "1")
    with pytest.raises(DocqaError, match=r"strange could not be made \(llama\.cpp refused it"):
        run(child, bench.copy, source, target)
    assert list(target.parent.iterdir()) == []


def stay() -> None:
    pass


def test_a_disk_without_room_is_not_filled(
    starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**30))
    with pytest.raises(DocqaError, match=r"needs 1\.1 GB of free disk space in .*models;"):
        requantise(None, starter_path, copy_path(tmp_path, "1"), stay)


def test_a_place_that_is_no_folder_ends_in_a_sentence(starter_path: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(DocqaError, match="cannot be kept in"):
        requantise(None, starter_path, copy_path(tmp_path, "1"), stay)


# -- which copies stay -----------------------------------------------------------------------------


def test_copies_that_nobody_uses_are_removed(tmp_path: Path) -> None:
    mine, gone = (copy_path(tmp_path, identity) for identity in ("mine", "gone"))
    other = mine.parent / "my own.gguf"
    mine.parent.mkdir()
    for file in (mine, gone, other):
        file.write_bytes(b"weights")
    remove_copies(tmp_path, {"mine"})
    assert set(mine.parent.iterdir()) == {mine, other}
    remove_copies(tmp_path / "no cache", {"mine"})


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    target = copy_path(tmp_path, "gone")
    target.parent.mkdir()
    old, young = (target.with_name(f"{target.name}.{pid}.new") for pid in (1, 2))
    for left in (old, young):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    remove_copies(tmp_path, set())
    assert list(target.parent.iterdir()) == [young]


def test_a_copy_that_was_changed_has_another_stamp(tiny_path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(tiny_path, tmp_path))
    before = stamp(copy)
    assert before is not None
    assert stamp(copy) == before
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    os.utime(copy, (1, 1))
    assert stamp(copy) not in (before, None)
    copy.write_bytes(content[:-100])
    assert stamp(copy) is None
    copy.unlink()
    assert stamp(copy) is None


def test_what_a_copy_takes_is_known_before_it_is_made(
    starter_path: Path, starter_copy: Path
) -> None:
    expected, copy = as_copied(read_header(starter_path)), read_header(starter_copy)
    assert copy.size <= expected.size <= 1.01 * copy.size
    assert copy.weight_bytes <= expected.weight_bytes <= 1.01 * copy.weight_bytes
