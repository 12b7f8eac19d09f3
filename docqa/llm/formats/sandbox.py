"""Renders the chat template that comes with a model: a stranger's program, in bounds."""

from __future__ import annotations

import datetime
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.filters import FILTERS
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from jinja2.visitor import NodeTransformer

_LONGEST_SOURCE = 100_000
"""Characters of a template; of 68 published ones the longest has 17,000."""
_LONGEST = 20_000
"""Characters of a text, items of a list; prompts that makers of models set have up to 5,000."""
_LARGEST_NUMBER = 1_000_000
_MOST_STEPS = 200_000
"""Rounds of loops, calls and values looked at; published templates take some hundred."""

_TODAY = datetime.date(2025, 1, 1)
"""The same every day, so that prompts begin alike and saved states stay of use."""
_DATE_FORMAT = re.compile(r"[-%A-Za-z ,./:]{0,40}")

_FILTERS = (
    "abs capitalize count d default dictsort e escape first float groupby indent int items join "
    "last length list lower map max min reject rejectattr replace reverse round safe select "
    "selectattr sort string sum title trim unique upper"
).split()


class Unrenderable(Exception):
    """A template is not valid, refuses these messages, or is beyond the bounds."""


def render(source: str, messages: list[dict[str, Any]], values: Mapping[str, str]) -> str:
    """The prompt for ``messages`` up to where the reply begins, with thinking switched off.

    ``values`` are further variables. Raises Unrenderable.
    """
    if len(source) > _LONGEST_SOURCE:
        raise Unrenderable("the template is too long")
    try:
        sandbox = _Sandbox()
        template = sandbox.from_string(sandbox.bounded_tree(source))
        written = ""
        for piece in template.generate(messages=messages, **_switches(), **values):
            written += piece
            if len(written) > _LONGEST:
                raise Unrenderable("the prompt is too long")
        return written
    except Unrenderable:
        raise
    except Exception as error:  # The program is a stranger's: it may fail in any way.
        raise Unrenderable(type(error).__name__) from error


def _switches() -> dict[str, object]:
    """What templates ask for beside the messages; the names are those in common use."""
    return {
        "add_generation_prompt": True,
        "enable_thinking": False,
        "thinking": False,
        "thinking_budget": 0,
        "tools": None,
        "documents": None,
        "strftime_now": _date,
        "raise_exception": _refuse,
    }


def _date(form: str) -> str:
    if not _DATE_FORMAT.fullmatch(form):
        raise Unrenderable("an odd date")
    return _TODAY.strftime(form)


def _refuse(message: str) -> None:
    raise Unrenderable("the template refuses")


def _json(value: object, indent: int | None = None, **_: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


class _Generation(Extension):
    """Some templates mark what a model learns from; for a prompt that means nothing."""

    tags = {"generation"}  # noqa: RUF012 - so declared by jinja2

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Namespace(Namespace):
    """What it holds is not looked into, so it must not be written out either."""

    def __repr__(self) -> str:
        return "namespace"


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox (nothing outside can be reached) that also bounds steps and sizes."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[LoopControlExtension, _Generation],
            optimized=False,  # Nothing is to run before it is counted.
        )
        self._steps = 0
        self.globals = {
            "range": range, "dict": dict, "cycler": Cycler, "joiner": Joiner,
            "namespace": _Namespace,
        }  # fmt: skip
        allowed: dict[str, Callable[..., Any]] = {name: FILTERS[name] for name in _FILTERS}
        self.filters = {name: self._bounding(each) for name, each in allowed.items()}
        self.filters |= {"tojson": self._bounding(_json), "steps": self._counted}
        self.filters["bounded"] = self._bounded

    def bounded_tree(self, source: str) -> nodes.Template:
        """The program's tree with bounds put in."""
        tree: nodes.Template = _Bounding().visit(self.parse(source))
        tree.set_environment(self)
        return tree

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """No formats: their widths would be a way round the bounds."""
        if super().wrap_str_format(value) is not None:
            raise Unrenderable("a format")
        return None

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Count and bound each call."""
        __self._step()
        return __self._bounded(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Allow reckoning with small numbers, and adding what is not too long."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or (operator != "+" and not numbers):
            raise Unrenderable(f"the operator {operator}")
        return self._bounded(super().call_binop(context, operator, left, right))

    def _bounding(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)  # It also copies jinja2's note of what is passed first.
        def bounded(*arguments: Any, **named: Any) -> Any:
            return self._bounded(function(*arguments, **named))

        return bounded

    def _counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._step()
            yield value

    def _bounded(self, value: Any) -> Any:
        """The value itself, if it and all within it are small."""
        waiting = [value]
        while waiting:
            self._step()
            each = waiting.pop()
            if isinstance(each, int) and abs(each) > _LARGEST_NUMBER:
                raise Unrenderable("a number is too large")
            if isinstance(each, str | list | tuple | dict | range) and len(each) > _LONGEST:
                raise Unrenderable("a value is too long")
            if isinstance(each, list | tuple):
                waiting += each
            elif isinstance(each, dict):
                waiting += [*each, *each.values()]
        return value

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise Unrenderable("the template takes too long")


class _Bounding(NodeTransformer):
    """Puts bounds where a template's syntax alone repeats or joins."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - so named by jinja2
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "steps")
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.filter = _filtered(node.filter, "bounded")
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802
        if isinstance(node.value, int) and node.value > _LARGEST_NUMBER:
            raise Unrenderable("a number is too large")
        return node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        return node if node.ctx == "store" else self._bound(node)

    def _bound(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        return _filtered(node, "bounded")

    visit_Concat = visit_List = visit_Dict = _bound  # noqa: N815


def _filtered(node: nodes.Node | None, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno if node else 1)
