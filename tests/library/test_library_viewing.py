"""A viewer gets only files that a reader has passed and that are still the ones it read."""

import os
from pathlib import Path

import pytest

from docqa.library.viewing import why_not_shown
from docqa.model import Document, FileStamp


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7")
    return path


@pytest.fixture
def stamp(file: Path) -> FileStamp:
    return FileStamp(8, file.stat().st_mtime_ns)


def document(path: Path, *, viewable: bool = True) -> Document:
    return Document(1, str(path), "hash", "A", 3, 9, "ready", viewable=viewable)


def test_the_file_that_was_read_may_be_shown(file: Path, stamp: FileStamp) -> None:
    assert why_not_shown(document(file), stamp) is None
    assert why_not_shown(document(file), FileStamp(8, None)) is None
    assert why_not_shown(document(file), None) is None


def test_a_file_that_no_reader_has_passed_may_not(file: Path, stamp: FileStamp) -> None:
    assert "read safely" in str(why_not_shown(document(file, viewable=False), stamp))


def test_a_file_that_is_another_one_now_may_not(file: Path, stamp: FileStamp) -> None:
    os.utime(file, ns=(0, 12_345))
    assert "has changed" in str(why_not_shown(document(file), stamp))
    file.write_bytes(b"%PDF-1.7 and more")
    assert "has changed" in str(why_not_shown(document(file), FileStamp(8, None)))


@pytest.mark.parametrize("name", ["gone.pdf", "a.pdf/below.pdf", "folder", "nul\0.pdf"])
def test_what_is_not_a_file_may_not(file: Path, stamp: FileStamp, name: str) -> None:
    (file.parent / "folder").mkdir()
    path = file.parent / name
    assert str(path) in str(why_not_shown(document(path), stamp))
