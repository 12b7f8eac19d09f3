"""Renders the chat template that comes with a model: a stranger's program, in bounds."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser

from docqa.llm.formats.bounds import LONGEST_RANGE, LONGEST_SOURCE, Budget, Unrenderable
from docqa.llm.formats.expressions import Scope
from docqa.llm.formats.program import Program
from docqa.llm.formats.values import Function, Namespace

__all__ = ["Unrenderable", "render"]

_TODAY = datetime.date(2025, 1, 1)
"""The same every day, so that prompts begin alike and saved states stay of use."""
_DATE_FORMAT = re.compile(r"[-%A-Za-z ,./:]{0,40}")


def render(source: str, messages: list[dict[str, Any]], values: Mapping[str, str]) -> str:
    """The prompt for ``messages`` up to where the reply begins, with thinking switched off.

    ``values`` are further variables. Raises Unrenderable.
    """
    if len(source) > LONGEST_SOURCE:
        raise Unrenderable("the template is too long")
    budget = Budget()
    names = Scope({**_functions(budget), **_switches(), "messages": messages, **values})
    try:
        return Program(budget).written(_parsed(source).body, names.inner())
    except Unrenderable:
        raise
    except Exception as error:  # The program is a stranger's: it may fail in any way.
        raise Unrenderable(type(error).__name__) from error


def _parsed(source: str) -> nodes.Template:
    """The syntax tree; as usual for chat templates, a statement's line is not written."""
    syntax = Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[LoopControlExtension, _Generation],
    )
    return syntax.parse(source)


class _Generation(Extension):
    """Some templates mark what a model learns from; for a prompt that means nothing."""

    tags = {"generation"}  # noqa: RUF012 - so declared by jinja2

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


# -- what templates ask for beside the messages ----------------------------------------------------


def _switches() -> dict[str, object]:
    """The names are those in common use."""
    return {
        "add_generation_prompt": True,
        "enable_thinking": False,
        "thinking": False,
        "thinking_budget": 0,
        "tools": None,
        "documents": None,
    }


def _functions(budget: Budget) -> dict[str, Function]:
    def dictionary(*pairs: Any, **named: Any) -> dict[Any, Any]:
        for each in pairs:
            budget.paid(each)
        made: dict[Any, Any] = budget.paid(dict(*pairs, **named))
        return made

    given: dict[str, Callable[..., Any]] = {
        "dict": dictionary,
        "namespace": lambda *pairs, **named: Namespace(dictionary(*pairs, **named)),
        "raise_exception": _refuse,
        "range": lambda *edges: _range(budget, *edges),
        "strftime_now": _date,
    }
    return {name: Function(name, call) for name, call in given.items()}


def _range(budget: Budget, *edges: int) -> range:
    numbers = range(*edges)
    if len(numbers) > LONGEST_RANGE:
        raise Unrenderable("a range is too long")
    budget.pay(len(numbers))
    return numbers


def _date(form: str) -> str:
    if not _DATE_FORMAT.fullmatch(form):
        raise Unrenderable("an odd date")
    return _TODAY.strftime(form)


def _refuse(message: object = "") -> None:
    raise Unrenderable("the template refuses")
