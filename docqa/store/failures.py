"""What SQLite and the file system say, as sentences for the person."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from docqa.errors import DocqaError, WorkspaceBusy

_ALMOST_NOTHING = 1 << 20
"""Free bytes below which a failed write is blamed on the disk being full."""


def explain(error: sqlite3.Error, file: Path) -> Exception:
    """The DocqaError for what a person can cause or cure; anything else is returned as it is."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return error
    folder = file.parent
    match code & 0xFF:
        case sqlite3.SQLITE_FULL:
            return DocqaError(_disk_full(folder))
        case sqlite3.SQLITE_IOERR if _is_full(folder):
            return DocqaError(_disk_full(folder))
        case sqlite3.SQLITE_IOERR:
            return DocqaError(
                f"The workspace at {folder} could not be read or written: check the disk it is on."
            )
        case sqlite3.SQLITE_NOTADB:
            return DocqaError(
                f"{file} is not a docqa workspace or is damaged: move it away, or restore a copy."
            )
        case sqlite3.SQLITE_CORRUPT:
            return DocqaError(
                f"The workspace file {file} is damaged: restore a copy, or move it away and add "
                "the PDFs again."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return DocqaError(not_writable(folder))
        case sqlite3.SQLITE_CANTOPEN if not os.access(folder, os.W_OK):
            return DocqaError(not_writable(folder))
        case sqlite3.SQLITE_CANTOPEN:
            return DocqaError(
                f"The workspace at {folder} cannot be opened: check that the folder is there and "
                "that you may write to it."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return WorkspaceBusy(
                f"Another program is writing to the workspace at {folder}: try again in a moment."
            )
    return error


def explain_os(error: OSError, folder: Path) -> DocqaError:
    """The sentence for a workspace folder or file that could not be made or opened."""
    match error.errno:
        case errno.ENOTDIR | errno.EEXIST:
            return DocqaError(
                f"{folder} cannot be a workspace because a file is in the way: choose a folder."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return DocqaError(not_writable(folder))
        case errno.ENOSPC | errno.EDQUOT:
            return DocqaError(_disk_full(folder))
    reason = (error.strerror or "unknown reason").lower()
    return DocqaError(f"The workspace at {folder} cannot be used ({reason}): choose another one.")


def not_writable(folder: Path) -> str:
    """The sentence for a workspace that may not be written."""
    return f"The workspace at {folder} is not writable: check its permissions or choose another."


def _disk_full(folder: Path) -> str:
    return f"The disk is full: free some space for {folder} and do it again; nothing was lost."


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _ALMOST_NOTHING
    except OSError:
        return False
