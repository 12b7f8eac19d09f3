"""Whether a model fits this computer, and how many threads it should use."""

from __future__ import annotations

import psutil

from docqa.errors import DocqaError
from docqa.llm.gguf import Header

_WORKING_BYTES = 200 * 2**20
"""Compute buffers and the process itself, beside weights and key/value cache."""


def required_bytes(header: Header, cells: int, value_bytes: float = 2.0, elsewhere: int = 0) -> int:
    """Bytes of the computer's memory that a model takes with a cache of ``cells`` tokens.

    A value of the cache takes ``value_bytes``; ``elsewhere`` are the bytes of weights and cache
    that lie in the memory of a graphics card instead.
    """
    everything = header.weight_bytes + header.cache_bytes(cells, value_bytes)
    return max(0, everything - elsewhere) + _WORKING_BYTES


def require_memory(
    header: Header, cells: int, value_bytes: float = 2.0, elsewhere: int = 0
) -> None:
    """Raise DocqaError when the model does not fit into the memory that is free now."""
    required = required_bytes(header, cells, value_bytes, elsewhere)
    available = psutil.virtual_memory().available
    if required > available:
        raise DocqaError(
            f"The language model needs {required / 2**30:.1f} GB of memory and "
            f"{available / 2**30:.1f} GB are free; close other programs or choose a smaller model."
        )


def default_threads() -> int:
    """Threads for llama.cpp: the physical cores but one.

    The one is for the window, the embedder and everything else. Where a thread has to wait for a
    core, all others spin until it comes: on two busy cores, two threads took twenty times longer
    for a token than one thread.
    """
    return max(1, (psutil.cpu_count(logical=False) or psutil.cpu_count() or 1) - 1)
