"""Asks for a password in the terminal, without showing what is typed."""

from __future__ import annotations

import getpass
import signal
import sys
import threading

from docqa.errors import Cancelled


def can_ask() -> bool:
    """Whether a person sits at standard input."""
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:  # closed
        return False


def ask(question: str) -> str | None:
    """The password that is typed, None if nothing is; raises Cancelled for Ctrl-C."""
    on_main = threading.current_thread() is threading.main_thread()
    # The command's own handler only gives a stop order, which nobody obeys while waiting here.
    before = signal.signal(signal.SIGINT, signal.default_int_handler) if on_main else None
    try:
        return getpass.getpass(f"{question} ") or None
    except EOFError:
        _end_line()
        return None
    except KeyboardInterrupt:
        _end_line()
        raise Cancelled from None
    finally:
        if on_main:
            signal.signal(signal.SIGINT, before)


def _end_line() -> None:
    """What is told next begins on a line of its own: no Return was typed."""
    sys.stderr.write("\n")
    sys.stderr.flush()
