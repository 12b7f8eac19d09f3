import time

from pytestqt.qtbot import QtBot

from docqa.ui.throttle import Throttle


def test_first_call_goes_through_at_once(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(calls.append, 50)
    throttle(1)
    assert calls == [1]


def test_calls_in_between_are_left_out_and_the_last_comes_late(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(calls.append, 40)
    for number in range(10):
        throttle(number)
    assert calls == [0]
    qtbot.waitUntil(lambda: calls == [0, 9])


def test_a_call_after_a_pause_goes_through_at_once(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(calls.append, 20)
    throttle(1)
    qtbot.wait(80)
    throttle(2)
    assert calls == [1, 2]


def test_flush_does_now_what_waits(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(calls.append, 10_000)
    throttle(1)
    throttle(2)
    throttle.flush()
    assert calls == [1, 2]
    throttle.flush()
    assert calls == [1, 2]


def test_cancel_forgets_what_waits(qtbot: QtBot) -> None:
    calls: list[int] = []
    throttle = Throttle(calls.append, 20)
    throttle(1)
    throttle(2)
    throttle.cancel()
    qtbot.wait(80)
    assert calls == [1]


def test_a_slow_function_is_called_less_often(qtbot: QtBot) -> None:
    starts: list[float] = []

    def slow(_number: int) -> None:
        starts.append(time.monotonic())
        time.sleep(0.05)

    throttle = Throttle(slow, 1)
    throttle(1)
    throttle(2)
    qtbot.waitUntil(lambda: len(starts) == 2)
    # It took 50 ms, and then waited for three times as long (timers are coarse).
    assert starts[1] - starts[0] >= 0.9 * (0.05 + 3 * 0.05)
