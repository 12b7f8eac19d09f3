"""Stepping back only where it can be undone. (Each case runs in a process of its own.)"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="niceness of single threads is Linux's")
as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.getuid() != 0, reason="only root can become somebody else"
)

_BEGIN = """
import ctypes, os, resource, struct, sys, threading
from docqa.host.priority import Priority

NOBODY = 65534

def become_nobody(limit=0, capable=False):
    try:
        resource.setrlimit(resource.RLIMIT_NICE, (limit, limit))
    except ValueError:
        sys.exit("no right to raise limits")
    libc = ctypes.CDLL(None, use_errno=True)
    keep_capabilities, set_niceness = 8, 1 << 23
    libc.prctl(keep_capabilities, int(capable), 0, 0, 0)
    os.setgroups([]); os.setgid(NOBODY); os.setuid(NOBODY)
    if capable:
        header = struct.pack("Ii", 0x20080522, 0)
        assert libc.capset(header, struct.pack("6I", set_niceness, set_niceness, 0, 0, 0, 0)) == 0

end = threading.Event()
def start_thread():
    thread = threading.Thread(target=end.wait, daemon=True)
    thread.start()
    return thread

def niceness():
    return {os.getpriority(os.PRIO_PROCESS, one.native_id) for one in threading.enumerate()}

priority = Priority()
"""


def said(code: str) -> list[str]:
    """What a program printed that began with ``_BEGIN``."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN + code],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "no right to raise limits" in done.stderr:
        pytest.skip("this root has no right to raise limits")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@linux
@as_root
def test_an_ordinary_user_stays_where_he_could_not_go_back() -> None:
    code = "start_thread(); become_nobody(); print(priority.lower(), niceness())"
    assert said(code) == ["False {0}"]


@linux
@as_root
def test_an_ordinary_user_steps_back_with_all_threads_where_he_may_return() -> None:
    printed = said(
        """
become_nobody(capable=True)
start_thread()
print(priority.lower(), niceness())
start_thread()
print(niceness())
priority.restore()
print(niceness())
print(priority.lower(), niceness())
"""
    )
    assert printed == ["True {10}", "{10}", "{0}", "True {10}"]


@linux
@as_root
def test_the_usual_priority_may_be_another_one() -> None:
    code = """
os.nice(5); become_nobody(capable=True)
print(priority.lower(), niceness()); priority.restore(); print(niceness())
"""
    assert said(code) == ["True {10}", "{5}"]


@linux
@as_root
@pytest.mark.parametrize(("limit", "lowered"), [(14, False), (15, True)])
def test_the_limit_must_reach_to_the_usual_priority(limit: int, lowered: bool) -> None:
    # A limit of 15 allows niceness 5 and more.
    code = f"os.nice(5); become_nobody({limit}); print(priority.lower())"
    assert said(code) == [str(lowered)]


@linux
def test_who_is_far_back_already_stays_there() -> None:
    code = "os.nice(15); print(priority.lower()); priority.restore(); print(os.getpriority(0, 0))"
    assert said(code) == ["False", "15"]


@linux
def test_whoever_it_is_in_the_end_everything_is_as_before() -> None:
    code = """
start_thread()
before = niceness()
lowered = priority.lower()
print(lowered == priority.lower() == (niceness() == {10}))
priority.restore(); priority.restore()
print(niceness() == before)
"""
    assert said(code) == ["True", "True"]


@pytest.mark.skipif(sys.platform != "win32", reason="priority classes are Windows's")
def test_windows_lets_everybody_go_back() -> None:
    code = """
import psutil
from docqa.host.priority import Priority
priority, process = Priority(), psutil.Process()
assert priority.lower() and process.nice() == psutil.BELOW_NORMAL_PRIORITY_CLASS
priority.restore()
assert process.nice() == psutil.NORMAL_PRIORITY_CLASS
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


@pytest.mark.skipif(sys.platform != "darwin", reason="macOS has nothing that would do")
def test_macos_leaves_the_priority_alone() -> None:
    from docqa.host.priority import Priority

    assert Priority().lower() is False
