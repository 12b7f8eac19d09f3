"""The computer we are on: compiler, processor, disk, display, and Qt's system libraries."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

# What the Qt wheels need from a Debian-like system: found with ldd on a minimal installation.
QT_LIBRARIES = (
    "libglib2.0-0",
    "libegl1",
    "libgl1",
    "libdbus-1-3",
    "libfontconfig1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
)


def has_display(environ: Mapping[str, str], system: str = sys.platform) -> bool:
    """Whether a window could be shown at all."""
    if system in ("win32", "darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def is_root() -> bool:
    """Whether this user may install system packages."""
    return sys.platform != "win32" and os.geteuid() == 0


def has_apt() -> bool:
    """Whether this is a Debian-like system."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-query"))


def apt_command(packages: Iterable[str], root: bool | None = None) -> str:
    """The command to type for these packages."""
    root = is_root() if root is None else root
    prefix = "" if root else "sudo "
    return f"{prefix}apt-get install -y --no-install-recommends {' '.join(packages)}"


def advice(*packages: str) -> str:
    """What to do to get system packages, named as on Debian (`g++` everywhere)."""
    if platform.system() == "Windows":
        return 'install the "Build Tools for Visual Studio" with "Desktop development with C++"'
    if platform.system() == "Darwin":
        return "type `xcode-select --install`"
    if has_apt():
        return f"type `{apt_command(offered_names(packages))}`"
    return f"install {', '.join(packages)} with your system's package manager"


def missing_packages(wanted: Iterable[str], installed: Iterable[str]) -> list[str]:
    """Those of `wanted` that are installed neither under their name nor as its 64-bit-time heir."""
    have = set(installed)
    return [name for name in wanted if not {name, f"{name}t64"} & have]


def installed_packages(wanted: Iterable[str]) -> set[str]:
    """Which of these Debian packages (or their t64 heirs) are installed."""
    names = [spelling for name in wanted for spelling in (name, f"{name}t64")]
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *names]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return {line.split(" ", 1)[1] for line in lines if line.startswith("installed ")}


def offered_names(names: Iterable[str]) -> list[str]:
    """The names under which this release has these packages (Debian 13 renamed some)."""
    wanted = list(names)
    command = ["apt-cache", "show", "--no-all-versions"]
    command += [spelling for name in wanted for spelling in (name, f"{name}t64")]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    offered = {line[9:] for line in found.splitlines() if line.startswith("Package: ")}
    return [
        f"{name}t64" if f"{name}t64" in offered and name not in offered else name for name in wanted
    ]


def missing_compilers(
    environ: Mapping[str, str],
    which: Callable[[str], str | None] = shutil.which,
    system: str = sys.platform,
) -> list[str]:
    """Which of `C` and `C++` has no compiler here; empty where llama.cpp can be compiled."""
    if system == "win32":
        return [] if which("cl") or _visual_studio(environ) else ["C", "C++"]
    if system == "darwin" and not environ.get("CXX"):
        # macOS has a clang that only offers to install itself; xcode-select knows the truth
        done = subprocess.run(["xcode-select", "-p"], capture_output=True, check=False)
        return [] if done.returncode == 0 else ["C", "C++"]
    wanted = {
        "C": (environ.get("CC"), "cc", "gcc", "clang"),
        "C++": (environ.get("CXX"), "c++", "g++", "clang++"),
    }
    return [
        language
        for language, names in wanted.items()
        if not any(which(name.split()[0]) for name in names if name and name.strip())
    ]


def _visual_studio(environ: Mapping[str, str]) -> bool:
    programs = environ.get("ProgramFiles(x86)", r"C:\Program Files (x86)")
    return (Path(programs) / "Microsoft Visual Studio" / "Installer" / "vswhere.exe").exists()


def venv_package() -> str | None:
    """The Debian package without which this Python cannot make virtual environments, if so."""
    if importlib.util.find_spec("ensurepip") is not None:
        return None
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def processor() -> str:
    """What decides which instructions a program compiled here may contain."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    flags = (line for line in lines if line.startswith(("flags", "Features")))
    return f"{platform.machine()} {' '.join(sorted(next(flags, '').split()))}"


def cache_folder(environ: Mapping[str, str], system: str = sys.platform) -> Path:
    """This user's folder for things that can be made again."""
    home = Path.home()
    if system == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "docqa" / "Cache"
    if system == "darwin":
        return home / "Library" / "Caches" / "docqa"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "docqa"


def room_problem(needed: float, folder: Path) -> str | None:
    """What to say where the disk of a folder has fewer than `needed` gigabytes left."""
    free = shutil.disk_usage(folder).free / 1e9
    if free >= needed:
        return None
    return (
        f"Setting up docqa needs about {needed:.1f} GB, but only {free:.1f} GB are free on the "
        f"disk of {folder}: free some space and start again."
    )
