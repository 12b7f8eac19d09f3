"""Which graphics card llama.cpp is compiled for: what the person says, else what is here.

What was decided is kept in `.bootstrap/gpu`, so that a card that is unplugged for a day, or a plain
`run` after `run --gpu cuda`, does not compile everything anew. Only another `--gpu` decides again.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from checkout import Checkout, SetupError

_TITLES = {
    "none": "for this processor",
    "cuda": "with CUDA for the NVIDIA graphics card",
    "vulkan": "with Vulkan for the graphics card",
    "metal": "with Metal for Apple's graphics",
    "own": "with your own CMAKE_ARGS",
}
_OWN_ARGUMENTS = re.compile(r"-DGGML_(CUDA|VULKAN|METAL|HIP|SYCL|OPENCL|MUSA|CANN)\b")
# Where no card says what it is: code for Ampere and Ada, for others the driver translates. Few,
# because each takes minutes. Without a card the driver's library is not there to link with either.
_ANY_NVIDIA = (
    "-DCMAKE_CUDA_ARCHITECTURES=75-virtual;80-virtual;86-real;89-real -DGGML_CUDA_NO_VMM=ON"
)
# An extension of Vulkan 1.3.272 that llama.cpp's source names: older headers do not compile.
_NEEDED_OF_VULKAN = b"VK_EXT_layer_settings"


@dataclass(frozen=True)
class Graphics:
    """What llama.cpp is compiled for: none, cuda, vulkan or metal, and which NVIDIA cards.

    The kind "own" is what the person's CMAKE_ARGS say. `asked`: it was the person's wish, and not
    found out.
    """

    kind: str
    cards: tuple[str, ...] = ()
    asked: bool = False

    @property
    def title(self) -> str:
        """Of which kind it is, in words."""
        return _TITLES[self.kind]

    def flags(self, system: str = sys.platform) -> str:
        """What CMake is told."""
        if self.kind == "cuda":
            return "-DGGML_CUDA=ON" if self.cards else f"-DGGML_CUDA=ON {_ANY_NVIDIA}"
        if self.kind == "vulkan":
            return "-DGGML_VULKAN=ON"
        # On macOS llama.cpp takes Metal unless it is told not to.
        return "-DGGML_METAL=OFF" if self.kind == "none" and system == "darwin" else ""


@dataclass(frozen=True)
class Computer:
    """What decides, looked up when it is asked for."""

    environ: Mapping[str, str]
    system: str = sys.platform
    which: Callable[[str], str | None] = shutil.which
    root: Path = Path("/")

    def nvcc(self) -> str | None:
        """The CUDA compiler, in the path or where NVIDIA's installers put it."""
        homes = (self.environ.get("CUDA_PATH"), self.environ.get("CUDA_HOME"))
        folders = [Path(home) / "bin" for home in homes if home]
        folders.append(self.root / "usr" / "local" / "cuda" / "bin")
        return self.which("nvcc") or self._first(folders, ("nvcc", "nvcc.exe"))

    def nvidia_cards(self) -> tuple[str, ...]:
        """Names of the NVIDIA cards whose driver is running (on Windows one for the driver)."""
        if self.system == "win32":
            return ("NVIDIA",) if self._windows_library("nvcuda.dll") else ()
        files = sorted((self.root / "proc/driver/nvidia/gpus").glob("*/information"))
        found = (re.search(r"^Model:\s*(.+)$", _text(file), re.MULTILINE) for file in files)
        # In a container and under WSL there is no such folder, but the program works.
        return tuple(match[1] for match in found if match) or self._mapped_card()

    def _mapped_card(self) -> tuple[str, ...]:
        devices = ("dev/nvidia0", "dev/nvidiactl", "dev/dxg")
        mapped = any((self.root / name).exists() for name in devices)
        return ("NVIDIA",) if mapped and self.which("nvidia-smi") else ()

    def vulkan_problem(self) -> str | None:
        """What is missing to compile with Vulkan, or None."""
        if self._glslc() is None:
            return "glslc"
        header = self._first(self._vulkan_folders("include"), ("vulkan/vulkan_core.h",))
        if header is None:
            return "Vulkan's headers"
        if _NEEDED_OF_VULKAN not in Path(header).read_bytes():
            return "newer Vulkan headers (of 1.3.272 or later)"
        config = ("cmake/SPIRV-Headers/SPIRV-HeadersConfig.cmake",)
        if self._first(self._vulkan_folders("share", "lib"), config) is None:
            return "SPIRV-Headers"
        return None

    def vulkan_card(self) -> bool:
        """Whether a driver for a graphics card is there."""
        if self.system == "win32":
            return self._windows_library("vulkan-1.dll")
        return any((self.root / "dev/dri").glob("renderD*"))

    def _glslc(self) -> str | None:
        names = ("glslc", "glslc.exe")
        return self.which("glslc") or self._first(self._vulkan_folders("bin", "Bin"), names)

    def _vulkan_folders(self, *names: str) -> list[Path]:
        kit = self.environ.get("VULKAN_SDK")
        homes = [Path(kit)] if kit else []
        homes += [self.root / "usr", self.root / "usr" / "local"]
        return [home / name for home in homes for name in names]

    def _windows_library(self, name: str) -> bool:
        windows = Path(self.environ.get("SystemRoot", r"C:\Windows"))
        return (windows / "System32" / name).exists()

    @staticmethod
    def _first(folders: list[Path], names: tuple[str, ...]) -> str | None:
        paths = (folder / name for folder in folders for name in names)
        return next((str(path) for path in paths if path.is_file()), None)


def kept(checkout: Checkout) -> Graphics | None:
    """What was decided for this checkout before."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads((checkout.work / "gpu").read_text(encoding="utf-8"))
        if found["kind"] in _TITLES:
            return Graphics(found["kind"], tuple(found["cards"]), bool(found["asked"]))
    return None


def keep(checkout: Checkout, graphics: Graphics) -> None:
    """Remember what was decided."""
    checkout.work.mkdir(exist_ok=True)
    part = checkout.work / "gpu.part"
    part.write_text(json.dumps(asdict(graphics)), encoding="utf-8")
    part.replace(checkout.work / "gpu")


def names_backend(environ: Mapping[str, str]) -> bool:
    """Whether the person's CMAKE_ARGS say what to compile for."""
    return bool(_OWN_ARGUMENTS.search(environ.get("CMAKE_ARGS", "")))


def wished(kind: str, computer: Computer) -> Graphics:
    """What the person asks for. Raises SetupError where it cannot be compiled here."""
    if kind == "metal" and computer.system != "darwin":
        raise SetupError("Metal is there on macOS only: choose another `--gpu`, or `--gpu none`.")
    if kind == "cuda" and computer.nvcc() is None:
        raise SetupError(
            "There is no CUDA compiler (nvcc) on this computer: install NVIDIA's CUDA Toolkit and "
            "start again, or choose `--gpu none`."
        )
    lacking = computer.vulkan_problem() if kind == "vulkan" else None
    if lacking is not None:
        raise SetupError(
            f"To compile llama.cpp with Vulkan, {lacking} must be installed (LunarG's Vulkan SDK "
            "has everything): install it and start again, or choose `--gpu none`."
        )
    cards = computer.nvidia_cards() if kind == "cuda" else ()
    return Graphics(kind, cards, asked=True)


def found(computer: Computer) -> Graphics:
    """What can be compiled for here and would be of use; the person's CMAKE_ARGS come first."""
    if names_backend(computer.environ):
        return Graphics("own", asked=True)
    if computer.system == "darwin":
        return Graphics("metal")
    cards = computer.nvidia_cards()
    if cards and computer.nvcc():
        return Graphics("cuda", cards)
    if computer.vulkan_card() and computer.vulkan_problem() is None:
        return Graphics("vulkan")
    return Graphics("none")


def remark(graphics: Graphics, computer: Computer) -> str | None:
    """One sentence where less was found than a person may expect, else None."""
    if graphics.asked or graphics.kind != "none" or computer.system == "darwin":
        return None
    cards, compiler = computer.nvidia_cards(), computer.nvcc()
    if compiler and not cards:
        return (
            "The CUDA compiler is here but no NVIDIA graphics card with its driver, so llama.cpp is"
            " for the processor; `--gpu cuda` compiles it with CUDA all the same."
        )
    if cards and not compiler:
        return (
            "There is an NVIDIA graphics card but no CUDA compiler (nvcc), so llama.cpp is for the "
            "processor; install the CUDA Toolkit and start with `--gpu auto` to use the card."
        )
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
