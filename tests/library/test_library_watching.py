"""Noticing changes in folders: what counts, when it is told, and that nothing is left running."""

from __future__ import annotations

import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from docqa.library.settling import Settling
from docqa.library.watching import Pace, Watcher

QUICK = Pace(quiet=0.1)
NEVER = 3600.0


class Told(queue.Queue[list[Path]]):
    """What a watcher told."""

    def wait(self) -> list[Path]:
        return self.get(timeout=20)

    def nothing(self, seconds: float = 0.5) -> bool:
        try:
            self.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "papers").mkdir()
    return tmp_path / "papers"


@pytest.fixture
def watch(request, told) -> Callable[..., Watcher]:
    def start(*folders: Path, pace: Pace = QUICK) -> Watcher:
        watcher = Watcher(folders, told.put, pace)
        request.addfinalizer(watcher.close)
        assert told.wait() == list(folders)  # From now on nothing is missed.
        return watcher

    return start


def test_what_comes_changes_moves_and_goes_is_told(watch, told, folder):
    watch(folder)
    (folder / "deep").mkdir()
    (folder / "deep" / "a.pdf").write_bytes(b"one")
    assert told.wait() == [folder]
    (folder / "deep" / "a.pdf").write_bytes(b"another")
    assert told.wait() == [folder]
    (folder / "deep" / "a.pdf").rename(folder / "b.pdf")
    assert told.wait() == [folder]
    (folder / "b.pdf").unlink()
    assert told.wait() == [folder]


def test_other_files_are_not_told_nor_is_reading(watch, told, folder):
    (folder / "a.pdf").write_bytes(b"one")
    watch(folder)
    (folder / "a.pdf").read_bytes()
    for name in ("a.txt", "b.pdf.part", "c.pdf.crdownload", ".hidden.pdf", "~$d.pdf"):
        (folder / name).write_bytes(b"x")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "e.pdf").write_bytes(b"x")
    assert told.nothing()
    (folder / "b.pdf.part").rename(folder / "b.pdf")
    assert told.wait() == [folder]


def test_only_the_folder_that_changed_is_told(watch, told, folder, tmp_path):
    (tmp_path / "other").mkdir()
    watch(folder, tmp_path / "other")
    (tmp_path / "other" / "a.pdf").write_bytes(b"x")
    assert told.wait() == [tmp_path / "other"]


def test_a_folder_that_is_away_is_watched_when_it_is_there(watch, told, folder):
    away = folder / "stick"
    watch(away, pace=Pace(quiet=0.1, unwatched=0.2, every=NEVER))
    assert told.wait() == [away]  # Whoever looks finds nothing.
    away.mkdir()
    for _ in range(100):
        if told.nothing(0.6):  # From now on the system tells.
            break
    (away / "a.pdf").write_bytes(b"x")
    assert told.wait() == [away]


@pytest.mark.parametrize("fails", [OSError("inotify watch limit reached"), RuntimeError("odd")])
def test_where_the_system_tells_nothing_folders_are_looked_at_now_and_then(
    watch, told, folder, monkeypatch, fails
):
    from watchdog.observers import Observer

    def refuse(self):
        raise fails

    monkeypatch.setattr(Observer, "start", refuse)
    watch(folder, pace=Pace(quiet=0.1, unwatched=0.2, every=NEVER))
    assert told.wait() == [folder]
    assert told.wait() == [folder]


def test_without_the_library_folders_are_looked_at_too(watch, told, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "watchdog.observers", None)
    watch(folder, pace=Pace(quiet=0.1, unwatched=0.2, every=NEVER))
    assert told.wait() == [folder]


def test_watched_folders_are_looked_at_too_should_an_event_get_lost(watch, told, folder):
    watch(folder, pace=Pace(quiet=0.1, unwatched=NEVER, every=0.3))
    assert told.wait() == [folder]


def test_nothing_is_left_running_and_nothing_told_after_the_end(watch, told, folder):
    before = set(threading.enumerate())
    watcher = watch(folder)
    watcher.close()
    watcher.close()
    (folder / "a.pdf").write_bytes(b"x")
    assert told.nothing(0.3)
    assert set(threading.enumerate()) <= before


def test_it_can_be_closed_by_what_it_calls(folder):
    made, closed = threading.Event(), threading.Event()

    def close(folders: list[Path]) -> None:
        made.wait(20)
        watcher.close()
        closed.set()

    watcher = Watcher([folder], close, QUICK)
    made.set()
    assert closed.wait(20)
    watcher.close()


# -- settling ------------------------------------------------------------------------------------


def test_a_change_is_over_when_the_file_stays_the_same(folder):
    settling = Settling(quiet=2, patience=60)
    file = folder / "a.pdf"
    settling.note(folder, file, 0)
    assert settling.settled(1) == set()
    file.write_bytes(b"more")
    assert settling.settled(2) == set()
    assert settling.settled(3.9) == set()
    assert settling.settled(4) == {folder}
    assert settling.settled(9) == set()


def test_an_event_without_any_difference_is_waited_for_too(folder):
    settling = Settling(quiet=2, patience=60)
    settling.note(folder, folder / "a.pdf", 0)
    settling.note(folder, folder / "a.pdf", 1.5)
    assert settling.settled(2) == set()
    assert settling.settled(3.5) == {folder}


def test_a_folder_waits_for_its_last_file_but_not_for_ever(folder):
    settling = Settling(quiet=2, patience=10)
    slow = folder / "slow.pdf"
    settling.note(folder, folder / "quick.pdf", 0)
    settling.note(folder, slow, 0)
    told = []
    for second in range(1, 25):
        slow.write_bytes(b"x" * second)
        told += [second for _ in settling.settled(second)]
    assert told == [10, 20]
    assert settling.settled(26) == {folder}
    assert settling.settled(60) == set()


def test_a_folder_that_is_made_anew_is_watched_again(watch, told, folder):
    (folder / "a.pdf").write_bytes(b"one")
    watch(folder, pace=Pace(quiet=0.1, unwatched=0.3, every=NEVER))
    shutil.rmtree(folder)
    assert told.wait() == [folder]
    folder.mkdir()
    while not told.nothing(0.6):  # Looks at it, until the system tells of it.
        pass
    (folder / "b.pdf").write_bytes(b"two")
    assert told.wait() == [folder]


def test_a_folder_in_the_place_of_one_that_moved_is_watched(folder, tmp_path, watch, told):
    watcher = watch(folder, pace=Pace(quiet=0.1, unwatched=NEVER, every=0.3))
    before = dict(watcher._observers)
    folder.rename(tmp_path / "moved")
    folder.mkdir()
    for _ in range(100):
        if watcher._observers.keys() == before.keys() and watcher._observers != before:
            return
        told.wait()
    pytest.fail("it still observes the folder that moved")


def test_many_changes_are_looked_at_a_few_times_a_second(monkeypatch, told, folder):
    looks = []
    settled = Settling.settled
    monkeypatch.setattr(
        Settling, "settled", lambda self, now: looks.append(now) or settled(self, now)
    )
    watcher = Watcher([folder], told.put, Pace(quiet=2.0))
    assert told.wait() == [folder]
    for number in range(300):
        (folder / f"{number}.pdf").write_bytes(b"x")
        time.sleep(0.003)
    watcher.close()
    assert len(looks) < 10
