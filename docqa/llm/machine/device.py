"""The devices that llama.cpp can compute on: graphics cards and the processor. For the child."""

from __future__ import annotations

import contextlib
import ctypes
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["cpu", "gpu", "igpu", "accel"]

_KINDS: tuple[Kind, ...] = ("cpu", "gpu", "igpu", "accel")
"""In the order of llama.cpp's own numbers."""
_METAL = "MTL"
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True, slots=True)
class Device:
    """Something to compute on; ``index`` is llama.cpp's number for it, sizes are in bytes.

    ``name`` is short ("CUDA0"), ``description`` is what the maker calls it.
    """

    index: int
    name: str
    description: str
    kind: Kind
    free: int
    total: int

    @property
    def shares_memory(self) -> bool:
        """Whether its memory is the computer's own (Apple's chips call themselves "gpu")."""
        return self.kind == "igpu" or self.name.startswith(_METAL)


def devices(native: Any) -> tuple[Device, ...]:
    """All devices that this build of llama.cpp finds now; the first call may take seconds.

    ``native`` is llama_cpp's low-level module. The companion module llama_cpp._ggml is no way to
    ask: it maps a second copy of the library, which knows of no device.
    """
    calls = _Calls(native)
    return tuple(calls.device(index) for index in range(calls.count()))


def handle(native: Any, device: Device) -> int:
    """llama.cpp's pointer to a device."""
    return _Calls(native).handle(device.index)


def driver() -> str:
    """Changes when the driver of a graphics card may have changed: what failed may work now."""
    with contextlib.suppress(OSError):
        return _NVIDIA_DRIVER.read_text(errors="replace").partition("\n")[0]
    # Elsewhere drivers come with the system's own updates.
    return f"{platform.release()} {platform.version()}"


class _Calls:
    """The functions about devices, as the library that is loaded already has them."""

    def __init__(self, native: Any) -> None:
        self._libraries = tuple(_libraries(native))

    def count(self) -> int:
        return int(self._function("ggml_backend_dev_count", ctypes.c_size_t)())

    def handle(self, index: int) -> int:
        get = self._function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        return int(get(index))

    def device(self, index: int) -> Device:
        pointer = self.handle(index)
        free, total = self._memory(pointer)
        kind = self._function("ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)(pointer)
        return Device(
            index=index,
            name=self._text("ggml_backend_dev_name", pointer),
            description=self._text("ggml_backend_dev_description", pointer),
            kind=_KINDS[kind] if kind < len(_KINDS) else "accel",
            free=free,
            total=total,
        )

    def _text(self, name: str, pointer: int) -> str:
        text = self._function(name, ctypes.c_char_p, ctypes.c_void_p)(pointer)
        return (text or b"").decode("utf-8", "replace")

    def _memory(self, pointer: int) -> tuple[int, int]:
        size = ctypes.POINTER(ctypes.c_size_t)
        ask = self._function("ggml_backend_dev_memory", None, ctypes.c_void_p, size, size)
        free, total = ctypes.c_size_t(0), ctypes.c_size_t(0)
        ask(pointer, ctypes.byref(free), ctypes.byref(total))
        return free.value, total.value

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        for library in self._libraries:
            with contextlib.suppress(AttributeError):
                function = library[name]  # Unlike the attribute, this is nobody else's object.
                function.restype, function.argtypes = result, arguments
                return function
        raise RuntimeError(f"this llama.cpp has no {name}")


def _libraries(native: Any) -> Iterator[Any]:
    yield native._lib
    if sys.platform == "win32":
        # Windows looks a function up in one library only, not in those that it needs.
        for name in ("ggml.dll", "ggml-base.dll"):
            with contextlib.suppress(OSError):
                yield ctypes.CDLL(name)
