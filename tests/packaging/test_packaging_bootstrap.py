import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bootstrap import take_gpu

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX programs")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """What set-up needs of a checkout, where nothing is set up yet."""
    root = tmp_path / "fresh checkout"
    shutil.copytree(
        ROOT / "packaging", root / "packaging", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "models").mkdir()
    shutil.copy(ROOT / "models" / "starter.txt", root / "models")
    return root


def bootstrap(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, root / "packaging" / "bootstrap.py", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ) | env, check=False
    )


def test_without_a_command_it_explains_itself(fresh: Path) -> None:
    done = bootstrap(fresh)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "bootstrap.py run" in done.stderr
    assert bootstrap(fresh, "--help").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [("run", "--gpu", "magic"), ("--gpu=", "test"), ("run", "--gpu"), ("clean", "--gpu", "none")],
)
def test_a_wrong_graphics_card_is_wrong_usage(fresh: Path, arguments: tuple[str, ...]) -> None:
    done = bootstrap(fresh, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip().endswith("one of auto, none, cuda, vulkan, metal.")


@pytest.mark.parametrize(
    ("arguments", "gpu", "rest"),
    [
        (["--gpu", "cuda", "ask", "x"], "cuda", ["ask", "x"]),
        (["--gpu=none"], "none", []),
        (["--gpu", "cuda", "--gpu=none", "list"], "none", ["list"]),
        (["--json", "--gpu", "x"], None, ["--json", "--gpu", "x"]),  # These are the program's.
        ([], None, []),
    ],
)
def test_the_graphics_card_comes_before_the_programs_arguments(
    arguments: list[str], gpu: str | None, rest: list[str]
) -> None:
    assert take_gpu(arguments) == (gpu, rest)


@pytest.mark.skipif(sys.platform == "darwin", reason="it is there")
@pytest.mark.parametrize("arguments", [("run", "--gpu", "metal"), ("--gpu", "metal", "test")])
def test_a_graphics_card_that_cannot_be_had_is_one_sentence(
    fresh: Path, arguments: tuple[str, ...]
) -> None:
    done = bootstrap(fresh, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Metal is there on macOS only" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (fresh / ".venv").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="macOS asks xcode-select")
def test_a_missing_compiler_is_said_before_anything_is_downloaded(
    fresh: Path, tmp_path: Path
) -> None:
    nothing = {"PATH": str(tmp_path / "empty"), "CC": "", "CXX": ""}
    done = bootstrap(fresh, "run", "--json", "list", XDG_CACHE_HOME=str(tmp_path), **nothing)
    assert done.returncode == 1
    assert done.stdout == ""  # whatever fails: standard output belongs to docqa
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Missing on this computer: a C++ compiler")
    assert "g++" in last
    assert last.endswith("and start again.")
    assert not (fresh / ".venv").exists()


def test_clean_removes_the_environment_and_leaves_the_models(fresh: Path) -> None:
    (fresh / ".venv" / "bin").mkdir(parents=True)
    done = bootstrap(fresh, "clean")
    assert done.returncode == 0
    assert done.stdout == ""
    assert not (fresh / ".venv").exists()
    assert not (fresh / ".bootstrap").exists()
    assert (fresh / "models" / "starter.txt").exists()


@pytest.mark.parametrize(("ruff", "pytest_code", "expected"), [(0, 0, 0), (1, 0, 1), (1, 5, 5)])
def test_the_last_word_is_pytests(
    tmp_path: Path, ruff: int, pytest_code: int, expected: int
) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    codes = {"ruff": ruff, "mypy": 0, "lint-imports": 0, "python": pytest_code}
    for name, code in codes.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $* on $QT_QPA_PLATFORM"\nexit {code}\n')
        program.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from checks import run_checks; from checkout import"
        " Checkout; say = lambda text: print(text, file=sys.stderr, flush=True);"
        " sys.exit(run_checks(Checkout(Path(sys.argv[1])), ['-k', 'some'], say, first=9))"
    )
    environ = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environ | {"PYTHONPATH": str(ROOT / "packaging")},
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    assert done.returncode == expected
    assert lines[-1] == "python -m pytest -n 2 --dist loadfile -k some on offscreen"
    assert any("FAILED before pytest: ruff check" in line for line in lines) is bool(ruff)
