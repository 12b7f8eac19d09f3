"""Stop orders between threads and between processes."""

from __future__ import annotations

import ctypes
import threading

import pytest

from docqa.errors import Cancelled
from docqa.process import Cancel, Flag


def test_an_order_reaches_whoever_is_linked_at_that_moment() -> None:
    cancel, heard = Cancel(), []
    with cancel.linked(lambda: heard.append("inside")):
        assert heard == []
        cancel.set()
    assert heard == ["inside"]
    assert cancel.is_set
    with pytest.raises(Cancelled):
        cancel.raise_if_set()


def test_an_order_given_before_is_told_at_once() -> None:
    cancel, heard = Cancel(), []
    cancel.set()
    with cancel.linked(lambda: heard.append("late")):
        assert heard == ["late"]


def test_nobody_is_told_after_leaving() -> None:
    cancel, heard = Cancel(), []
    with cancel.linked(lambda: heard.append("never")):
        pass
    cancel.set()
    assert heard == []


def test_an_order_may_be_given_while_an_order_is_told() -> None:
    cancel, heard = Cancel(), []

    def again() -> None:
        heard.append(1)
        if len(heard) == 1:
            cancel.set()

    with cancel.linked(again):
        cancel.set()
    assert len(heard) == 2


def test_leaving_waits_for_a_callback_that_runs() -> None:
    cancel, running, go_on, heard = Cancel(), threading.Event(), threading.Event(), []

    def slow() -> None:
        running.set()
        go_on.wait(5)
        heard.append("told")

    thread = threading.Thread(target=cancel.set)
    with cancel.linked(slow):
        thread.start()
        assert running.wait(5)
        threading.Timer(0.1, go_on.set).start()
    assert heard == ["told"]
    thread.join()


def test_a_flag_is_a_c_string() -> None:
    flag = Flag()
    strlen = ctypes.CDLL(None).strlen
    assert strlen(ctypes.c_void_p(flag.address)) == 0
    flag.set()
    assert flag.is_set
    assert strlen(ctypes.c_void_p(flag.address)) == 1
    flag.clear()
    assert not flag.is_set
