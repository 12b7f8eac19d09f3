"""Crash reports: what struck and where, never a message, since that may quote a document."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from docqa import __version__


def report_text(error: BaseException) -> str:
    """Type and places of ``error`` and of what caused it, oldest cause first."""
    lines = [f"docqa {__version__}, Python {platform.python_version()}, {platform.platform()}"]
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for cause in reversed(chain):
        lines.append(type(cause).__qualname__)
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
    return "\n".join(lines) + "\n"


def write_report(error: BaseException, logs: Path) -> Path:
    """Write a crash report into ``logs`` (or, if that fails, the temporary folder)."""
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000:06}.txt"
    for folder in (logs, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(report_text(error), encoding="utf-8", errors="replace")
        except OSError:
            continue
        return path
    sys.stderr.write(report_text(error))
    return Path(name)


def sentence(error: BaseException, logs: Path) -> str:
    """Write a report and say where it is, in one sentence."""
    path = write_report(error, logs)
    kind = type(error).__name__
    return f"An internal error ({kind}) stopped docqa; the report is in {path}."
