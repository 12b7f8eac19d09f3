"""Whether a model fits the memory of this computer."""

from __future__ import annotations

import psutil

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import Header

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
