"""``python -m docqa`` and the command ``docqa``."""

from __future__ import annotations

import os
import signal
import sys


def run() -> int:
    """Start docqa for this process's arguments; return the exit code.

    Imports wait until here: a helper process imports this module too, and needs none of them.
    """
    try:
        code = _run()
    except KeyboardInterrupt:  # It came before the command line could answer to it.
        code = _cancelled()
    # All is said. What Python still tidies up goes with the process just as well.
    signal.signal(signal.SIGINT, lambda *_: os._exit(code))
    return code


def _run() -> int:
    from docqa.cli import main
    from docqa.host.network import refuse_network

    # A helper that had to be killed leaves a semaphore of some library; nobody needs to hear it.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    refuse_network()
    return main()


def _cancelled() -> int:
    words = sys.argv[1:]
    options = words[: words.index("--")] if "--" in words else words
    out, text = (sys.stderr, "Cancelled.")
    if "--json" in options:
        out, text = (sys.stdout, '{"cancelled": true}')
    if out is not None:  # a windowed program has no console
        out.write(text + "\n")
        out.flush()
    return 0


if __name__ == "__main__":
    import multiprocessing

    multiprocessing.freeze_support()
    sys.exit(run())
