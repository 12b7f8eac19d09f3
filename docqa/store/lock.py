"""One writer per workspace: a lock of the operating system, released by death."""

from __future__ import annotations

from pathlib import Path

import filelock

from docqa.errors import WorkspaceBusy
from docqa.store.failures import explain_os
from docqa.store.folder import make_private_folder


class WorkspaceLock:
    """The right to write to the workspace in ``directory``; any thread may release it.

    Keep the object: the lock goes when it is collected.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = filelock.FileLock(
            directory / "workspace.lock", timeout=0, mode=0o600, thread_local=False
        )

    def acquire(self) -> None:
        """Take the lock; WorkspaceBusy if somebody has it, DocqaError if the folder is no good."""
        make_private_folder(self._directory)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise WorkspaceBusy(
                f"Another docqa is writing to the workspace at {self._directory}: close it, or "
                "choose another workspace."
            ) from None
        except OSError as error:
            raise explain_os(error, self._directory) from error

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        self._lock.release(force=True)
