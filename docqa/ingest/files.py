"""PDF files on disk: finding them, telling them apart, and saying why one cannot be read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from docqa.errors import DocqaError


def pdfs_under(path: Path) -> list[Path]:
    """Return ``path`` itself, or the PDFs in that folder and its subfolders, sorted.

    Hidden files and folders are left out, links to folders are not followed. Raises DocqaError if
    ``path`` does not exist, cannot be opened, or is a folder without PDFs.
    """
    path = path.expanduser().absolute()
    if not path.is_dir():
        check_readable(path)
        return [path]
    if not os.access(path, os.R_OK | os.X_OK):
        raise DocqaError(f'The folder "{path}" cannot be opened; check its permissions.')
    found = sorted(_walk(path))
    if not found:
        raise DocqaError(f'There are no PDFs in the folder "{path}"; choose another one.')
    return found


def check_readable(path: Path) -> None:
    """Raise DocqaError, with the reason, if ``path`` is not a file with content that opens."""
    if not path.exists():
        raise DocqaError(f'"{path}" does not exist; check the name and the folder.')
    if path.is_dir():
        raise DocqaError(f'"{path}" is a folder, not a PDF; choose a file in it.')
    if not path.is_file():
        raise DocqaError(f'"{path}" is not a file; choose a PDF.')
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise _unreadable(path) from error
    if empty:
        raise DocqaError(f'"{path.name}" is empty (0 bytes); get another copy of it.')


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal; raise DocqaError if unreadable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path) from error


def has_pdf_header(path: Path) -> bool:
    """Whether the file begins like a PDF (readers accept some bytes before the mark)."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _unreadable(path: Path) -> DocqaError:
    return DocqaError(f'"{path}" cannot be opened; check that you may read it.')


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(here, name)
            if name.lower().endswith(".pdf") and not name.startswith(".") and path.is_file():
                yield path
