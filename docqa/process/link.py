"""One started process with the pipe to it, seen from the parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Any

from docqa.errors import ChildDied, ChildNotStarted
from docqa.process.protocol import Finish, Ready
from docqa.process.serve import Start, serve

_SPAWN = multiprocessing.get_context("spawn")
_EXIT_SECONDS = 0.5
"""How long a process may take to end after it closed its pipe."""
_REST_SECONDS = 5.0
"""How long a process that is closed may take to complete its rest. Half a gigabyte, the state of
4,096 tokens of a model with 7 billion parameters, is written in that time to a disk that takes
100 MB/s, and nobody should wait longer for a program to end."""


class Link:
    """A running child. Only who has the turn may use it, but anybody may :meth:`kill`."""

    def __init__(self, name: str, start: Start) -> None:
        """Start the process; ``name`` is what a person reads in messages."""
        self._name = name
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(
            target=serve, args=(theirs, start), name=f"docqa-{name}", daemon=True
        )
        try:
            with _sheltered_from_ctrl_c():
                self._process.start()
        except OSError as error:
            self._connection.close()
            raise ChildNotStarted(
                f"The {name} process could not be started ({error}); try again."
            ) from error
        finally:
            theirs.close()
        self.ready: Ready | None = None
        """What the process said when it was ready; None until then."""
        self.is_busy = False
        """Whether a request was sent whose end was not received."""

    @property
    def pid(self) -> int | None:
        """Process id, or None when the process is gone."""
        return self._process.pid if self.is_alive else None

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        try:
            return self._process.is_alive()
        except ValueError:  # It was closed meanwhile, by another thread.
            return False

    def send(self, request: Any) -> None:
        """Send a request; raises ChildDied when nobody reads it."""
        self.is_busy = True
        try:
            self._connection.send(request)
        except OSError as error:
            raise self._died() from error
        except BaseException:
            self.kill()  # An interrupted message would garble all that follow.
            raise

    def receive(self, seconds: float) -> Any:
        """The next event, or None after ``seconds``; raises ChildDied when there is no child."""
        try:
            if self._connection in wait([self._connection, self._process.sentinel], seconds):
                return self._connection.recv()
            if not self.is_alive and not self._connection.poll():
                raise self._died()
        except (EOFError, OSError, ValueError) as error:
            raise self._died() from error
        except ChildDied:
            raise
        except BaseException:
            self.kill()
            raise
        return None

    def kill(self) -> None:
        """End the process at once, whatever it does; any thread may do that."""
        with contextlib.suppress(ValueError):
            self._process.kill()
            self._process.join()

    def finish(self) -> None:
        """Let an idle process complete its rest, if it has one; it takes no request afterwards."""
        if self.ready is None or not self.ready.rests or self.is_busy:
            return
        with contextlib.suppress(ChildDied):
            self.send(Finish())
            self.receive(_REST_SECONDS)

    def close(self) -> None:
        """End the process at once and give back what it used."""
        self.kill()
        self._connection.close()
        with contextlib.suppress(ValueError):
            self._process.close()

    def _died(self) -> ChildDied:
        code = None
        with contextlib.suppress(ValueError):
            self._process.join(_EXIT_SECONDS)
            code = self._process.exitcode
        self.close()
        how = "" if code is None else f" (code {code})"
        if self.ready is None:
            return ChildNotStarted(
                f"The {self._name} process could not be started{how}; try again."
            )
        return ChildDied(
            f"The {self._name} process ended unexpectedly{how}; try again, it starts afresh."
        )


@contextlib.contextmanager
def _sheltered_from_ctrl_c() -> Iterator[None]:
    """Let what is started in the block never see SIGINT, which a terminal sends to all of us.

    It is the parent's to handle. A child could only ignore it once its first imports are done, but
    what is blocked in the thread that starts it is blocked from the beginning, and for good.
    """
    if sys.platform == "win32":  # There the child ignores it as soon as it can.
        yield
        return
    # Else starting the process would start it in between, and that lifts the block.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
