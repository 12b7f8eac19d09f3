"""Whether the file of a document may be drawn by a viewer in the window's own process."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from docqa.model import Document, FileStamp


def why_not_shown(document: Document, stamp: FileStamp | None) -> str | None:
    """A sentence if the file may not be drawn, None if it may.

    A reader child must have passed it, and it must be the file that was read (``stamp``; None: not
    known). May wait for the disk.
    """
    if not document.viewable:
        return "The pages of this file are not drawn, because not all of it could be read safely."
    try:
        state = Path(document.path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return f"The file is not where it was: {document.path}."
    except (OSError, ValueError):
        return f"The file cannot be opened: {document.path}."
    if not stat.S_ISREG(state.st_mode):
        return f"The file is not where it was: {document.path}."
    if is_another(stamp, state):
        return "The file has changed since it was read; add it again to see it."
    return None


def is_another(stamp: FileStamp | None, state: os.stat_result) -> bool:
    """Whether a file surely is not the one that looked like ``stamp`` (None: not known)."""
    if stamp is None:
        return False
    return stamp.size != state.st_size or stamp.modified not in (None, state.st_mtime_ns)
