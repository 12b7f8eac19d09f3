import threading
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from docqa.errors import DocqaError
from docqa.process import Cancel
from docqa.ui.workers import Lane, once


@pytest.fixture
def lane(qtbot: QtBot) -> Iterator[Lane]:
    lane = Lane("a lane")
    yield lane
    lane.close()
    assert lane.wait(5000)


def count(cancel: Cancel) -> Iterator[object]:
    yield from (1, 2, 3)


def count_for_ever(cancel: Cancel) -> Iterator[object]:
    number = 0
    while True:
        cancel.raise_if_set()
        yield number
        number += 1
        time.sleep(0.002)


def test_what_a_job_yields_arrives_in_order_and_then_the_end(qtbot: QtBot, lane: Lane) -> None:
    job = lane.submit(count)
    told: list[object] = []
    job.yielded.connect(told.append)
    job.finished.connect(lambda last: told.append(("finished", last)))
    job.ended.connect(lambda: told.append("ended"))
    qtbot.waitUntil(lambda: "ended" in told)
    assert told == [1, 2, 3, ("finished", 3), "ended"]
    assert not lane.is_busy


def test_jobs_run_off_the_main_thread_and_tell_on_it(qtbot: QtBot, lane: Lane) -> None:
    here = threading.get_ident()
    job = lane.submit(once(threading.get_ident))
    told_on: list[int] = []
    job.finished.connect(lambda _: told_on.append(threading.get_ident()))
    with qtbot.waitSignal(job.finished) as signal:
        pass
    assert signal.args != [here]
    assert told_on == [here]


def test_jobs_of_a_lane_run_one_after_another(qtbot: QtBot, lane: Lane) -> None:
    first = lane.submit(count_for_ever)
    second = lane.submit(count)
    with qtbot.waitSignal(first.yielded):
        pass
    with qtbot.assertNotEmitted(second.yielded, wait=50):
        pass
    with qtbot.waitSignal(second.finished):
        first.stop()


def test_stop_reaches_a_busy_job_within_200_ms(qtbot: QtBot, lane: Lane) -> None:
    job = lane.submit(count_for_ever)
    with qtbot.waitSignal(job.yielded):
        pass
    with qtbot.waitSignal(job.cancelled, timeout=200):
        job.stop()


def test_a_job_stopped_while_it_waits_never_runs(qtbot: QtBot, lane: Lane) -> None:
    ran: list[bool] = []
    first = lane.submit(count_for_ever)
    second = lane.submit(once(lambda: ran.append(True)))
    second.stop()
    with qtbot.waitSignal(second.cancelled):
        first.stop()
    assert ran == []


def test_a_failure_is_told_as_its_sentence(qtbot: QtBot, lane: Lane) -> None:
    def fail() -> object:
        raise DocqaError("The disk is full: free some space.")

    with qtbot.waitSignal(lane.submit(once(fail)).failed) as signal:
        pass
    assert signal.args == ["The disk is full: free some space."]


def test_a_bug_is_told_as_a_report_without_its_message(qtbot: QtBot, lane: Lane) -> None:
    def stumble() -> object:
        raise ValueError("a piece of a document")

    with qtbot.waitSignal(lane.submit(once(stumble)).crashed) as signal:
        pass
    (report,) = signal.args
    assert "ValueError" in report
    assert "stumble" in report
    assert "a piece of a document" not in report


def test_a_lane_goes_on_after_a_bug(qtbot: QtBot, lane: Lane) -> None:
    lane.submit(once(lambda: [][0]))
    with qtbot.waitSignal(lane.submit(count).finished):
        pass


def test_closing_stops_everything_and_tells_nothing(qtbot: QtBot) -> None:
    lane = Lane("a lane")
    job = lane.submit(count_for_ever)
    waiting = lane.submit(count)
    with qtbot.waitSignal(job.yielded):
        pass
    told: list[object] = []
    job.yielded.connect(told.append)
    waiting.yielded.connect(told.append)
    lane.close()
    assert lane.wait(1000)
    qtbot.wait(20)
    assert told == []


def test_a_lane_without_jobs_has_no_thread(qtbot: QtBot) -> None:
    lane = Lane("a lane")
    assert not lane.isRunning()
    lane.close()
    assert lane.wait(1000)
