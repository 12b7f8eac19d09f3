"""Ctrl-C and the request to end give a stop order."""

import json
import signal
import subprocess
import sys
import time

import pytest

from docqa.interrupt import stops
from docqa.process import Cancel


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_gives_the_order(number):
    cancel = Cancel()
    with stops(cancel):
        signal.raise_signal(number)
        deadline = time.monotonic() + 5
        while not cancel.is_set and time.monotonic() < deadline:
            time.sleep(0.01)
        assert cancel.is_set


def test_the_second_signal_interrupts():
    with stops(Cancel()):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_signal_does_not_block_where_the_order_s_own_lock_is_held():
    cancel = Cancel()
    with stops(cancel):
        with cancel.linked(lambda: None), cancel._lock:
            signal.raise_signal(signal.SIGINT)
        deadline = time.monotonic() + 5
        while not cancel.is_set and time.monotonic() < deadline:
            time.sleep(0.01)
        assert cancel.is_set


def test_afterwards_signals_mean_what_they_meant_before():
    before = signal.getsignal(signal.SIGINT)
    with stops(Cancel()):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


_INTERRUPTED_WHILE_IMPORTING = """
import signal, sys
import docqa.__main__

class Interrupter:
    def find_spec(self, name, *_):
        if name == "docqa.cli":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
sys.exit(docqa.__main__.run())
"""


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["ask", "--", "--json"]])
def test_before_the_command_line_can_answer_a_signal_is_no_crash(words):
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHILE_IMPORTING, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    if words[-1] == "--json" and "--" not in words:
        assert (json.loads(done.stdout), done.stderr) == ({"cancelled": True}, "")
    else:
        assert (done.stdout, done.stderr) == ("", "Cancelled.\n")
