from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from docqa.errors import DocqaError
from docqa.ingest.files import check_readable, pdfs_under, sha256_of


def test_a_folder_is_searched_with_its_subfolders(tmp_path: Path) -> None:
    for name in (
        "b.pdf",
        "a/C.PDF",
        "a/notes.txt",
        ".hidden.pdf",
        ".git/x.pdf",
        "folder.pdf/d.pdf",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    found = [path.relative_to(tmp_path).as_posix() for path in pdfs_under(tmp_path)]
    assert found == ["a/C.PDF", "b.pdf", "folder.pdf/d.pdf"]


def test_a_file_stands_for_itself_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"%PDF-1.7")
    assert pdfs_under(path) == [path]


def test_a_folder_without_pdfs_is_said(tmp_path: Path) -> None:
    with pytest.raises(DocqaError, match="no PDFs in the folder"):
        pdfs_under(tmp_path)


def test_a_missing_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(DocqaError, match="does not exist"):
        pdfs_under(tmp_path / "nothing.pdf")


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "empty.pdf"
    path.touch()
    with pytest.raises(DocqaError, match=r'"empty\.pdf" is empty'):
        check_readable(path)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(DocqaError, match="is a folder"):
        check_readable(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    with pytest.raises(DocqaError, match="is not a file"):
        check_readable(tmp_path / "pipe.pdf")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_forbidden_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(b"%PDF-1.7")
    path.chmod(0)
    with pytest.raises(DocqaError, match="cannot be opened"):
        check_readable(path)


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"abc")
    assert sha256_of(path) == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(DocqaError, match="cannot be opened"):
        sha256_of(tmp_path / "b.pdf")
