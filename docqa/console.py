"""The terminal: one result on standard output; progress, hints and errors on standard error."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

_QUIET_SECONDS = 10.0
"""Without a terminal, a line of progress at most this often."""
_REDRAW_SECONDS = 0.1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


Share = tuple[int, int]
"""Done of total."""


class OutputLost(Exception):
    """Standard output takes nothing more; ``unread`` if its reader simply left (``| head``)."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        # Windows reports a closed pipe as an invalid argument.
        self.unread = error.errno in (errno.EPIPE, errno.EINVAL, errno.ESHUTDOWN)


class Console:
    """Where a command writes; with ``json`` standard output gets exactly one JSON object."""

    def __init__(self, out: TextIO, err: TextIO, *, json: bool) -> None:
        self.json = json
        self._out = out
        self._err = err
        self._live = _is_terminal(err)
        self._topics: set[str] = set()
        self._next_line = 0.0
        self._shown = 0
        self._answered = False

    @classmethod
    def standard(cls, *, json: bool) -> Console:
        """The console of this process, which never fails over a character it cannot show."""
        return cls(_tolerant(sys.stdout), _tolerant(sys.stderr), json=json)

    @property
    def streams(self) -> bool:
        """Whether a person watches standard output, so that words should appear as they come."""
        return not self.json and _is_terminal(self._out)

    def result(self, data: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Write what the command found out: ``data`` for a script or ``lines`` for a person."""
        self.end_progress()
        if self.json:
            self._write_object(data)
        else:
            self._write("".join(plain(line) + "\n" for line in lines))

    def line(self, text: str = "") -> None:
        """Write one line at once, for a person only."""
        self.stream(text + "\n")

    def stream(self, text: str) -> None:
        """Write a piece of text at once, for a person only."""
        if not self.json:
            self.end_progress()
            self._write(plain(text))

    def error(self, message: str) -> None:
        """Say in one sentence what went wrong."""
        self.end_progress()
        if self.json:
            self._write_object({"error": message})
        else:
            self.hint(f"docqa: {message}")

    def hint(self, text: str) -> None:
        """Write a line to standard error, whoever reads standard output."""
        self.end_progress()
        self._tell(plain(text) + "\n")

    def progress(self, topic: str, detail: str = "", share: Share | None = None) -> None:
        """Show how far long work is; a new ``topic`` is told at once, details now and then.

        ``share`` (done, total) becomes a bar where there is a terminal.
        """
        now = time.monotonic()
        if topic in self._topics and now < self._next_line:
            return
        self._topics.add(topic)
        self._next_line = now + (_REDRAW_SECONDS if self._live else _QUIET_SECONDS)
        drawn = bar(*share) if share is not None and self._live else ""
        text = plain(" ".join(filter(None, (topic, drawn, detail)))).replace("\n", " ")
        if not self._live:
            self._tell(text + "\n")
            return
        text = text[: max(20, shutil.get_terminal_size().columns - 1)]
        self._tell("\r" + text.ljust(self._shown))
        self._shown = len(text)

    def end_progress(self) -> None:
        """Wipe the progress line, if one is shown."""
        if self._shown:
            self._tell("\r" + " " * self._shown + "\r")
        self._shown = 0

    def abandon(self) -> None:
        """Nobody reads standard output any more: let the interpreter's last flush succeed."""
        with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._out.fileno())
            os.close(nothing)

    def _write_object(self, data: Mapping[str, Any]) -> None:
        """Write the one object; a second (a signal after the result) is not for the script."""
        if not self._answered:
            # ASCII only: it survives every code page, and lone surrogates from PDFs too.
            text = json.dumps(data, allow_nan=False)
            self._answered = True
            self._write(text + "\n")

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            raise OutputLost(error) from error

    def _tell(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._err.write(text)
            self._err.flush()


def plain(text: str) -> str:
    """The text without control characters: a document must not steer anybody's terminal."""
    return _CONTROL.sub(" ", text)


def bar(done: int, total: int, width: int = 24) -> str:
    """A bar of ``width`` characters for ``done`` of ``total``."""
    full = width if total <= 0 else min(width, width * done // total)
    return "[" + "#" * full + "." * (width - full) + "]"


def clock(seconds: float) -> str:
    """A duration for a person: ``0.4 s``, ``12 s``, ``3:05`` minutes or ``1:02:03`` hours."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Aligned lines; a column of numbers is set to the right."""
    cells = [head, *rows]
    widths = [max(_columns(row[column]) for row in cells) for column in range(len(head))]
    numeric = [
        len(cells) > 1 and all(row[column].rstrip(" %").isdigit() for row in cells[1:])
        for column in range(len(head))
    ]
    return [
        "  ".join(
            _blanks(cell, width) + cell if right else cell + _blanks(cell, width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]


def shorten(text: str, width: int) -> str:
    """One line of at most ``width`` columns of a terminal."""
    line = " ".join(text.split())
    if _columns(line) <= width:
        return line
    kept = line[: width - 1]
    while _columns(kept) > width - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _columns(text: str) -> int:
    """How many columns a terminal needs: two for a Chinese letter, none for an accent on one."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else not unicodedata.combining(letter)
        for letter in text
    )


def _blanks(cell: str, width: int) -> str:
    return " " * (width - _columns(cell))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _tolerant(stream: TextIO | None) -> TextIO:
    if stream is None:  # a windowed program has no console
        return Path(os.devnull).open("w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="replace")
    return stream
