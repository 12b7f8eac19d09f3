"""A person's question file: questions with the pages that answer them, in JSON lines or CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docqa.errors import DocqaError

_DOCUMENT = ("document", "file", "document_id", "title")
_GROUP = ("group", "company")
_PAGES = ("pages", "page", "evidence")
_RANGE = re.compile(r"(\d{1,7})\s*[-–]\s*(\d{1,7})", re.ASCII)
_MOST_PAGES = 10_000
_LONGEST = 32 * 1024 * 1024


class _WrongLine(Exception):
    """What is wrong with a line, as a sentence without its end."""


@dataclass(frozen=True, slots=True)
class FiledQuestion:
    """A question of the file. ``pages`` are 1-based; empty: nothing answers it.

    ``document`` is a file name, title or id, None if it does not say; ``line`` is 1-based.
    """

    line: int
    text: str
    document: str | None
    pages: tuple[int, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the question of a line (1-based) cannot be used, in a sentence."""

    line: int
    text: str


def read_questions(path: Path) -> tuple[list[FiledQuestion], list[Problem]]:
    """The questions of a file, and its wrong lines; DocqaError if it cannot be read at all."""
    try:
        if path.stat().st_size > _LONGEST:
            raise DocqaError(f"The question file {path} is too large: give at most 32 MB.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DocqaError(
            f"The questions in {path} cannot be read: give a UTF-8 file of JSON lines or CSV."
        ) from error
    return parse_questions(text)


def parse_questions(text: str) -> tuple[list[FiledQuestion], list[Problem]]:
    """The questions of a file's text, and its wrong lines; blank ones do not count."""
    questions: list[FiledQuestion] = []
    problems: list[Problem] = []
    for line, fields in _json_lines(text) if text.lstrip()[:1] == "{" else _csv(text):
        try:
            if isinstance(fields, _WrongLine):
                raise fields
            questions.append(_question(line, fields))
        except _WrongLine as wrong:
            problems.append(Problem(line, f"Line {line}: {wrong}."))
    return questions, problems


_Line = tuple[int, Mapping[str, Any] | _WrongLine]


def _json_lines(text: str) -> Iterator[_Line]:
    # Not splitlines: JSON may hold other separators, such as U+2028, inside of a text.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            yield number, _WrongLine("it is not JSON")
            continue
        if isinstance(fields, dict):
            yield number, fields
        else:
            yield number, _WrongLine("it is not a JSON object, as in {…}")


def _csv(text: str) -> Iterator[_Line]:
    """Rows as objects, by the names in the first line."""
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] | None = None
    start = 1
    try:
        for row in rows:
            line, start = start, rows.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if names is None:
                names = [cell.strip().casefold() for cell in row]
                if "question" not in names:
                    yield line, _WrongLine('it names the columns, but there is no "question"')
                    return
            elif len(row) > len(names):
                yield line, _WrongLine(f"it has {len(row)} cells, but there are {len(names)} names")
            else:
                yield line, dict(zip(names, row, strict=False))
    except csv.Error:
        yield start, _WrongLine("it is not CSV")


def _question(line: int, fields: Mapping[str, Any]) -> FiledQuestion:
    text = fields.get("question")
    if not isinstance(text, str) or not text.strip():
        raise _WrongLine("it has no question")
    pages: tuple[int, ...] = ()
    if fields.get("unanswerable") is not True:
        pages = _pages(_first(fields, _PAGES))
    return FiledQuestion(line, text.strip(), _name(fields, _DOCUMENT), pages, _name(fields, _GROUP))


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """What stands under the first of the names that is not empty."""
    return next((fields[name] for name in names if fields.get(name) not in (None, "", [])), None)


def _name(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    value = _first(fields, names)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _WrongLine(f'"{names[0]}" must be a text or a number')
    return str(value).strip() or None


def _pages(value: Any) -> tuple[int, ...]:
    """Page numbers: 7, [7, 9], "7, 9-11" or [{"page": 7}]."""
    found: list[int] = []
    for part in value if isinstance(value, list) else [value]:
        one = part.get("page") if isinstance(part, dict) else part
        if isinstance(one, str):
            found.extend(_written(one))
        elif isinstance(one, int) and not isinstance(one, bool):
            found.append(one)
        elif one is not None or isinstance(part, dict):
            raise _WrongLine("its pages are no numbers")
    if any(page < 1 for page in found):
        raise _WrongLine("pages begin with 1")
    return tuple(sorted(set(found)))


def _written(text: str) -> Iterator[int]:
    """The numbers of "7, 9-11", also with semicolons or in brackets."""
    for word in re.split(r"[,;|]|(?<=\d)\s+(?=\d)", text.strip().strip("[]")):
        pair = _RANGE.fullmatch(word.strip())
        if pair is not None:
            first, last = int(pair[1]), int(pair[2])
            if last < first or last - first > _MOST_PAGES:
                raise _WrongLine(f"{word.strip()!r} are no pages")
            yield from range(first, last + 1)
        elif re.fullmatch(r"\d{1,7}", word.strip(), re.ASCII):
            yield int(word)
        elif word.strip():
            raise _WrongLine(f"{word.strip()[:40]!r} is no page")
