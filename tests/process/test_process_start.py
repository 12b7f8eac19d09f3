"""A child is started as often as that may help, greets, is replaced, and closed at any time."""

from __future__ import annotations

import time
from pathlib import Path

import playground as play
import psutil
import pytest
from callers import ask, in_thread, wait_for

from docqa.errors import Cancelled, ChildNotStarted
from docqa.process import Cancel, Child, Urgency

ASKING, READING, PREPARING = Urgency


# -- closing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", Urgency)
def test_close_while_a_child_starts_ends_it_and_starts_no_other(
    tmp_path: Path, urgency: Urgency
) -> None:
    attempts = tmp_path / "attempts"
    child = Child("trier", play.trying, (attempts, 20.0), tmp_path / "log", attempts=attempts)
    thread, outcome = in_thread(lambda: child.load(urgency))
    wait_for(attempts.exists)
    pid = child.pid
    child.close()
    thread.join(5)
    assert isinstance(outcome[0], Cancelled)
    assert child.pid is None
    assert pid is not None
    assert not psutil.pid_exists(pid)


# -- deaths at the start ---------------------------------------------------------------------------


def test_what_learns_from_its_deaths_is_started_until_it_lives(tmp_path: Path) -> None:
    attempts = tmp_path / "attempts"
    child = Child("faller", play.falling, (attempts, 4), tmp_path / "log", attempts=attempts)
    assert ask(child, play.Echo("at last")) == ["at last"]
    assert attempts.read_bytes() == b"xxxxx"
    child.close()


def test_what_dies_without_a_word_is_not_started_again(tmp_path: Path) -> None:
    """As when there is not enough memory: loading a large model again and again takes minutes."""
    starts, attempts = tmp_path / "starts", tmp_path / "attempts"
    attempts.write_text("of an earlier day")
    child = Child("faller", play.falling, (starts, 100), tmp_path / "log", attempts=attempts)
    with pytest.raises(ChildNotStarted):
        child.load(ASKING)
    assert starts.read_bytes() == b"x"


def test_what_dies_whatever_it_tries_is_given_up(tmp_path: Path) -> None:
    attempts = tmp_path / "attempts"
    child = Child("faller", play.falling, (attempts, 1000), tmp_path / "log", attempts=attempts)
    with pytest.raises(ChildNotStarted):
        child.load(ASKING)
    assert 4 < len(attempts.read_bytes()) < 20


# -- greeting --------------------------------------------------------------------------------------


def test_the_greeting_is_always_of_the_child_that_runs(tmp_path: Path) -> None:
    child = Child("sleeper", play.Sleeper, (tmp_path / "told",), tmp_path / "log")
    assert child.greeting is None
    ask(child, play.Echo("x"))
    first = child.pid
    assert child.greeting == f"I am {first}"
    assert first is not None
    psutil.Process(first).kill()
    wait_for(lambda: child.pid is None)
    ask(child, play.Echo("x"))
    assert child.pid != first
    assert child.greeting == f"I am {child.pid}"
    child.close()
    assert child.greeting is None


def test_who_has_nothing_to_say_is_started_all_the_same(tmp_path: Path) -> None:
    child = Child("playground", play.Playground, (), tmp_path / "log")
    child.load(ASKING)
    assert child.greeting is None
    child.close()


# -- restarting ------------------------------------------------------------------------------------


def test_a_restart_waits_for_whoever_has_the_turn(tmp_path: Path) -> None:
    child = Child("playground", play.Playground, (), tmp_path / "log")
    asked = child.call(play.CountTo(30), ASKING)
    assert next(asked) == 1
    before = child.pid
    thread, outcome = in_thread(lambda: child.restart(PREPARING))
    time.sleep(0.2)
    assert list(asked) == list(range(2, 31))
    thread.join(10)
    assert outcome == [None]
    assert child.is_ready
    assert child.pid != before
    child.close()


def test_a_restart_starts_a_child_that_is_not_there(tmp_path: Path) -> None:
    child = Child("playground", play.Playground, (), tmp_path / "log")
    child.restart(ASKING)
    assert child.is_ready
    child.close()


def test_a_restart_leaves_alone_what_is_just_being_started(tmp_path: Path) -> None:
    child = Child("sleeper", play.slow, (0.5,), tmp_path / "log")
    cancel = Cancel()
    thread, outcome = in_thread(lambda: child.load(PREPARING, cancel))
    wait_for(lambda: child.pid is not None)
    cancel.set()
    thread.join(5)
    assert isinstance(outcome[0], Cancelled)
    fresh = child.pid
    child.restart(PREPARING)
    assert child.pid == fresh
    child.close()


def test_a_restart_can_be_cancelled(tmp_path: Path) -> None:
    child = Child("sleeper", play.slow, (20.0,), tmp_path / "log")
    cancel = Cancel()
    thread, outcome = in_thread(lambda: child.restart(ASKING, cancel))
    wait_for(lambda: child.pid is not None)
    cancel.set()
    thread.join(5)
    assert isinstance(outcome[0], Cancelled)
    child.close()
