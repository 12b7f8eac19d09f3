"""``python -m docqa`` and the command ``docqa``."""

from __future__ import annotations

import os
import sys


def run() -> int:
    """Start docqa for this process's arguments; return the exit code.

    Imports wait until here: a helper process imports this module too, and needs none of them.
    """
    from docqa.cli import main
    from docqa.host.network import NetworkGuard

    # A helper that had to be killed leaves a semaphore of some library; nobody needs to hear it.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    NetworkGuard().install()
    return main()


if __name__ == "__main__":
    import multiprocessing

    multiprocessing.freeze_support()
    sys.exit(run())
