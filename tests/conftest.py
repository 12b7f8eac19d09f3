"""What every test shares: the program's own models, and nothing left behind."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from docqa.paths import Paths

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_PDF = ROOT / "resources" / "sample.pdf"


def make_paths(base: Path) -> Paths:
    """Folders of a throw-away installation under ``base``, with the repository's models."""
    return Paths(
        resources=ROOT / "resources",
        models=(ROOT / "models",),
        workspace=base / "workspace",
        settings=base / "settings.toml",
        logs=base / "logs",
    )


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return make_paths(tmp_path)


@pytest.fixture(scope="session")
def sample_pdf() -> Path:
    return SAMPLE_PDF


@pytest.fixture(autouse=True)
def no_unexpected_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning in the log fails the test that did not expect it (and clear ``caplog``)."""
    yield
    loud = [
        record
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING and record.name.startswith("docqa")
    ]
    assert not loud, [record.getMessage() for record in loud]


@pytest.fixture(autouse=True)
def no_thread_is_left_running() -> Iterator[None]:
    """Threads that a test starts end with it; daemons and pools that wait are no work."""
    before = set(threading.enumerate())
    yield
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.daemon and thread.is_alive()
    ]
    for thread in left:
        thread.join(timeout=5)
    assert not [thread.name for thread in left if thread.is_alive()]


@pytest.fixture(scope="session", autouse=True)
def no_child_is_left() -> Iterator[None]:
    """At the end no process that the tests started is alive."""
    yield
    children = psutil.Process().children(recursive=True)
    _, alive = psutil.wait_procs(
        [one for one in children if "resource_tracker" not in " ".join(one.cmdline())], timeout=5
    )
    assert not alive
