"""The real program in a process of its own, on the starter models, in folders of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample.pdf"
QUESTION = "How many families set up the energy cooperative?"
"""Answered on page 1 of the sample: eleven."""
NOWHERE = "Who won the 1998 football World Cup?"
"""Not answered in the sample."""
PREPARE_MINUTES = (0.4, 1.0, 1.0)
DEMO_MINUTES = (0.25, 1.0)
"""Minutes of one try after the other. The first is enough, unless the computer is busy with other
things; from two minutes on preparing would first find out what runs fastest."""


@dataclass(frozen=True)
class Run:
    """What one call of the program left."""

    code: int
    out: str
    err: str

    @property
    def data(self):
        """The one JSON object on standard output."""
        return json.loads(self.out)


class Docqa:
    """Calls ``python -m docqa`` as a script would; ``home`` takes everything it writes."""

    def __init__(self, home, root=ROOT):
        self.home = home
        self.mark = uuid.uuid4().hex
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "DOCQA_TEST_MARK": self.mark,
            "PYTHONPATH": str(root),
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, *words, before=(), timeout=150, **more):
        """Run to the end; ``before`` is a command in front, ``more`` is subprocess.run's."""
        environment = self.environment | more.pop("environment", {})
        done = subprocess.run(
            [*before, sys.executable, "-m", "docqa", *map(str, words)],
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            env=environment,
            cwd=self.home,
            check=False,
            **more,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def json(self, workspace, *words, **more):
        """Run with ``--json`` on a workspace."""
        return self.run("--json", "--workspace", workspace, *words, **more)

    def start(self, workspace, *words):
        """Start with ``--json`` and let it run."""
        return Started(self, workspace, words)

    def processes(self):
        """Every living process that this object's calls have left, helpers included."""
        found = []
        for process in psutil.process_iter():
            try:
                dead = process.status() == psutil.STATUS_ZOMBIE
                if not dead and process.environ().get("DOCQA_TEST_MARK") == self.mark:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def survivors(self, seconds=2.0):
        """Command lines of the processes that are still there after ``seconds``."""
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return [process.cmdline() for process in self.processes()]


class Started:
    """A call that still runs; its standard error tells how far it is."""

    def __init__(self, docqa, workspace, words):
        self._errors = docqa.home / f"stderr-{uuid.uuid4().hex}"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "docqa", "--json", "--workspace", str(workspace)]
                + [str(word) for word in words],
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                env=docqa.environment,
                cwd=docqa.home,
                start_new_session=True,
            )

    def wait_for(self, text, seconds=60):
        """Wait until ``text`` was told on standard error."""
        deadline = time.monotonic() + seconds
        while text not in self._errors.read_text("utf-8"):
            assert self.process.poll() is None, "it ended too early: " + self._errors.read_text()
            assert time.monotonic() < deadline, "it never said: " + text
            time.sleep(0.02)

    def send(self, number):
        """Send a signal."""
        self.process.send_signal(number)

    def press_ctrl_c(self):
        """Send the signal to all its processes, as a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self):
        """Kill -9, and take the process off the list."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=10)

    def end(self, seconds=30):
        """Wait for the end."""
        out, _ = self.process.communicate(timeout=seconds)
        return Run(self.process.returncode, out, self._errors.read_text("utf-8"))
