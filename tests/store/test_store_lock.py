"""One writer per workspace."""

from __future__ import annotations

import threading

import pytest

from docqa.errors import DocqaError, WorkspaceBusy
from docqa.store.lock import WorkspaceLock


def test_only_one_has_it(tmp_path):
    first, second = WorkspaceLock(tmp_path / "w"), WorkspaceLock(tmp_path / "w")
    first.acquire()
    with pytest.raises(WorkspaceBusy, match="close it, or choose another workspace"):
        second.acquire()
    WorkspaceLock(tmp_path / "other").acquire()
    first.release()
    second.acquire()


def test_any_thread_may_release_it_and_again(tmp_path):
    first, second = WorkspaceLock(tmp_path), WorkspaceLock(tmp_path)
    first.acquire()
    thread = threading.Thread(target=first.release)
    thread.start()
    thread.join()
    second.acquire()
    second.release()
    second.release()


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(DocqaError, match="a file is in the way"):
        WorkspaceLock(tmp_path / "taken").acquire()
