"""A question goes before long calls, which stop for it."""

from __future__ import annotations

import threading

import pytest

from docqa.errors import Cancelled
from docqa.index.giving_way import GivingWay
from docqa.process import Cancel


def test_a_question_stops_a_long_call_and_only_that() -> None:
    way, cancel = GivingWay(), Cancel()
    with way.can_wait(cancel) as stop:
        assert not stop.is_set
        with way.asking():
            assert stop.is_set
    assert not cancel.is_set
    with way.can_wait(cancel) as stop:
        assert not stop.is_set


def test_no_long_call_begins_while_somebody_asks() -> None:
    way = GivingWay()
    begun = threading.Event()

    def wait() -> None:
        with way.can_wait(Cancel()):
            begun.set()

    waiting = threading.Thread(target=wait)
    with way.asking():
        waiting.start()
        assert not begun.wait(0.1)
    assert begun.wait(10)
    waiting.join()


def test_a_stop_order_ends_both_the_call_and_the_wait_for_it() -> None:
    way, cancel = GivingWay(), Cancel()
    with way.can_wait(cancel) as stop:
        cancel.set()
        assert stop.is_set
    with way.asking(), pytest.raises(Cancelled), way.can_wait(cancel):
        pass
