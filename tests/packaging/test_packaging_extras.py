"""A checkout gets all that docqa can do, not only what it cannot do without."""

import tomllib
from pathlib import Path

from steps import extras

ROOT = Path(__file__).resolve().parents[2]


def offered() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


def named(requirement: str) -> set[str]:
    assert requirement[0] == "["
    assert requirement[-1] == "]"
    return set(requirement[1:-1].split(","))


def test_for_the_tests_every_extra_is_installed() -> None:
    assert named(extras(tests=True)) == offered()


def test_to_run_the_program_all_but_the_tools_for_testing_are() -> None:
    assert named(extras(tests=False)) == offered() - {"test"}
