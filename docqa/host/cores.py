"""How many cores this process may use."""

from __future__ import annotations

import psutil


def physical_cores() -> int:
    """Physical cores that this process may use, at least 1.

    Two threads on one core only share its arithmetic: who computes gains nothing from them.
    """
    logical = psutil.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or logical, _allowed() or logical))


def logical_cores() -> int:
    """Cores that this process may use, at least 1, two threads on one counted twice."""
    return max(1, _allowed() or psutil.cpu_count() or 1)


def _allowed() -> int | None:
    """Cores that the system lets this process run on, or None where it does not tell."""
    process = psutil.Process()
    return len(process.cpu_affinity() or ()) if hasattr(process, "cpu_affinity") else None
