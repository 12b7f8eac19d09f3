"""Set up docqa in this folder and run it, or test it: the one program to start from a checkout.

    python3 packaging/bootstrap.py run [ARGS...]         set up, then run `docqa ARGS...`
    python3 packaging/bootstrap.py test [PYTEST ARGS...] set up, then run every check
    python3 packaging/bootstrap.py clean                 remove the environment (models stay)

`run --gpu KIND` and `test --gpu KIND` say which graphics card llama.cpp is compiled for: none,
cuda, vulkan, metal, or auto (what is here, as at the first set-up). It stays so until the next
`--gpu` or `clean`.

Everything that set-up says goes to standard error. It needs nothing but Python 3.11 or newer; this
file stays readable to older ones, so that they can say so.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GPU_CHOICES = ("auto", "none", "cuda", "vulkan", "metal")


def say(text: str) -> None:
    """Tell the person, on standard error."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code."""
    before, arguments = take_gpu(arguments)
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    behind, rest = take_gpu(rest)
    gpu = behind if behind is not None else before
    if command in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if command not in ("run", "test", "clean"):
        say(__doc__ or "")
        return 2
    if gpu is not None and (gpu not in GPU_CHOICES or command == "clean"):
        say(f"--gpu goes with run and test, and is one of {', '.join(GPU_CHOICES)}.")
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 (this sentence is for older ones)
        say(_old_python(command))
        return 1
    return _guarded(command, rest, gpu)


def take_gpu(arguments: list[str]) -> tuple[str | None, list[str]]:
    """What `--gpu KIND` at the beginning says, and the arguments behind it."""
    gpu = None
    while arguments and (arguments[0] == "--gpu" or arguments[0].startswith("--gpu=")):
        if arguments[0] == "--gpu":
            gpu, arguments = (arguments[1] if len(arguments) > 1 else ""), arguments[2:]
        else:
            gpu, arguments = arguments[0][len("--gpu=") :], arguments[1:]
    return gpu, arguments


def _old_python(command: str) -> str:
    here = ".".join(map(str, sys.version_info[:2]))
    newer = next(filter(shutil.which, [f"python3.{n}" for n in (13, 12, 14, 11)]), None)
    advice = f"type `{newer} packaging/bootstrap.py {command}`" if newer else "install one"
    return f"docqa needs Python 3.11 or newer, but this is Python {here}: {advice}."


def _guarded(command: str, rest: list[str], gpu: str | None) -> int:
    from checkout import SetupError

    # a polite kill ends like Ctrl-C: with everything that was started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if command == "clean":
            return _clean()
        return _run(rest, gpu) if command == "run" else _test(rest, gpu)
    except SetupError as error:
        say(f"\n{error}")
        return 1
    except OSError as error:
        say(f"\nSet-up failed on {error.filename or 'a file'}: {error.strerror or error}.")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. The same command goes on from here.")
        return 130


def _run(arguments: list[str], gpu: str | None) -> int:
    from checkout import Checkout
    from machine import has_display
    from steps import Setup

    checkout = Checkout(ROOT)
    window = not arguments and has_display(os.environ)
    Setup(checkout, say, tests=False, qt_needed=window, gpu=gpu).ensure()
    if not arguments and not window:
        say("There is no display (DISPLAY and WAYLAND_DISPLAY are not set): `docqa demo` instead.")
        arguments = ["demo"]
    return _become([str(checkout.program("docqa")), *arguments])


def _become(command: list[str]) -> int:
    """Replace this program by another one (Windows cannot: there it is waited for)."""
    from commands import run_shown

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if os.name != "nt":
        sys.stderr.flush()
        os.execv(command[0], command)
    return run_shown(command)


def _test(arguments: list[str], gpu: str | None) -> int:
    from checkout import Checkout
    from checks import CHECKS, run_checks
    from steps import Setup

    setup = Setup(Checkout(ROOT), say, tests=True, qt_needed=True, gpu=gpu)
    setup.ensure(more=len(CHECKS) + 1)
    return run_checks(setup.checkout, arguments, say, first=len(setup.steps) + 2)


def _clean() -> int:
    from checkout import Checkout, locked, remove_tree

    checkout = Checkout(ROOT)
    with locked(checkout, say):
        remove_tree(checkout.venv)
    remove_tree(checkout.work)
    say("The environment is gone; models/ stays as it is.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
