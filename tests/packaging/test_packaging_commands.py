import os
import signal
import sys
from pathlib import Path

import pytest
from commands import (
    NO_COMPILER,
    NOT_OFFERED,
    CommandError,
    cause_of,
    doing,
    elapsed,
    run_logged,
    run_shown,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_goes_to_the_log_and_nowhere_else(
    tmp_path: Path, said: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    noisy = python("import sys; print('out'); print('err', file=sys.stderr)")
    run_logged(noisy, log, say=said.append, env=dict(os.environ))
    assert sorted(log.read_text().split()) == ["err", "out"]
    assert capfd.readouterr() == ("", "")
    assert said == []


def test_a_long_command_shows_that_it_lives(tmp_path: Path, said: list[str]) -> None:
    slow = python("import time; print('Collecting numpy', flush=True); time.sleep(0.7)")
    run_logged(slow, tmp_path / "log", say=said.append, env=dict(os.environ), beat=0.3)
    assert said
    assert "Collecting numpy" in said[-1]


def test_an_unknown_failure_shows_the_last_words_and_the_log(
    tmp_path: Path, said: list[str]
) -> None:
    log = tmp_path / "log"
    failing = python("import sys; print('a strange thing'); sys.exit(3)")
    with pytest.raises(CommandError) as caught:
        run_logged(failing, log, say=said.append, env=dict(os.environ))
    assert caught.value.cause is None
    assert "code 3" in str(caught.value)
    assert "a strange thing" in str(caught.value)
    assert str(log) in str(caught.value)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("", "working"),
        ("Collecting numpy\nWARNING: Location is ignored", "Collecting numpy"),
        ("  Downloading torch.whl (190 MB)", "Downloading torch.whl (190 MB)"),
        ("Building wheel\n  [7/140] g++ -O3\n  In file included", "compiled 7 of 140 files"),
        ("[ 12%] Building CXX object ggml.c.o", "compiled 12 %"),
    ],
)
def test_a_log_is_told_in_a_few_words(log: str, expected: str) -> None:
    assert doing(log) == expected


@pytest.mark.parametrize(
    ("said_by_pip", "expected"),
    [
        ("OSError: [Errno 28] No space left on device: '/x'", "The disk is full"),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError("
            "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution'"
            "\nERROR: No matching distribution found for torch==2.13.0+cpu",
            "check the network",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", NOT_OFFERED),
        ("CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage", NO_COMPILER),
        ("No CMAKE_C_COMPILER could be found.", NO_COMPILER),
        ("c++: fatal error: Killed signal terminated program cc1plus", "out of memory"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "pinned"),
    ],
)
def test_known_causes_get_their_sentence(said_by_pip: str, expected: str) -> None:
    assert expected in str(cause_of(said_by_pip))


def test_ordinary_output_has_no_cause() -> None:
    assert cause_of("Collecting numpy\nSuccessfully installed numpy-2.4.6") is None


@posix
def test_ctrl_c_ends_the_program_and_what_it_started(tmp_path: Path, said: list[str]) -> None:
    told = tmp_path / "grandchild"
    code = (
        "import pathlib, subprocess, time; p = subprocess.Popen(['sleep', '60']);"
        f"pathlib.Path({str(told)!r}).write_text(str(p.pid)); time.sleep(60)"
    )

    def press(_text: str) -> None:
        if told.exists() and told.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_logged(python(code), tmp_path / "log", say=press, env=dict(os.environ), beat=0.1)
    pid = int(told.read_text())
    for _ in range(100):
        if not _alive(pid):
            break
        signal.sigtimedwait([], 0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_the_exit_code_is_passed_on() -> None:
    assert run_shown(python("raise SystemExit(5)")) == 5


@posix
def test_a_program_that_a_signal_ended_gets_the_code_of_shells() -> None:
    assert run_shown(python("import os; os.kill(os.getpid(), 15)")) == 128 + 15


def test_elapsed_reads_like_a_clock() -> None:
    assert elapsed(7.9) == "7 s"
    assert elapsed(75.2) == "1 min 15 s"
