from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from docqa.errors import DocqaError
from docqa.ingest.files import (
    check_readable,
    located,
    looks_like_pdf,
    pdfs_under,
    sha256_of,
)


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
    with pytest.raises(DocqaError, match="does not exist"):
        sha256_of(tmp_path / "b.pdf")


@pytest.mark.parametrize("name", ["x" * 300 + ".pdf", "~nosuchuser/x.pdf", "a\0b.pdf"])
def test_a_name_that_no_file_can_have_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DocqaError, match=r"does not exist|is too long for the name of a file"):
        pdfs_under(Path(name))
    assert located(Path(name)).is_absolute()


def test_a_file_may_be_called_like_somebody_s_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~nosuchuser.pdf").write_bytes(b"%PDF-1.7")
    assert pdfs_under(Path("~nosuchuser.pdf")) == [tmp_path / "~nosuchuser.pdf"]


def test_a_circle_of_links_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").symlink_to(tmp_path / "b.pdf")
    (tmp_path / "b.pdf").symlink_to(tmp_path / "a.pdf")
    with pytest.raises(DocqaError, match="is a link that leads back to itself"):
        pdfs_under(tmp_path / "a.pdf")
    assert located(tmp_path / "a.pdf") == tmp_path / "a.pdf"


_IN_A_CLOSED_FOLDER = """
import os, sys
from pathlib import Path
from docqa.errors import DocqaError
from docqa.ingest.files import is_there, located, pdfs_under
folder = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for path in (folder / "closed" / "x.pdf", folder / "listed"):
    try:
        print(*pdfs_under(path))
    except DocqaError as error:
        print(error)
    print(located(path), is_there(path / "x.pdf"))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_what_is_in_somebody_else_s_folder_is_said(tmp_path: Path) -> None:
    """The second folder shows the names of its files to everybody, but not the files."""
    for name, mode in (("closed", 0o000), ("listed", 0o444)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.pdf").write_bytes(b"%PDF-1.7")
        (tmp_path / name).chmod(mode)
    for folder in (tmp_path, *tmp_path.parents):
        if folder == tmp_path or folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _IN_A_CLOSED_FOLDER, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        for name in ("closed", "listed"):
            (tmp_path / name).chmod(0o755)
    assert done.stdout.splitlines() == [
        f'"{tmp_path}/closed/x.pdf" cannot be opened; check that you may read it.',
        f"{tmp_path}/closed/x.pdf False",
        f'The folder "{tmp_path}/listed" cannot be opened; check its permissions.',
        f"{tmp_path}/listed False",
    ]


def test_a_pdf_is_known_by_its_beginning_or_its_end(tmp_path: Path) -> None:
    path = tmp_path / "some.pdf"
    for content, expected in (
        (b"\n\n%PDF-1.7\n1 0 obj", True),
        (b"1 0 obj << >> endobj " * 90 + b"startxref\n12\n%%EOF\n", True),
        (b"A text about the startxref of PDFs. " + b"Words. " * 200, False),
        (b"x", False),
    ):
        path.write_bytes(content)
        assert looks_like_pdf(path) is expected
