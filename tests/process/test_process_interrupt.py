"""Ctrl-C in a terminal reaches every process of the program; only the parent answers to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups like these")

_PARENT = """
import signal, sys, time
sys.path.insert(0, {here!r})
import playground as play
from pathlib import Path
from docqa.process import Child, Urgency

if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: None)  # An ignored one would be ignored by the child.
    print("go", flush=True)
    child = Child("playground", play.slow, (0.2,), Path({log!r}))
    print(*child.call(play.Echo("it works"), Urgency.ASKING), flush=True)
"""


@pytest.mark.parametrize("start", [0.0, 0.35])
def test_a_child_hears_no_ctrl_c_from_its_first_moment_on(tmp_path: Path, start: float) -> None:
    """A storm of them over the start of Python, of its imports and of the service."""
    script = tmp_path / "parent.py"
    here, log = str(Path(__file__).parent), str(tmp_path / "log")
    script.write_text(_PARENT.format(here=here, log=log))
    parent = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "go\n"
    time.sleep(start)
    while parent.poll() is None:
        os.killpg(parent.pid, signal.SIGINT)
        time.sleep(0.003)
    out, err = parent.communicate()
    assert (out, err) == ("it works\n", "")
