"""Watched folders, and files that are left out of them."""

from __future__ import annotations

import os


def test_folders_are_watched_once_and_kept_in_order(store):
    assert store.folders.add("/b")
    assert store.folders.add("/a")
    assert not store.folders.add("/b")
    assert store.folders.all() == ["/b", "/a"]
    assert store.folders.remove("/b")
    assert not store.folders.remove("/b")
    assert store.folders.all() == ["/a"]


def test_a_folder_whose_name_is_no_text(store):
    name = os.fsdecode(b"/caf\xe9")
    store.folders.add(name)
    assert store.folders.all() == [name]
    assert store.folders.remove(name)


def test_what_is_left_out_is_known_by_path_and_by_bytes(store):
    store.folders.add("/a")
    store.folders.leave_out([("/a/x.pdf", "abc"), ("/a/y.pdf", "def")])
    assert store.folders.is_left_out("/a/x.pdf", "changed")
    assert store.folders.is_left_out("/a/moved.pdf", "abc")
    assert not store.folders.is_left_out("/a/z.pdf", "ghi")
    store.folders.let_in("/a/moved.pdf", "abc")
    assert not store.folders.is_left_out("/a/x.pdf", "abc")
    assert store.folders.is_left_out("/a/y.pdf", "def")


def test_nothing_is_left_out_of_folders_that_nobody_watches(store):
    store.folders.add("/a")
    store.folders.add("/b")
    store.folders.leave_out([("/a/x.pdf", "abc"), ("/b/y.pdf", "def")])
    store.folders.remove("/a")
    assert not store.folders.is_left_out("/a/x.pdf", "abc")
    assert store.folders.is_left_out("/b/y.pdf", "def")
