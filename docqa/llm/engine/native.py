"""llama.cpp's library in this process, and its log. Used in the child only."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

_WARNING, _ERROR, _CONTINUED = 3, 4, 5


@cache
def load_library() -> Any:
    """llama_cpp's low-level module, made ready; imported at the first call."""
    os.environ["GGML_NO_BACKTRACE"] = "1"  # It would start a debugger on an assertion.
    import llama_cpp.llama_cpp as native

    native.llama_backend_init()
    native.llama_log_set(log().callback(native), ctypes.c_void_p(0))
    return native


@cache
def log() -> Log:
    """The log of this process: llama.cpp has one for all models, and keeps a pointer to it."""
    return Log()


class Log:
    """Passes llama.cpp's warnings and errors on to the log file, nothing else."""

    def __init__(self) -> None:
        self.is_stopping: Callable[[], bool] = bool
        """While this is true, complaints about the abort that was ordered are left out."""
        self._passing = False

    def callback(self, native: Any) -> Any:
        """What llama.cpp calls; it lives as long as this object."""
        self._callback = native.llama_log_callback(self)
        return self._callback

    def __call__(self, level: int, text: bytes, _: object) -> None:
        """Take a piece of a line; a level of its own says that it goes on the last one."""
        if level != _CONTINUED:
            self._passing = level in (_WARNING, _ERROR) and not self.is_stopping()
        if self._passing:
            sys.stderr.write(text.decode("utf-8", "replace"))
