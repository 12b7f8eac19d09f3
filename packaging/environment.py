"""The virtual environment: made, recognised as sound or half-made, and filled by pip."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import machine
from checkout import Checkout, Say, SetupError, Stamps, key_of, python_of, remove_tree
from commands import CommandError, run_logged

# SOURCE_DATE_EPOCH makes llama.cpp forget AVX; the others make pip see or fill other folders.
_ASTRAY = {
    "SOURCE_DATE_EPOCH",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PYTHONPATH",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
}

# Between these two lines of pip the environment is changing; a stop before or after is harmless.
_CHANGES_BEGIN = "Installing collected packages"
_CHANGES_END = "Successfully installed"


@dataclass(frozen=True)
class Filling:
    """A mark in the virtual environment while pip is changing it.

    pip writes a package's metadata before all of its files, so an environment in which it was
    cut off looks complete to the next pip. The mark outlives a kill and tells that it is not.
    """

    venv: Path

    def begin(self, log: Path) -> None:
        """Set the mark; `log` is where pip is about to write."""
        log.unlink(missing_ok=True)
        self._mark.write_text(str(log))

    def end(self) -> None:
        """Remove the mark: pip came to its end."""
        self._mark.unlink(missing_ok=True)

    def cut_off(self) -> bool:
        """Whether pip was stopped after it had begun to change the environment."""
        try:
            text = Path(self._mark.read_text()).read_text(errors="replace")
        except OSError:
            return False  # no mark, or pip had not even opened its log
        return _CHANGES_BEGIN in text and _CHANGES_END not in text

    @property
    def _mark(self) -> Path:
        return self.venv / ".docqa-filling"


class Environment:
    """The virtual environment of one checkout, and the running of programs for it.

    `keep`: file descriptors that those programs inherit (the set-up lock).
    """

    def __init__(self, checkout: Checkout, say: Say) -> None:
        self.checkout = checkout
        self.say = say
        self.keep: tuple[int, ...] = ()
        self._stamps = Stamps(checkout.venv)
        self._filling = Filling(checkout.venv)
        self._sound = False

    def sound(self) -> bool:
        """Whether the environment is there, starts, and was not left half-made."""
        if not self._sound:
            python = python_of(self.checkout.program("python"))
            self._sound = (
                python is not None
                and not self._filling.cut_off()
                and self._stamps.fresh("venv", self._key(python))
            )
        return self._sound

    def fresh(self, name: str, *inputs: object) -> bool:
        """Whether a step was completed in this environment with exactly these inputs."""
        return self.sound() and self._stamps.fresh(name, key_of(name, *inputs))

    def stamp(self, name: str, *inputs: object) -> None:
        """Record a step as completed."""
        self._stamps.write(name, key_of(name, *inputs))

    def spoil(self) -> None:
        """Forget that the environment is sound, so that the next set-up makes it anew."""
        self._stamps.remove("venv")
        self._sound = False

    def make(self) -> None:
        """Make a new environment; what was there before is removed."""
        venv = self.checkout.venv
        if venv.exists():
            self.say("      The one that is there is half-made or was moved: it is made anew.")
            remove_tree(venv)
        python = Path(getattr(sys, "_base_executable", None) or sys.executable)
        package = machine.venv_package()
        if package is not None:
            self.apt_install([package])
        self.run([python, "-m", "venv", venv], "venv")
        made = python_of(self.checkout.program("python"))
        if made is None:
            raise SetupError(f"The Python in {venv} does not start.")
        self._stamps.write("venv", self._key(made))

    def _key(self, python: str) -> str:
        # the folder is part of it, because the programs of an environment do not survive a move
        return key_of("venv", str(self.checkout.root), python)

    def install(self, log: str, *arguments: str) -> None:
        """Let pip install something. Raises CommandError."""
        self._filling.begin(self.checkout.log(log))
        try:
            self.pip(log, "install", *arguments)
        except CommandError:
            if not self._filling.cut_off():
                self._filling.end()
            raise
        self._filling.end()

    def pip(self, log: str, action: str, *arguments: str, env: Mapping[str, str] = {}) -> None:
        """Let pip do something else. Raises CommandError."""
        quiet = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
        python = self.checkout.program("python")
        self.run([python, "-P", "-m", "pip", action, *quiet, *arguments], log, env)

    def apt_install(self, packages: Sequence[str]) -> None:
        """Install Debian packages (as root) under the names that this release has for them."""
        get = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]
        # a package manager that was killed half-way refuses work until it is told to finish
        self.run(["dpkg", "--configure", "-a"], "apt")
        self.run([*get, "update"], "apt")
        names = machine.offered_names(packages)
        self.run([*get, "install", "-y", "--no-install-recommends", *names], "apt")

    def run(self, command: Sequence[str | Path], log: str, env: Mapping[str, str] = {}) -> None:
        """Run a program with its output in the log of that name. Raises CommandError."""
        environ = {name: value for name, value in os.environ.items() if name not in _ASTRAY}
        environ |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.checkout.temporary))
        environ |= {"DEBIAN_FRONTEND": "noninteractive", "PYTHONUNBUFFERED": "1"}
        environ |= {"LC_ALL": "C.UTF-8"}  # so that causes are recognised in any language
        environ |= env
        run_logged(command, self.checkout.log(log), say=self.say, env=environ, keep=self.keep)
