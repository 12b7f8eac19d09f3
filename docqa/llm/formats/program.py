"""The statements of a stranger's template, carried out one by one within a budget.

Nothing is compiled: the syntax tree that jinja2 reads is walked, so that each step and each value
is paid for first. What is not in the tables here is refused when it is reached, because published
templates use much of the language in parts that never run for docqa.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import nodes

from docqa.llm.formats.bounds import Budget, Unrenderable
from docqa.llm.formats.expressions import Expressions, Scope
from docqa.llm.formats.values import MISSING, Function, Loop, Namespace, items_of, text


class _Break(Exception):
    """The way out of a loop."""


class _Continue(Exception):
    """The way to a loop's next round."""


class _Page:
    """What a template or a block of it has written so far."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._pieces: list[str] = []
        self._length = 0

    def write(self, piece: str) -> None:
        """Add a piece. Raises Unrenderable."""
        self._budget.pay(len(piece))
        self._length += len(piece)
        self._pieces.append(piece)

    def text(self) -> str:
        """All of it. Raises Unrenderable."""
        self._budget.pay(self._length)
        return "".join(self._pieces)


class Program:
    """Carries out a template's statements."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._expressions = Expressions(budget)

    def written(self, body: Sequence[nodes.Node], scope: Scope) -> str:
        """What statements write. Raises Unrenderable, or whatever their values raise."""
        page = _Page(self._budget)
        self._run(body, scope, page)
        return page.text()

    def _run(self, body: Sequence[nodes.Node], scope: Scope, page: _Page) -> None:
        for node in body:
            self._budget.step()
            found = _STATEMENTS.get(type(node))
            if found is None:
                raise Unrenderable(f"the statement {type(node).__name__.lower()}")
            found(self, node, scope, page)

    # -- writing -----------------------------------------------------------------------------------

    def _output(self, node: nodes.Output, scope: Scope, page: _Page) -> None:
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                self._budget.step()
                page.write(part.data)
            else:
                page.write(text(self._budget, self._expressions.value(part, scope)))

    def _filter_block(self, node: nodes.FilterBlock, scope: Scope, page: _Page) -> None:
        written = self.written(node.body, scope.inner())
        made = self._expressions.filtered_text(node.filter, written, scope)
        page.write(text(self._budget, made))

    # -- choosing and repeating --------------------------------------------------------------------

    def _if(self, node: nodes.If, scope: Scope, page: _Page) -> None:
        for branch in (node, *node.elif_):
            if self._expressions.value(branch.test, scope):
                self._run(branch.body, scope, page)
                return
        self._run(node.else_, scope, page)

    def _for(self, node: nodes.For, scope: Scope, page: _Page) -> None:
        if node.recursive:
            raise Unrenderable("a recursive loop")
        items = self._loop_items(node, scope)
        if not items:
            self._run(node.else_, scope.inner(), page)
            return
        for at, each in enumerate(items):
            self._budget.step()
            inner = scope.inner(loop=Loop(items, at))
            self._assign(node.target, each, inner)
            try:
                self._run(node.body, inner, page)
            except _Break:
                return
            except _Continue:
                continue

    def _loop_items(self, node: nodes.For, scope: Scope) -> Sequence[Any]:
        items = items_of(self._expressions.value(node.iter, scope))
        if node.test is None:
            return items
        passing = []
        for each in items:
            self._budget.step()
            inner = scope.inner()
            self._assign(node.target, each, inner)
            if self._expressions.value(node.test, inner):
                self._budget.pay(1)
                passing.append(each)
        return passing

    def _break(self, *_: object) -> None:
        raise _Break

    def _continue(self, *_: object) -> None:
        raise _Continue

    # -- naming ------------------------------------------------------------------------------------

    def _set(self, node: nodes.Assign, scope: Scope, page: _Page) -> None:
        self._assign(node.target, self._expressions.value(node.node, scope), scope)

    def _set_block(self, node: nodes.AssignBlock, scope: Scope, page: _Page) -> None:
        written = self.written(node.body, scope.inner())
        made = self._expressions.filtered_text(node.filter, written, scope)
        self._assign(node.target, made, scope)

    def _with(self, node: nodes.With, scope: Scope, page: _Page) -> None:
        inner = scope.inner()
        for target, value in zip(node.targets, node.values, strict=True):
            self._assign(target, self._expressions.value(value, scope), inner)
        self._run(node.body, inner, page)

    def _assign(self, target: nodes.Node, value: Any, scope: Scope) -> None:
        match target:
            case nodes.Name():
                scope.set(target.name, value)
            case nodes.NSRef():
                space = scope.get(target.name)
                if not isinstance(space, Namespace):
                    raise Unrenderable("an attribute set that is no namespace's")
                space.names[target.attr] = value
            case nodes.Tuple():
                for inner, each in zip(target.items, items_of(value), strict=True):
                    self._budget.step()
                    self._assign(inner, each, scope)
            case _:
                raise Unrenderable(f"a value for {type(target).__name__}")

    # -- macros ------------------------------------------------------------------------------------

    def _macro(self, node: nodes.Macro, scope: Scope, page: _Page) -> None:
        scope.set(node.name, Function(node.name, _Macro(self, node, scope)))

    def call_macro(
        self, node: nodes.Macro, around: Scope, args: Sequence[Any], named: dict[str, Any]
    ) -> str:
        """What a macro writes for these operands."""
        scope = around.inner()
        names = [each.name for each in node.args]
        given = dict(zip(names, args, strict=False)) | named
        if len(args) > len(names) or not given.keys() <= set(names):
            raise Unrenderable("a macro with other operands than its own")
        first_default = len(names) - len(node.defaults)
        for at, name in enumerate(names):
            if name in given:
                scope.set(name, given[name])
            elif at >= first_default:
                default = node.defaults[at - first_default]
                scope.set(name, self._expressions.value(default, scope))
            else:
                scope.set(name, MISSING)
        return self.written(node.body, scope)


class _Macro:
    """A macro where it was defined: it sees the names around it."""

    def __init__(self, program: Program, node: nodes.Macro, scope: Scope) -> None:
        self._program = program
        self._node = node
        self._scope = scope

    def __call__(self, *args: Any, **named: Any) -> str:
        return self._program.call_macro(self._node, self._scope, args, named)


_STATEMENTS: dict[type[nodes.Node], Callable[..., None]] = {
    nodes.Output: Program._output,
    nodes.FilterBlock: Program._filter_block,
    nodes.If: Program._if,
    nodes.For: Program._for,
    nodes.Break: Program._break,
    nodes.Continue: Program._continue,
    nodes.Assign: Program._set,
    nodes.AssignBlock: Program._set_block,
    nodes.With: Program._with,
    nodes.Macro: Program._macro,
}
