"""Children die with their parent, whatever they are doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

_PARENT = """
import sys
sys.path.insert(0, {here!r})
import playground as play
from pathlib import Path
from docqa.process import Child, Urgency

if __name__ == "__main__":
    child = Child("playground", play.Playground, (), Path({log!r}))
    for event in child.call(play.{request}, Urgency.ASKING):
        print(child.pid, flush=True)
"""


@pytest.mark.parametrize("request_", ["Hang(60)", "CountTo(100000)", "HoldPython()"])
def test_a_child_dies_within_a_second_of_its_parent(tmp_path: Path, request_: str) -> None:
    if request_ == "HoldPython()" and sys.platform != "linux":
        pytest.skip("only Linux ends a child that never lets go of Python's lock")
    script = tmp_path / "parent.py"
    here, log = str(Path(__file__).parent), str(tmp_path / "log")
    script.write_text(_PARENT.format(here=here, log=log, request=request_))
    source = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(0.2)
    assert psutil.pid_exists(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _is_gone_within(pid, 1.0)


def _is_gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    return False
