"""llama.cpp: compiled for this computer once, and kept for this user's other checkouts."""

from __future__ import annotations

import os
import platform
import sys
import zipfile
from pathlib import Path

import machine
from checkout import SetupError, key_of
from commands import NO_COMPILER, CommandError
from environment import Environment
from graphics import Computer, Graphics, found, keep, kept, names_backend, remark, wished

LLAMA = "0.3.36"
# No multimodal part, no second OpenMP runtime beside torch's, no HTTPS client inside the engine.
LLAMA_FLAGS = "-DLLAVA_BUILD=OFF -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF"


class Engine:
    """The wheel of llama-cpp-python for this computer.

    `gpu` is what the person said about the graphics card, or None: then it stays as it was before,
    or is found out. The person's own CMAKE_ARGS are added to ours.
    """

    def __init__(self, environment: Environment, gpu: str | None, computer: Computer) -> None:
        self._environment = environment
        self._computer = computer
        self._kept = kept(environment.checkout)
        if self._kept is not None and self._kept.kind == "own" and not names_backend(os.environ):
            self._kept = None  # Those arguments are gone.
        self._silent = gpu is None and self._kept is not None
        if gpu is None and self._kept is not None:
            self.graphics = self._kept
        elif gpu is None or gpu == "auto":
            self.graphics = found(computer)
        else:
            self.graphics = wished(gpu, computer)

    @property
    def flags(self) -> str:
        """What CMake is told."""
        own = os.environ.get("CMAKE_ARGS", "")
        return " ".join(filter(None, (LLAMA_FLAGS, self.graphics.flags(), own)))

    @property
    def inputs(self) -> tuple[object, ...]:
        """Everything that the compiled wheel depends on."""
        libc = " ".join(platform.libc_ver())
        inputs = (LLAMA, self.flags, sys.platform, libc, machine.processor())
        return (*inputs, self.graphics.cards) if self.graphics.cards else inputs

    @property
    def _cache(self) -> Path:
        return machine.cache_folder(os.environ) / f"llama-{key_of(*self.inputs)}"

    def explain(self) -> None:
        """Say, when it was decided just now, what a person may wonder about."""
        sentence = None if self._silent else remark(self.graphics, self._computer)
        if sentence is not None:
            self._environment.say(f"      {sentence}")

    def keep_choice(self) -> None:
        """Remember for which graphics card it is, now that it is there."""
        if self.graphics != self._kept:
            keep(self._environment.checkout, self.graphics)
            self._kept = self.graphics

    def installed(self) -> bool:
        """Whether this very engine is in the environment."""
        return self._environment.fresh("llama", *self.inputs)

    def install(self) -> None:
        """Install the wheel, compiling it first where there is none, and say which it is."""
        wheel = self.cached()
        if wheel is None:
            wheel = self._build_what_works()
        else:
            self._environment.say("      It was compiled before; only put in place now.")
        self._environment.install("llama", "--no-deps", "--force-reinstall", str(wheel))
        self._environment.stamp("llama", *self.inputs)
        self._environment.say(f"      Built: llama.cpp {self.graphics.title}.")

    def step_back(self, why: str) -> bool:
        """From a graphics card that was found here to the processor; False where asked for."""
        if self.graphics.asked or self.graphics.kind == "none":
            return False
        self._environment.say(f"      {why}, so it is built for this processor instead.")
        self.graphics = Graphics("none")
        return True

    def cached(self) -> Path | None:
        """The wheel that was compiled before; a damaged one is removed."""
        for wheel in self._cache.glob("llama_cpp_python-*.whl"):
            try:
                with zipfile.ZipFile(wheel) as archive:
                    if archive.testzip() is None:
                        return wheel
            except (OSError, zipfile.BadZipFile):
                pass
            wheel.unlink(missing_ok=True)
        return None

    def forget(self) -> None:
        """Remove the compiled wheel, so that it is compiled again."""
        for wheel in self._cache.glob("*.whl"):
            wheel.unlink(missing_ok=True)

    def lacks_compiler(self) -> bool:
        """Whether it must be compiled and cannot be."""
        compiled = self.installed() or self.cached() is not None
        return not compiled and bool(machine.missing_compilers(os.environ))

    def _build_what_works(self) -> Path:
        try:
            return self._build()
        except CommandError as error:
            # a compiler for cards that does not suit the one for processors looks like none
            hopeless = error.cause not in (None, NO_COMPILER)
            why = f"llama.cpp {self.graphics.title} could not be compiled (log: {error.log})"
            if hopeless or not self.step_back(why):
                raise self._explained(error) from None
        return self.cached() or self._build_what_works()

    def _explained(self, error: CommandError) -> SetupError:
        if self.graphics.kind == "own":
            return SetupError(f"{error}\nWithout CMAKE_ARGS it is for what is found here.")
        if self.graphics.kind != "none":
            return SetupError(f"{error}\nWith `--gpu none` llama.cpp is for the processor alone.")
        if error.cause == NO_COMPILER:
            return SetupError(f"{error}\nTo get one, {machine.advice('g++')} and start again.")
        return error

    def _build(self) -> Path:
        made = self._environment.checkout.temporary / f"llama-{self.graphics.kind}"
        # verbose shows how far it is; pip's own cache might hold a build with other flags
        options = ("--verbose", "--no-cache-dir", "--no-deps", "--no-binary", "llama-cpp-python")
        wanted = ("--wheel-dir", str(made), f"llama-cpp-python=={LLAMA}")
        env = {"CMAKE_ARGS": self.flags, "FORCE_CMAKE": "1"}
        compiler = self._computer.nvcc() if self.graphics.kind == "cuda" else None
        if compiler is not None:
            env["CUDACXX"] = compiler
        log = "llama-build" if self.graphics.kind == "none" else f"llama-build-{self.graphics.kind}"
        self._environment.pip(log, "wheel", *options, *wanted, env=env)
        return self._keep(next(made.glob("*.whl")))

    def _keep(self, wheel: Path) -> Path:
        """Put the wheel into the user's cache, or use it from here where that is not possible."""
        kept = self._cache / wheel.name
        part = kept.with_suffix(f".{os.getpid()}.part")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(wheel.read_bytes())
            part.replace(kept)
        except OSError as error:
            self._environment.say(f"      The next checkout will have to compile again: {error}")
            return wheel
        return kept
