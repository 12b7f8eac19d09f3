"""The words of the command line: what can be typed, and what wrong usage is answered with."""

from __future__ import annotations

import argparse
import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol, get_args

from docqa.errors import UsageError
from docqa.model import NOTE_KINDS, AskRoute, NoteStatus, Verbosity

_DESCRIPTION = "Ask your PDFs on your own computer. Without a command, docqa opens its window."
_QUESTION_FILE = """\
The file holds one question a line, as JSON:

  {"question": "How long is the warranty?", "document": "manual.pdf", "pages": [12]}

  question   what would be asked
  document   file name, title or id; not needed in a library with one document
  pages      where it is answered, 1 being the first page of the file; any of them will do.
             A question without pages is not asked, only counted.
  group      what belongs together, such as a company (default: the document)

CSV with these names in its first line will do too, pages as "12" or "3, 5-7".
Page 12 is found if one of the first passages stands on it. Intervals are 95 %, by drawing
the questions, and the documents (or groups) with all their questions, 10,000 times.
A line that cannot be used is told with its number; the exit code is then 1."""


class HelpAsked(Exception):
    """The person asked for help: the text to show."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed: ``command`` is None for the window; ``options`` are the command's own."""

    command: str | None
    workspace: Path | None
    json: bool
    version: bool
    options: argparse.Namespace


def wants_json(words: Sequence[str]) -> bool:
    """Whether ``--json`` was given anywhere, so that even wrong usage is answered in JSON."""
    return "--json" in words[: _end_of_options(words)]


def parse(words: Sequence[str]) -> Request:
    """Understand the words behind ``docqa``; raises UsageError, and HelpAsked for ``--help``."""
    workspace, rest = _take_shared_options(words)
    options = _parser().parse_args(rest)
    _check(options)
    return Request(options.command, workspace, wants_json(words), options.version, options)


class _Parser(argparse.ArgumentParser):
    """Raises instead of writing and leaving, so that one place decides about output."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")

    def print_help(self, file: IO[str] | None = None) -> None:  # type: ignore[override]
        raise HelpAsked(self.format_help())


def _end_of_options(words: Sequence[str]) -> int:
    return words.index("--") if "--" in words else len(words)


def _take_shared_options(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    """Take ``--workspace`` and ``--json`` out, wherever they stand; the rest is the command."""
    end = _end_of_options(words)
    workspace: str | None = None
    rest: list[str] = []
    pending = iter(words[:end])
    for word in pending:
        name, equals, value = word.partition("=")
        if word == "--json":
            continue
        if name != "--workspace":
            rest.append(word)
            continue
        workspace = value if equals else next(pending, "")
        if not workspace or (not equals and workspace.startswith("-")):
            raise UsageError("--workspace needs a folder. See: docqa --help")
    return _folder(workspace), rest + list(words[end:])


def _folder(workspace: str | None) -> Path | None:
    if workspace is None:
        return None
    try:
        return Path(workspace).expanduser().absolute()
    except (OSError, RuntimeError) as error:  # an unknown "~name"; a current folder that is gone
        raise UsageError(
            f"There is no folder {workspace[:200]!r}: give --workspace a full path."
        ) from error


def _parser() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--workspace", metavar="DIR", help="where docqa keeps what it knows (a folder)"
    )
    shared.add_argument("--json", action="store_true", help="print one JSON object")
    parser = _Parser(prog="docqa", description=_DESCRIPTION, parents=[shared], allow_abbrev=False)
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=text, parents=[shared], allow_abbrev=False
        )

    _library_commands(command)
    _asking_commands(command)
    _preparing_commands(command)
    _measuring_commands(command)
    models = command("models", "list the models, or choose the one that finds passages")
    models.add_argument("action", choices=("list", "use", "install"), metavar="list|use|install")
    models.add_argument("model", nargs="?", metavar="ID_OR_PATH")
    demo = command("demo", "show the whole way on a sample document, in a throw-away workspace")
    demo.add_argument(
        "--minutes", type=_minutes, default=1.25, metavar="M", help="for preparing (1.25)"
    )
    command("self-test", "check that everything docqa needs works on this computer")
    return parser


class _Sentence(argparse.Action):
    """Several words are one text, for people who leave the quotation marks out; none is None."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        del parser, option_string
        setattr(namespace, self.dest, " ".join(values or ()) if values else None)


class _Command(Protocol):
    """Adds a command with its help text."""

    def __call__(self, name: str, text: str) -> argparse.ArgumentParser: ...


def _library_commands(command: _Command) -> None:
    add = command("add", "add PDFs, or folders of PDFs, to the library")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add.add_argument("--password", help="opens PDFs that are encrypted")
    add.add_argument(
        "--remember-password",
        action="store_true",
        help="keep the password in the system's keyring",
    )
    add.add_argument(
        "--all-scans",
        action="store_true",
        help="read scanned pages to the last one, however long that takes",
    )
    watch = command("watch", "take in what comes into folders, and changes there, until Ctrl-C")
    watch.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    folders = command("folders", "list the folders that are watched")
    folders.add_argument(
        "--forget", nargs="+", type=Path, metavar="FOLDER", help="watch these no longer"
    )
    command("list", "list the documents of the library")
    remove = command("remove", "remove documents and all notes about them; the PDFs stay")
    remove.add_argument("ids", nargs="+", type=_whole, metavar="ID")
    page = command("page", "print the text of one page")
    page.add_argument("id", type=_whole, metavar="ID")
    page.add_argument("number", type=_whole, metavar="N")


def _asking_commands(command: _Command) -> None:
    search = command("search", "find passages")
    search.add_argument(
        "query", nargs="*", action=_Sentence, metavar="QUERY", help="what to look for, a few words"
    )
    search.add_argument("--queries", type=Path, metavar="FILE", help="one query a line")
    search.add_argument("-k", type=_positive, default=8, metavar="N", help="how many (8)")
    _document_option(search)
    ask = command("ask", "answer a question, with the pages that say so")
    ask.add_argument("question", nargs="+", action=_Sentence, metavar="QUESTION")
    ask.add_argument("--route", choices=get_args(AskRoute), default="auto")
    ask.add_argument("--verbosity", choices=get_args(Verbosity), default="normal")
    ask.add_argument("--without-notes", action="store_true", help="as if nothing had been prepared")
    _document_option(ask)


def _preparing_commands(command: _Command) -> None:
    prepare = command("prepare", "read ahead: write and check answers before anybody asks")
    prepare.add_argument("--minutes", type=_minutes, metavar="M", help="stop after M minutes")
    prepare.add_argument("--until", type=_time, metavar="HH:MM", help="stop at that time")
    prepare.add_argument("--passes", type=_positive, metavar="N", help="sweeps (all there are)")
    _document_option(prepare)
    notes = command("notes", "list what was prepared")
    notes.add_argument("--kind", choices=NOTE_KINDS)
    notes.add_argument("--status", choices=get_args(NoteStatus), default="verified")
    _document_option(notes)


def _measuring_commands(command: _Command) -> None:
    evaluate = command("evaluate", "measure how often your own questions find their pages")
    evaluate.formatter_class = argparse.RawDescriptionHelpFormatter
    evaluate.epilog = _QUESTION_FILE
    evaluate.add_argument("file", type=Path, metavar="FILE", help="questions with their pages")
    evaluate.add_argument(
        "--retrieval", action="store_true", help="measure finding only, without the language model"
    )
    evaluate.add_argument(
        "--misses", action="store_true", help="show the questions whose page was not found"
    )
    evaluate.add_argument("--html", type=Path, metavar="OUT", help="write a page for a browser")
    _document_option(evaluate)


def _document_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--document",
        dest="documents",
        action="append",
        type=_whole,
        metavar="ID",
        help="only in this document (can be repeated)",
    )


def _check(options: argparse.Namespace) -> None:
    """What argparse cannot say: which options exclude or need each other."""
    if options.command == "search" and (options.query is None) == (options.queries is None):
        raise UsageError("Search needs a QUERY or --queries FILE, one of the two.")
    if options.command == "ask" and options.route == "prepared" and options.without_notes:
        raise UsageError("--route prepared and --without-notes exclude each other.")
    if options.command == "evaluate" and not options.retrieval:
        raise UsageError("Evaluate needs --retrieval: answers are not measured yet.")


def _whole(text: str) -> int:
    if not text.isascii() or not text.lstrip("-").isdigit() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number")
    return int(text)


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return value


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of minutes above 0")
    return value


def _time(text: str) -> datetime.time:
    try:
        return datetime.datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a time such as 07:30") from None
