"""The command line: from words to one result and an exit code (0 done, 1 failed, 2 wrong usage)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from docqa import __version__, crash
from docqa.arguments import HelpAsked, Request, parse, wants_json
from docqa.console import Console, OutputLost
from docqa.errors import Cancelled, DocqaError, UsageError
from docqa.interrupt import stops
from docqa.paths import Paths
from docqa.process import Cancel


def main(words: Sequence[str] | None = None) -> int:
    """Do what ``words`` (default: this process's arguments) say; return the exit code.

    Nothing is raised: every failure ends as one sentence, with ``--json`` as ``{"error": ...}``.
    """
    words = sys.argv[1:] if words is None else list(words)
    console = Console.standard(json=wants_json(words))
    paths = Paths.default()
    try:
        return _answer(words, console, paths)
    except KeyboardInterrupt:  # Once more, while an answer was being given; only one object counts.
        console.result({"cancelled": True}, ())
        return 0
    except OutputLost as lost:
        console.abandon()
        if lost.unread:
            return 0
        console.hint("docqa: The output cannot be written; is the disk full?")
        return 1


def _answer(words: Sequence[str], console: Console, paths: Paths) -> int:
    """Run and report; raises OutputLost when standard output takes nothing more."""
    try:
        return _run(parse(words), console, paths)
    except HelpAsked as asked:
        console.result({"help": str(asked)}, str(asked).splitlines())
        return 0
    except (Cancelled, KeyboardInterrupt):
        console.result({"cancelled": True}, ())
        console.hint("Cancelled.")
        return 0
    except UsageError as error:
        console.error(str(error))
        return 2
    except DocqaError as error:
        console.error(str(error))
        return 1
    except OutputLost:
        raise
    except Exception as error:
        console.error(crash.sentence(error, paths.logs))
        return 1


def _run(request: Request, console: Console, paths: Paths) -> int:
    if request.version:
        console.result({"version": __version__}, [f"docqa {__version__}"])
        return 0
    directory = request.workspace or paths.workspace
    if request.command is None:
        return _open_window(request, directory, paths)
    # Here, so that the window and a usage error do not wait for these imports.
    from docqa.commands import COMMANDS
    from docqa.context import Context
    from docqa.demo import demo
    from docqa.self_test import self_test

    commands = COMMANDS | {"demo": demo, "self-test": self_test}
    cancel = Cancel()
    context = Context(request.options, console, paths, directory, cancel)
    with stops(cancel):
        outcome = commands[request.command](context)
        console.result(outcome.data, outcome.lines)
    return outcome.code


def _open_window(request: Request, directory: Path, paths: Paths) -> int:
    if request.json:
        raise UsageError("--json needs a command. See: docqa --help")
    from docqa.ui.app import open_window

    return open_window(directory, paths)
