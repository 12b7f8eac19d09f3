"""Steps back behind other programs while nobody waits, where the system lets one step forward.

What that does was measured on Linux, with one thread writing beside programs that wanted all cores:
they kept 0.92 to 1.0 of their speed at niceness 10 and 0.66 without, and the thread wrote a fifth
to a seventh of what it did without. With two threads it wrote a hundredth, so this is never enough
by itself: see :func:`docqa.llm.machine.threads.while_preparing`. Answering must always restore
first.

- Windows: below normal, and back; any user may do both.
- Linux: niceness 10, where the limit on niceness or a capability allows to go back. An ordinary
  user mostly has neither; then nothing is done here, and fewer threads must be enough.
- macOS: nothing. Niceness cannot be taken back there either. The background state
  (``PRIO_DARWIN_BG``) can, by any user, but it confines all threads to the slow cores, fewer than
  the threads that were planned, so that they would spin for one another, and it throttles the disk.
  Quality of service belongs to single threads, most of which llama.cpp starts itself.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path

import psutil

_NICENESS = 10
_THIS_THREAD = 0
"""How Linux is asked for the calling thread."""


class Priority:
    """The priority of this process, its threads included; one thread at a time may change it."""

    def __init__(self) -> None:
        self._usual: int | None = None

    def lower(self) -> bool:
        """Step back if :meth:`restore` can undo it; return whether the priority is low now."""
        if self._usual is None:
            self._usual = _lower()
        return self._usual is not None

    def restore(self) -> None:
        """Go back to the priority before :meth:`lower`; nothing happens if it was not lowered."""
        if self._usual is not None:
            _set(self._usual)
            self._usual = None


def _lower() -> int | None:
    """Lower the priority and return the one before, or None if it has to stay."""
    if sys.platform == "win32":
        process = psutil.Process()
        with contextlib.suppress(psutil.Error, OSError):
            before = int(process.nice())
            if before == psutil.NORMAL_PRIORITY_CLASS:
                process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
                return before
    elif sys.platform == "linux":
        before = _niceness()
        if before < _NICENESS and _may_go_back():
            _set(_NICENESS)
            return before
    return None


def _set(priority: int) -> None:
    """Give all threads of this process a priority, in the system's own scale."""
    if sys.platform == "win32":
        with contextlib.suppress(psutil.Error, OSError):
            psutil.Process().nice(priority)
    elif sys.platform == "linux":
        _set_threads(priority)


if sys.platform == "linux":

    def _set_threads(niceness: int) -> None:
        # Each thread has a niceness of its own, which it passes on to those that it starts. Look
        # again until no new one is found: another thread may have started one meanwhile.
        done: set[int] = set()
        while new := {int(entry.name) for entry in Path("/proc/self/task").iterdir()} - done:
            for thread in new:
                with contextlib.suppress(ProcessLookupError):  # It ended meanwhile.
                    _set_niceness(thread, niceness)
            done |= new

    def _may_go_back() -> bool:
        """Whether this process may take niceness back, found out by a thread made for that.

        No look at limits, capabilities and containers would be as reliable, and a thread's own
        niceness ends with it.
        """
        allowed: list[bool] = []
        trial = threading.Thread(target=lambda: allowed.append(_goes_back()), name="niceness")
        trial.start()
        trial.join()
        return allowed == [True]

    def _goes_back() -> bool:
        before = _niceness()
        try:
            _set_niceness(_THIS_THREAD, before + 1)
            _set_niceness(_THIS_THREAD, before)
        except OSError:  # Not permitted.
            return False
        return True

    def _niceness() -> int:
        """The niceness of this thread."""
        return os.getpriority(os.PRIO_PROCESS, _THIS_THREAD)

    def _set_niceness(thread: int, niceness: int) -> None:
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
