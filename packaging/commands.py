"""Running other programs: output into a log, a sign of life, and one sentence when they fail."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from checkout import Say, SetupError

NO_COMPILER = "There is no working C and C++ compiler."
NOT_OFFERED = "A package is not offered for this Python and this kind of computer."

_CAUSES = (
    (
        r"No space left on device|Errno 28\b|Disk quota exceeded|not enough space on the disk",
        "The disk is full: free some space (a whole set-up needs about 6 GB) and start again.",
    ),
    (
        r"DO NOT MATCH THE HASHES|HashMismatch",
        "A downloaded file is not the one that docqa has pinned: start again, and if it happens "
        "twice, do not use that package source.",
    ),
    (
        r"Killed signal terminated program|out of memory allocating|virtual memory exhausted",
        "The computer ran out of memory while compiling (about 2 GB are needed): close other "
        "programs and start again.",
    ),
    (
        r"No CMAKE_C(XX)?_COMPILER could be found|CMAKE_C(XX)?_COMPILER not set|"
        r"is not able to compile a simple test program|CMAKE_C(XX)?_COMPILER:\s+\S+\s+is not",
        NO_COMPILER,
    ),
    (
        r"Failed to establish a new connection|Temporary failure in name resolution|"
        r"Name or service not known|nodename nor servname|getaddrinfo failed|"
        r"Failed to resolve|Network is unreachable|No route to host|Max retries exceeded|"
        r"Connect(ion)?Timeout|timed out|Connection (reset|refused|aborted|broken)|"
        r"RemoteDisconnected|IncompleteRead|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED",
        "The packages could not be fetched, because there is no (stable) connection to the package "
        "source: check the network and start again; what was done so far is kept.",
    ),
    (
        r"No matching distribution found|Could not find a version that satisfies",
        NOT_OFFERED,
    ),
)


class CommandError(SetupError):
    """A program ended with an error; `cause` is its known cause, `log` has its output."""

    def __init__(self, sentence: str, cause: str | None, log: Path) -> None:
        super().__init__(f"{sentence} (Log: {log})")
        self.cause = cause
        self.log = log


def cause_of(text: str) -> str | None:
    """The sentence for a known cause in a program's output; None where it is unknown."""
    for pattern, sentence in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return sentence
    return None


def elapsed(seconds: float) -> str:
    """`75.2` → `1 min 15 s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    *,
    say: Say,
    env: Mapping[str, str],
    keep: Sequence[int] = (),
    beat: float = 20.0,
) -> None:
    """Run a program with its output in `log` and say every `beat` seconds what it is doing.

    Descriptors in `keep` are inherited. Raises CommandError. Whatever ends
    the waiting early (Ctrl-C, SIGTERM) also ends the program with everything it started.
    """
    posix = sys.platform != "win32"
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=posix,
            pass_fds=tuple(keep) if posix else (),
        )
        try:
            _wait(child, log, say, beat)
        except BaseException:
            _end(child)
            raise
    if child.returncode != 0:
        text = log.read_text(errors="replace")
        cause = cause_of(text)
        raise CommandError(cause or _last_words(command, text, child.returncode), cause, log)


def _wait(child: subprocess.Popen[bytes], log: Path, say: Say, beat: float) -> None:
    started = time.monotonic()
    while True:
        try:
            child.wait(beat)
        except subprocess.TimeoutExpired:
            passed = elapsed(time.monotonic() - started)
            say(f"      … {passed}: {doing(log.read_text(errors='replace'))}")
        else:
            return


_TELLING = re.compile(
    r"\s*(?:(?P<step>(Collecting|Downloading|Building|Installing|Preparing|Unpacking|Setting) .*)"
    r"|\[ *((?P<file>\d+)/(?P<files>\d+)|(?P<percent>\d+)%)\] .*)"
)


def doing(text: str) -> str:
    """What pip, a compilation or apt-get said last that a person can make something of."""
    for line in reversed(text.splitlines()):
        found = _TELLING.fullmatch(line)
        if found and found["file"]:
            return f"compiled {found['file']} of {found['files']} files"
        if found and found["percent"]:
            return f"compiled {found['percent']} %"
        if found:
            return found["step"][:90]
    return "working"


def _last_words(command: Sequence[str | Path], text: str, returncode: int) -> str:
    tail = "".join(f"\n      | {line[:200]}" for line in text.strip().splitlines()[-8:])
    name = " ".join(Path(part).name for part in command[:5])
    return f"`{name}` ended with code {returncode}. Its last words:{tail}\n     "


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a program and, where the system has sessions, everything it started."""
    for hard in (False, True):
        if sys.platform == "win32":
            child.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL if hard else signal.SIGTERM)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            continue


def run_shown(
    command: Sequence[str | Path], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Run a program in the foreground and return its exit code.

    Ctrl-C reaches it through the terminal; it is waited for, so that its closing words come last.
    """
    child = subprocess.Popen(command, cwd=cwd, env=env)
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            continue
        except BaseException:
            child.terminate()
            child.wait()
            raise
        return code if code >= 0 else 128 - code
