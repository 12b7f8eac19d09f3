"""The workspace folder and its files: made when missing, readable by their owner only."""

from __future__ import annotations

import os
from pathlib import Path

from docqa.store.failures import explain_os


def make_private_folder(folder: Path) -> None:
    """Create ``folder`` (0700); an existing one is closed to others only if it is empty.

    A folder that holds other things may be shared on purpose: its permissions are not ours.
    Raises DocqaError if it cannot be made or is a file.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            folder.chmod(0o700)
    except OSError as error:
        raise explain_os(error, folder) from error


def make_private_file(file: Path) -> bool:
    """Create ``file`` empty (0600) or close an existing one to others; True if it is new."""
    try:
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            if file.is_file() and file.stat().st_mode & 0o077:
                file.chmod(0o600)
            return False
    except OSError as error:
        raise explain_os(error, file.parent) from error
    return True
