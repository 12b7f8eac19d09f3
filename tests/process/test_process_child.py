"""A child answers, is stopped, dies, and is there again for the next call."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import playground as play
import psutil
import pytest
from callers import ask, in_thread, wait_for

from docqa.errors import Cancelled, ChildDied, ChildNotStarted, ChildTimeout, DocqaError
from docqa.process import Cancel, Child, Urgency

ASKING, READING, PREPARING = Urgency


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "deep" / "child.log"


@pytest.fixture(scope="module")
def child(log: Path) -> Iterator[Child]:
    child = Child("playground", play.Playground, (), log)
    yield child
    child.close()


# -- answering -------------------------------------------------------------------------------------


def test_a_call_yields_what_the_service_yields(child: Child) -> None:
    assert ask(child, play.Echo("good morning")) == ["good morning"]
    assert ask(child, play.CountTo(3)) == [1, 2, 3]


def test_events_arrive_while_the_service_works(child: Child) -> None:
    call = child.call(play.CountTo(50, pause=0.1), ASKING)
    started = time.monotonic()
    assert next(call) == 1
    assert time.monotonic() - started < 2
    call.close()


def test_large_messages_pass(child: Child) -> None:
    text = "x" * 3_000_000
    assert ask(child, play.Echo(text)) == [text]


def test_loading_takes_time_once(tmp_path: Path) -> None:
    child = Child("sleeper", play.slow, (0.2,), tmp_path / "log")
    assert child.pid is None
    assert not child.is_ready
    assert child.load(ASKING) > 0.2
    assert child.is_ready
    assert child.load(ASKING) == 0.0
    child.close()
    assert child.pid is None
    assert not child.is_ready


def test_a_sentence_of_the_service_reaches_the_caller(child: Child) -> None:
    with pytest.raises(DocqaError, match=r"^The file is empty\.$"):
        ask(child, play.Fail("The file is empty."))
    assert ask(child, play.Echo("next")) == ["next"]


def test_a_bug_becomes_a_sentence_and_the_log_says_where_but_not_what(
    child: Child, log: Path
) -> None:
    with pytest.raises(DocqaError, match="internal error \\(ValueError\\)"):
        ask(child, play.Blunder("the patient's name"))
    text = log.read_text()
    assert "ValueError" in text
    assert "in _blunder" in text
    assert "patient" not in text
    assert ask(child, play.Echo("next")) == ["next"]


def test_a_bug_of_the_operating_system_kind_does_not_end_the_child(child: Child) -> None:
    pid = child.pid
    with pytest.raises(DocqaError, match="FileNotFoundError"):
        ask(child, play.Missing("/nowhere/at/all"))
    assert child.pid == pid


def test_what_the_child_prints_goes_to_the_log(child: Child, log: Path) -> None:
    assert ask(child, play.Print("ggml says hello")) == ["printed"]
    assert log.read_text().count("ggml says hello") == 2


def test_the_log_is_private(child: Child, log: Path) -> None:
    assert ask(child, play.Echo("x")) == ["x"]
    assert log.stat().st_mode & 0o077 == 0


def test_a_request_that_cannot_be_sent_harms_only_itself(child: Child) -> None:
    with pytest.raises((TypeError, AttributeError)):
        ask(child, play.Echo(lambda: None))  # type: ignore[arg-type]
    assert ask(child, play.Echo("next")) == ["next"]


# -- starting --------------------------------------------------------------------------------------


def test_a_service_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    child = Child("refuser", play.refusing, ("The model is missing.",), tmp_path / "log")
    for _ in range(2):
        with pytest.raises(DocqaError, match=r"^The model is missing\.$"):
            child.load(ASKING)
    assert child.pid is None


def test_a_bug_while_starting_is_logged_without_its_message(tmp_path: Path) -> None:
    child = Child("buggy", play.buggy, ("a secret",), tmp_path / "log")
    with pytest.raises(DocqaError, match="KeyError"):
        child.load(ASKING)
    assert "in buggy" in (tmp_path / "log").read_text()
    assert "a secret" not in (tmp_path / "log").read_text()


def test_a_child_that_dies_while_starting_is_reported(tmp_path: Path) -> None:
    child = Child("stillborn", play.stillborn, (), tmp_path / "log")
    with pytest.raises(ChildNotStarted, match="stillborn process could not be started"):
        child.load(ASKING)


@pytest.mark.parametrize("log", ["/dev/null/child.log", "a folder"])
def test_a_log_that_cannot_be_opened_keeps_nobody_from_work(tmp_path: Path, log: str) -> None:
    (tmp_path / "a folder").mkdir()
    child = Child("playground", play.Playground, (), tmp_path / log)
    assert ask(child, play.Print("nobody hears it")) == ["printed"]
    child.close()


def test_a_death_after_the_stop_order_is_a_stop(child: Child) -> None:
    """As when Ctrl-C ends docqa and its children at once."""
    cancel = Cancel()
    call = child.call(play.Hang(60), ASKING, cancel)
    assert next(call) == "hanging"
    os.kill(child.pid or 0, signal.SIGKILL)
    cancel.set()
    with pytest.raises(Cancelled):
        next(call)


def test_starting_can_be_cancelled_and_goes_on_for_the_next_caller(tmp_path: Path) -> None:
    child = Child("sleeper", play.slow, (1.0,), tmp_path / "log")
    cancel = Cancel()
    timer = threading.Timer(0.2, cancel.set)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        child.load(ASKING, cancel)
    assert time.monotonic() - started < 0.8
    pid = child.pid
    assert ask(child, play.Echo("here")) == ["here"]
    assert child.pid == pid
    child.close()


# -- stopping --------------------------------------------------------------------------------------


def test_cancel_in_mid_stream_stops_the_child_and_keeps_it(child: Child) -> None:
    cancel = Cancel()
    call = child.call(play.CountTo(10_000), ASKING, cancel)
    assert [next(call), next(call)] == [1, 2]
    pid = child.pid
    cancel.set()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        list(call)
    assert time.monotonic() - started < 1
    assert child.pid == pid
    assert ask(child, play.CountTo(2)) == [1, 2]


def test_a_cancelled_order_is_not_even_begun(child: Child) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        ask(child, play.Echo("x"), cancel=cancel)
    assert ask(child, play.Echo("x"), cancel=Cancel()) == ["x"]


def test_an_order_given_after_the_end_stops_nobody_else(child: Child) -> None:
    old = Cancel()
    assert ask(child, play.Echo("x"), cancel=old) == ["x"]
    call = child.call(play.CountTo(5), ASKING)
    assert next(call) == 1
    old.set()
    assert list(call) == [2, 3, 4, 5]


def test_cancel_while_waiting_in_line(child: Child) -> None:
    holder = child.call(play.CountTo(10_000), ASKING)
    next(holder)
    cancel = Cancel()
    thread, outcome = in_thread(lambda: ask(child, play.Echo("x"), cancel=cancel))
    time.sleep(0.1)
    assert not outcome
    cancel.set()
    thread.join(1)
    assert isinstance(outcome[0], Cancelled)
    assert isinstance(next(holder), int)
    holder.close()


def test_closing_the_iterator_leaves_the_child_idle(child: Child) -> None:
    pid = child.pid
    call = child.call(play.CountTo(10_000), ASKING)
    assert next(call) == 1
    call.close()
    assert ask(child, play.Echo("mine")) == ["mine"]
    assert child.pid == pid


def test_a_forgotten_iterator_gives_its_turn_back(child: Child) -> None:
    call = child.call(play.CountTo(10_000), ASKING)
    next(call)
    del call
    gc.collect()
    assert ask(child, play.Echo("mine")) == ["mine"]


def test_an_exception_of_the_consumer_leaves_the_child_idle(child: Child) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(child)
    assert ask(child, play.Echo("mine")) == ["mine"]


def _interrupted(child: Child) -> None:
    for _ in child.call(play.CountTo(10_000), ASKING):
        raise KeyboardInterrupt


def test_ctrl_c_in_the_middle_of_a_call_harms_no_later_one(child: Child) -> None:
    main = threading.main_thread().ident
    assert main is not None
    for delay in (0.02, 0.05, 0.11):
        timer = threading.Timer(delay, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            ask(child, play.CountTo(10_000, pause=0.001))
        timer.join()
        assert ask(child, play.Echo("mine")) == ["mine"]


@pytest.mark.parametrize("deaf", [play.Hang(60), play.Babble()], ids=["silent", "babbling"])
def test_a_child_that_disobeys_is_killed(child: Child, deaf: object) -> None:
    cancel = Cancel()
    call = child.call(deaf, ASKING, cancel)
    next(call)
    pid = child.pid
    assert pid is not None
    started = time.monotonic()
    cancel.set()
    with pytest.raises(Cancelled):
        list(call)
    assert 1.0 < time.monotonic() - started < 4
    assert not psutil.pid_exists(pid)
    assert ask(child, play.Echo("afresh")) == ["afresh"]


def test_walking_away_from_a_child_that_never_ends_does_not_hang(child: Child) -> None:
    call = child.call(play.Babble(), ASKING)
    next(call)
    started = time.monotonic()
    call.close()
    assert time.monotonic() - started < 4
    assert ask(child, play.Echo("afresh")) == ["afresh"]


def test_patience_ends(child: Child) -> None:
    with pytest.raises(ChildTimeout, match="playground took too long"):
        ask(child, play.Hang(60), patience=0.3)
    assert ask(child, play.Echo("afresh"), patience=10) == ["afresh"]


def test_patience_is_about_silence_not_about_length(child: Child) -> None:
    assert len(ask(child, play.CountTo(20, pause=0.05), patience=0.6)) == 20


# -- dying -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_death_in_mid_call_is_told_once(child: Child, number: int) -> None:
    started = time.monotonic()
    with pytest.raises(ChildDied, match=f"code -{int(number)}"):
        ask(child, play.Die(number))
    assert time.monotonic() - started < 3
    assert ask(child, play.Echo("afresh")) == ["afresh"]


def test_a_death_between_calls_is_not_even_noticed(child: Child) -> None:
    ask(child, play.Echo("x"))
    pid = child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: child.pid is None)
    assert ask(child, play.Echo("afresh")) == ["afresh"]
    assert child.pid != pid


def test_close_from_another_thread_ends_a_call(child: Child) -> None:
    thread, outcome = in_thread(lambda: ask(child, play.CountTo(10_000)))
    wait_for(lambda: child.is_ready)
    time.sleep(0.1)
    pid = child.pid
    assert pid is not None
    child.close()
    thread.join(3)
    assert isinstance(outcome[0], Cancelled)
    assert not psutil.pid_exists(pid)


def test_close_while_somebody_sits_on_the_turn(child: Child) -> None:
    call = child.call(play.CountTo(10_000), ASKING)
    next(call)
    pid = child.pid
    assert pid is not None
    child.close()  # In the thread that holds the turn: the child is killed under its feet.
    assert not psutil.pid_exists(pid)
    with pytest.raises(Cancelled):
        list(call)
    assert ask(child, play.Echo("afresh")) == ["afresh"]


def test_closing_twice_or_before_the_start_is_fine(tmp_path: Path) -> None:
    child = Child("playground", play.Playground, (), tmp_path / "log")
    child.close()
    assert ask(child, play.Echo("x")) == ["x"]
    child.close()
    child.close()
    assert ask(child, play.Echo("again")) == ["again"]
    child.close()


def test_nothing_is_left_after_close(tmp_path: Path) -> None:
    warm_up = Child("playground", play.Playground, (), tmp_path / "log")
    ask(warm_up, play.Echo("x"))  # Starts what multiprocessing keeps for good.
    warm_up.close()
    me = psutil.Process()
    before = me.num_fds(), len(me.children()), threading.active_count()
    child = Child("playground", play.Playground, (), tmp_path / "log")
    for _ in range(3):
        ask(child, play.Echo("x"))
        with pytest.raises(ChildDied):
            ask(child, play.Die())
        ask(child, play.Echo("x"))
        child.close()
    gc.collect()
    assert (me.num_fds(), len(me.children()), threading.active_count()) == before


# -- many callers ----------------------------------------------------------------------------------


def test_a_call_inside_a_call_of_the_same_thread_is_a_bug(child: Child) -> None:
    call = child.call(play.CountTo(100), ASKING)
    next(call)
    with pytest.raises(RuntimeError, match="inside another call"):
        ask(child, play.Echo("x"))
    call.close()


def test_a_question_interrupts_preparation(child: Child) -> None:
    ask(child, play.Echo("warm"))
    thread, outcome = in_thread(lambda: list(child.call(play.CountTo(10_000), PREPARING)))
    time.sleep(0.1)
    started = time.monotonic()
    assert ask(child, play.Echo("quick")) == ["quick"]
    assert time.monotonic() - started < 1
    thread.join(1)
    assert isinstance(outcome[0], Cancelled)


def test_a_question_interrupts_preparation_that_still_waits_for_the_start(tmp_path: Path) -> None:
    child = Child("sleeper", play.slow, (0.6,), tmp_path / "log")
    thread, outcome = in_thread(lambda: list(child.call(play.CountTo(10), PREPARING)))
    wait_for(lambda: child.pid is not None)
    assert ask(child, play.Echo("quick")) == ["quick"]
    thread.join(1)
    assert isinstance(outcome[0], Cancelled)
    child.close()


@pytest.mark.parametrize("holder", [ASKING, READING])
def test_a_question_waits_for_reading_and_for_other_questions(
    child: Child, holder: Urgency
) -> None:
    ask(child, play.Echo("warm"))
    thread, outcome = in_thread(lambda: list(child.call(play.CountTo(20), holder)))
    time.sleep(0.1)
    assert ask(child, play.Echo("later")) == ["later"]
    thread.join(1)
    assert outcome == [list(range(1, 21))]


def test_reading_does_not_interrupt_preparation_but_goes_before_it(child: Child) -> None:
    ask(child, play.Echo("warm"))
    order: list[str] = []

    def work(urgency: Urgency, name: str) -> None:
        for count in child.call(play.CountTo(40), urgency):
            if count == 1:
                order.append(name)

    threads = []
    for urgency, name in [(PREPARING, "first"), (PREPARING, "second"), (READING, "reading")]:
        threads.append(in_thread(lambda urgency=urgency, name=name: work(urgency, name))[0])
        time.sleep(0.05)
    for thread in threads:
        thread.join(3)
    assert order == ["first", "reading", "second"]


def test_all_who_wait_are_served_by_urgency_then_by_arrival(child: Child) -> None:
    holder = child.call(play.CountTo(10_000), ASKING)
    next(holder)
    order: list[str] = []

    def work(urgency: Urgency, name: str) -> None:
        for event in child.call(play.Echo(name), urgency):
            order.append(str(event))

    threads = []
    waiting = [
        (PREPARING, "p1"),
        (READING, "r1"),
        (PREPARING, "p2"),
        (ASKING, "a1"),
        (ASKING, "a2"),
    ]
    for urgency, name in waiting:
        threads.append(in_thread(lambda urgency=urgency, name=name: work(urgency, name)))
        time.sleep(0.05)
    holder.close()
    for thread, outcome in threads:
        thread.join(3)
        assert outcome == [None]
    assert order == ["a1", "a2", "r1", "p1", "p2"]


def test_preparation_that_waits_in_line_is_not_cancelled_by_questions(child: Child) -> None:
    holder = child.call(play.CountTo(10_000), ASKING)
    next(holder)
    preparing, prepared = in_thread(lambda: list(child.call(play.CountTo(3), PREPARING)))
    time.sleep(0.05)
    asking, asked = in_thread(lambda: ask(child, play.Echo("x")))
    time.sleep(0.05)
    holder.close()
    asking.join(3)
    preparing.join(3)
    assert asked == [["x"]]
    assert prepared == [[1, 2, 3]]


def test_many_threads_that_ask_prepare_cancel_and_die_never_mix_their_answers(
    child: Child,
) -> None:
    def storm(number: int) -> int:
        done = 0
        for turn in range(15):
            cancel, urgency = Cancel(), Urgency(number % 3)
            if turn % 4 == 1:
                threading.Timer(0.002 * number, cancel.set).start()
            try:
                text = f"{number}-{turn}"
                if turn % 7 == 3 and number == 1:
                    list(child.call(play.Die(), urgency, cancel))
                elif turn % 2:
                    events = list(child.call(play.CountTo(turn, 0.001), urgency, cancel))
                    assert events == list(range(1, turn + 1))
                else:
                    assert list(child.call(play.Echo(text), urgency, cancel)) == [text]
                done += 1
            except (Cancelled, ChildDied):
                pass
        return done

    threads = [in_thread(lambda number=number: storm(number)) for number in range(6)]
    for thread, outcome in threads:
        thread.join(60)
        assert isinstance(outcome[0], int), outcome
        assert outcome[0] > 0
    wait_for(lambda: threading.active_count() < 10)


# -- the network -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_", [play.Connect("192.0.2.1", 80), play.LookUp("example.org")], ids=["connect", "name"]
)
def test_a_child_refuses_the_network(child: Child, request_: object) -> None:
    with pytest.raises(DocqaError, match="connection to another computer was refused"):
        ask(child, request_)


def test_a_child_may_talk_to_its_own_computer(child: Child) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ask(child, play.Connect("127.0.0.1", server.getsockname()[1])) == ["connected"]
