"""PDF files on disk: finding them, telling them apart, and saying why one cannot be read."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from docqa.errors import DocqaError
from docqa.model import FileStamp

_SETTLED_NS = 2_000_000_000
"""A file that changed less than this before may change again without looking any different.

Disks keep the time of a change in steps of up to two seconds (FAT).
"""
_MARK_WITHIN = 1024
"""Bytes at either end of a file in which readers look for a PDF's marks."""


def pdfs_under(path: Path) -> list[Path]:
    """Return ``path`` itself, or the PDFs in that folder and its subfolders, sorted.

    Hidden files and folders are left out, links to folders are not followed. Raises DocqaError if
    ``path`` does not exist, cannot be opened, or is a folder without PDFs.
    """
    path = located(path)
    if not is_folder(path):
        check_readable(path)
        return [path]
    found = pdfs_in(path)
    if not found:
        raise DocqaError(f'There are no PDFs in the folder "{path}"; choose another one.')
    return found


def pdfs_in(folder: Path) -> list[Path]:
    """Return the PDFs in a folder and its subfolders as above, also if there are none.

    Raises DocqaError if the folder is not there or cannot be opened.
    """
    if not is_folder(folder):
        raise DocqaError(f'The folder "{folder}" is not there; check its name, or its disk.')
    if not os.access(folder, os.R_OK | os.X_OK):
        raise DocqaError(f'The folder "{folder}" cannot be opened; check its permissions.')
    return sorted(_walk(folder))


def is_pdf_name(name: str) -> bool:
    """Whether a file of that name is taken for a PDF: not a hidden one, nor half a download."""
    return name.lower().endswith(".pdf") and not name.startswith((".", "~$"))


def located(path: Path) -> Path:
    """Return the absolute path without ``~`` and links; what cannot be followed stays as it is."""
    with contextlib.suppress(RuntimeError):  # a file may really be called "~somebody"
        path = path.expanduser()
    for follow in (Path.resolve, Path.absolute):
        # A circle of links, a name that no disk takes, a current folder that is gone.
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            return follow(path)
    return path


def is_there(path: Path) -> bool:
    """Whether there is something at ``path`` that may be looked at."""
    try:
        return path.exists()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder at ``path``."""
    try:
        return path.is_dir()
    except OSError:  # Why, a closer look will tell.
        return False


def stamp_of(path: Path) -> FileStamp | None:
    """Return what the file looks like from outside, None if it cannot be looked at."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    settled = time.time_ns() - status.st_mtime_ns > _SETTLED_NS
    return FileStamp(status.st_size, status.st_mtime_ns if settled else None)


def is_unchanged(before: FileStamp | None, now: FileStamp | None) -> bool:
    """Whether a file that looked like ``before`` is sure to be the same ``now``."""
    return before is not None and before == now and before.modified is not None


def check_readable(path: Path) -> None:
    """Raise DocqaError, with the reason, if ``path`` is not a file with content that opens."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DocqaError(f'"{path}" is a folder, not a PDF; choose a file in it.')
        if not stat.S_ISREG(mode):
            raise DocqaError(f'"{path}" is not a file; choose a PDF.')
        with path.open("rb") as file:
            empty = not file.read(1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if empty:
        raise DocqaError(f'"{path.name}" is empty (0 bytes); get another copy of it.')


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal; raise DocqaError if unreadable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def looks_like_pdf(path: Path) -> bool:
    """Whether the file begins like a PDF, or ends like one whose beginning was damaged.

    Readers accept some bytes before the one mark and behind the other. Raises DocqaError if it
    cannot be read.
    """
    try:
        with path.open("rb") as file:
            if b"%PDF-" in file.read(_MARK_WITHIN):
                return True
            file.seek(max(0, file.seek(0, os.SEEK_END) - _MARK_WITHIN))
            return b"startxref" in file.read(_MARK_WITHIN)
    except OSError as error:
        raise _unreadable(path, error) from error


def wants_password(path: Path, problem: str | None) -> bool:
    """Whether a file could not be read for want of its password (its name says nothing of that)."""
    if problem is None:
        return False
    return "password" in problem.replace(str(path), "").replace(path.name, "")


def _unreadable(path: Path, error: OSError | ValueError) -> DocqaError:
    """The sentence for what the system said (a ValueError: no name of a file has a NUL)."""
    code = getattr(error, "errno", errno.ENOENT)
    if code in (errno.ENOENT, errno.ENOTDIR):
        return DocqaError(f'"{path}" does not exist; check the name and the folder.')
    if code == errno.ELOOP:
        return DocqaError(f'"{path}" is a link that leads back to itself; choose the PDF itself.')
    if code == errno.ENAMETOOLONG:
        return DocqaError(f'"{path}" is too long for the name of a file; check it.')
    return DocqaError(f'"{path}" cannot be opened; check that you may read it.')


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # It will be told as a file that cannot be opened.
        return True


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(here, name)
            if is_pdf_name(name) and _may_be_file(path):
                yield path
