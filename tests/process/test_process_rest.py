"""What a child does between requests: when nobody asks, never in the way, and before its end."""

from __future__ import annotations

from pathlib import Path

import playground as play
import psutil
import pytest
from callers import ask, wait_for

from docqa.process import Child, Flag, Urgency
from docqa.process import link as links
from docqa.process.link import Link
from docqa.process.protocol import Done, Ready
from docqa.process.serve import Start

ASKING = Urgency.ASKING


def sleeper(folder: Path, seconds: float = 0.0) -> tuple[Child, Path]:
    """A child that rests for so long and then tells what it was asked before."""
    told = folder / "told.txt"
    return Child("sleeper", play.Sleeper, (told, seconds), folder / "log"), told


def test_a_child_rests_when_nobody_asks(tmp_path: Path) -> None:
    child, told = sleeper(tmp_path)
    ask(child, play.Echo("one"))
    wait_for(lambda: told.exists() and told.read_text() == "one")
    child.close()


def test_a_request_that_follows_at_once_is_answered_before_the_rest(tmp_path: Path) -> None:
    told = tmp_path / "told.txt"
    link = Link("sleeper", Start(Flag(), tmp_path / "log", play.Sleeper, (told,)))
    link.send(play.Echo("one"))  # Both lie in the pipe when the child looks.
    link.send(play.Echo("two"))
    ready, *events = [link.receive(20) for _ in range(5)]
    assert isinstance(ready, Ready)
    assert events == ["one", Done(), "two", Done()]
    wait_for(lambda: told.exists() and told.read_text() == "one two")
    link.close()


def test_a_request_ends_the_rest_which_is_made_up_for_later(tmp_path: Path) -> None:
    child, told = sleeper(tmp_path, seconds=60)
    ask(child, play.Echo("one"))
    begun = told.with_suffix(".begun")
    wait_for(begun.exists)
    pid = child.pid
    begun.unlink()
    assert ask(child, play.Echo("two")) == ["two"]
    wait_for(begun.exists)
    assert child.pid == pid
    assert not told.exists()
    psutil.Process(pid).kill()  # It would rest for so long.
    child.close()


def test_a_bug_while_resting_is_logged_and_harms_nobody(tmp_path: Path) -> None:
    child = Child("sleeper", play.BadSleeper, (tmp_path / "told",), tmp_path / "log")
    ask(child, play.Echo("one"))
    pid = child.pid
    wait_for(lambda: "ValueError" in (tmp_path / "log").read_text())
    assert "a secret" not in (tmp_path / "log").read_text()
    assert ask(child, play.Echo("two")) == ["two"]
    assert child.pid == pid
    child.close()


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_close_lets_a_child_complete_its_rest(tmp_path: Path, seconds: float) -> None:
    """As when a program ends right after its only answer."""
    child, told = sleeper(tmp_path, seconds)
    ask(child, play.Echo("one"))
    pid = child.pid
    child.close()
    assert told.read_text() == "one"
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_a_restart_lets_it_complete_its_rest_too(tmp_path: Path) -> None:
    child, told = sleeper(tmp_path, 1.0)
    ask(child, play.Echo("one"))
    child.restart(ASKING)
    assert told.read_text() == "one"
    child.close()


def test_a_child_that_rests_for_too_long_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_REST_SECONDS", 0.2)
    child, told = sleeper(tmp_path, 60)
    ask(child, play.Echo("one"))
    pid = child.pid
    child.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not told.exists()
    assert ask(child, play.Echo("afresh")) == ["afresh"]
    child.close()


def test_close_does_not_wait_for_a_child_that_is_gone(tmp_path: Path) -> None:
    child, told = sleeper(tmp_path, 60)
    ask(child, play.Echo("one"))
    assert child.pid is not None
    psutil.Process(child.pid).kill()
    child.close()
    assert child.pid is None
    assert not told.exists()
