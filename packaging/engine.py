"""llama.cpp: compiled for this processor once, and kept for this user's other checkouts."""

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

LLAMA = "0.3.36"
# No multimodal part, no second OpenMP runtime beside torch's, no HTTPS client inside the engine.
LLAMA_FLAGS = "-DLLAVA_BUILD=OFF -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF"


class Engine:
    """The wheel of llama-cpp-python for this computer.

    The person's own CMAKE_ARGS are added to ours (for a graphics card, say).
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.flags = f"{LLAMA_FLAGS} {os.environ.get('CMAKE_ARGS', '')}".strip()
        libc = " ".join(platform.libc_ver())
        self.inputs = (LLAMA, self.flags, sys.platform, libc, machine.processor())
        self._cache = machine.cache_folder(os.environ) / f"llama-{key_of(*self.inputs)}"

    def installed(self) -> bool:
        """Whether this very engine is in the environment."""
        return self._environment.fresh("llama", *self.inputs)

    def install(self) -> None:
        """Install the wheel, compiling it first where there is none."""
        wheel = self.cached()
        if wheel is None:
            wheel = self._build()
        else:
            self._environment.say("      It was compiled before; only put in place now.")
        self._environment.install("llama", "--no-deps", str(wheel))
        self._environment.stamp("llama", *self.inputs)

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

    def _build(self) -> Path:
        made = self._environment.checkout.temporary / "llama"
        # verbose shows how far it is; pip's own cache might hold a build with other flags
        options = ("--verbose", "--no-cache-dir", "--no-deps", "--no-binary", "llama-cpp-python")
        wanted = ("--wheel-dir", str(made), f"llama-cpp-python=={LLAMA}")
        env = {"CMAKE_ARGS": self.flags, "FORCE_CMAKE": "1"}
        try:
            self._environment.pip("llama-build", "wheel", *options, *wanted, env=env)
        except CommandError as error:
            if error.cause == NO_COMPILER:
                advice = machine.advice("g++")
                raise SetupError(f"{error}\nTo get one, {advice} and start again.") from None
            raise
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
