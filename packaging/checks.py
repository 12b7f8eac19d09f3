"""Every check of the project, one after another; pytest comes last and has the last word."""

from __future__ import annotations

import os

from checkout import Checkout, Say
from commands import run_shown

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format --check", ("ruff", "format", "--check", ".")),
    ("mypy (strict)", ("mypy", "docqa", "packaging")),
    ("import-linter", ("lint-imports",)),
)
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
"""Two processes test two files at a time: 8 minutes instead of 12 on two cores. More would need the
memory for more models at once, and the tests of a file share what is slow to set up."""


def run_checks(checkout: Checkout, pytest_arguments: list[str], say: Say, *, first: int) -> int:
    """Run all checks; `first` is the number of the first one among all steps.

    Returns pytest's exit code, or 1 where pytest is content but another check is not.
    """
    total = first + len(CHECKS)
    failed = []
    for number, (name, command) in enumerate(CHECKS, first):
        say(f"[{number}/{total}] {name}")
        if run_shown([checkout.program(command[0]), *command[1:]], checkout.root) != 0:
            failed.append(name)
    if failed:
        say(f"\nFAILED before pytest: {', '.join(failed)}. The exit code will not be 0.\n")
    say(f"[{total}/{total}] pytest (takes some minutes, because the real models answer)")
    # windows that pop up would disturb the person and the tests alike
    env = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    python = str(checkout.program("python"))
    code = run_shown([python, "-m", "pytest", *SIDE_BY_SIDE, *pytest_arguments], checkout.root, env)
    return code or (1 if failed else 0)
