"""The expressions of a stranger's template, worked out step by step from its syntax tree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from docqa.llm.formats.bounds import Budget, Unrenderable
from docqa.llm.formats.conditions import contains, tested
from docqa.llm.formats.filters import filtered
from docqa.llm.formats.values import (
    MISSING,
    Function,
    attribute,
    is_key,
    item,
    joined,
)

_ARITHMETIC: dict[type[nodes.Node], Callable[[Any, Any], Any]] = {
    nodes.Add: operator.add,
    nodes.Sub: operator.sub,
    nodes.Mul: operator.mul,
    nodes.Div: operator.truediv,
    nodes.FloorDiv: operator.floordiv,
    nodes.Mod: operator.mod,
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda part, whole: contains(whole, part),
    "notin": lambda part, whole: not contains(whole, part),
}


class Scope:
    """The names that a part of a template sees: its own and those around it."""

    __slots__ = ("_names", "_outer")

    def __init__(self, names: Mapping[str, Any], outer: Scope | None = None) -> None:
        self._names = dict(names)
        self._outer = outer

    def inner(self, **names: Any) -> Scope:
        """A scope whose names are forgotten when it ends."""
        return Scope(names, self)

    def set(self, name: str, value: Any) -> None:
        """Let the name stand for the value from here on."""
        self._names[name] = value

    def get(self, name: str) -> Any:
        """What the name stands for."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope._names:
                return scope._names[name]
            scope = scope._outer
        return MISSING


class Expressions:
    """Works out expressions within a budget. What it does not know is refused when reached."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def value(self, node: nodes.Node, scope: Scope) -> Any:
        """What an expression comes to. Raises Unrenderable, or whatever its values raise."""
        self._budget.step()
        found = _KINDS.get(type(node))
        if found is None:
            raise Unrenderable(f"the expression {type(node).__name__}")
        return found(self, node, scope)

    def filtered_text(self, node: nodes.Filter | None, written: str, scope: Scope) -> Any:
        """What the filters of a block make of what is written in it."""
        if node is None:
            return written
        inner = self.filtered_text(node.node, written, scope)  # type: ignore[arg-type]
        return self._apply(node, inner, scope)

    # -- names and literals ------------------------------------------------------------------------

    def _name(self, node: nodes.Name, scope: Scope) -> Any:
        return scope.get(node.name)

    def _const(self, node: nodes.Const, _: Scope) -> Any:
        return self._budget.paid(node.value)

    def _list(self, node: nodes.List, scope: Scope) -> Any:
        return self._budget.paid([self.value(each, scope) for each in node.items])

    def _tuple(self, node: nodes.Tuple, scope: Scope) -> Any:
        return self._budget.paid(tuple(self.value(each, scope) for each in node.items))

    def _dict(self, node: nodes.Dict, scope: Scope) -> Any:
        made = {}
        for pair in node.items:
            key = self.value(pair.key, scope)
            if not is_key(key):
                raise Unrenderable("an odd key")
            made[key] = self.value(pair.value, scope)
        return self._budget.paid(made)

    # -- parts of values ---------------------------------------------------------------------------

    def _attribute(self, node: nodes.Getattr, scope: Scope) -> Any:
        return attribute(self._budget, self.value(node.node, scope), node.attr)

    def _item(self, node: nodes.Getitem, scope: Scope) -> Any:
        owner = self.value(node.node, scope)
        if isinstance(node.arg, nodes.Slice):
            return self._slice(owner, node.arg, scope)
        return item(self._budget, owner, self.value(node.arg, scope))

    def _slice(self, owner: Any, node: nodes.Slice, scope: Scope) -> Any:
        if not isinstance(owner, str | list | tuple | range):
            raise Unrenderable("a slice of what is no text or list")
        edges = (node.start, node.stop, node.step)
        cut = slice(*(None if each is None else self.value(each, scope) for each in edges))
        return self._budget.paid(owner[cut])

    # -- logic -------------------------------------------------------------------------------------

    def _and(self, node: nodes.And, scope: Scope) -> Any:
        return self.value(node.left, scope) and self.value(node.right, scope)

    def _or(self, node: nodes.Or, scope: Scope) -> Any:
        return self.value(node.left, scope) or self.value(node.right, scope)

    def _not(self, node: nodes.Not, scope: Scope) -> Any:
        return not self.value(node.node, scope)

    def _conditional(self, node: nodes.CondExpr, scope: Scope) -> Any:
        if self.value(node.test, scope):
            return self.value(node.expr1, scope)
        return MISSING if node.expr2 is None else self.value(node.expr2, scope)

    def _compare(self, node: nodes.Compare, scope: Scope) -> Any:
        left = self._budget.paid(self.value(node.expr, scope))
        found = True
        for operand in node.ops:
            right = self._budget.paid(self.value(operand.expr, scope))
            found = _COMPARISONS[operand.op](left, right)
            if not found:
                break
            left = right
        return found

    def _test(self, node: nodes.Test, scope: Scope) -> Any:
        value = self.value(node.node, scope)
        args, named = self._arguments(node, scope)
        if named:
            raise Unrenderable("a test with named operands")
        return tested(self._budget, node.name, value, args)

    # -- arithmetic --------------------------------------------------------------------------------

    def _binary(self, node: nodes.BinExpr, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if not (_is_number(left) and _is_number(right)):
            if not isinstance(node, nodes.Add) or not _can_be_added(left, right):
                raise Unrenderable(f"the operator {node.operator} between such values")
            self._budget.pay(len(left) + len(right))
        return self._budget.paid(_ARITHMETIC[type(node)](left, right))

    def _negative(self, node: nodes.Neg, scope: Scope) -> Any:
        return -self._number(node, scope)

    def _positive(self, node: nodes.Pos, scope: Scope) -> Any:
        return +self._number(node, scope)

    def _number(self, node: nodes.UnaryExpr, scope: Scope) -> Any:
        value = self.value(node.node, scope)
        if not _is_number(value):
            raise Unrenderable("a sign before what is no number")
        return value

    def _concat(self, node: nodes.Concat, scope: Scope) -> Any:
        return joined(self._budget, "", [self.value(each, scope) for each in node.nodes])

    # -- calls -------------------------------------------------------------------------------------

    def _call(self, node: nodes.Call, scope: Scope) -> Any:
        function = self.value(node.node, scope)
        if not isinstance(function, Function):
            raise Unrenderable("a call of what is no function")
        args, named = self._arguments(node, scope)
        return function.call(*args, **named)

    def _filter(self, node: nodes.Filter, scope: Scope) -> Any:
        if node.node is None:
            raise Unrenderable("a filter of nothing")
        return self._apply(node, self.value(node.node, scope), scope)

    def _apply(self, node: nodes.Filter, value: Any, scope: Scope) -> Any:
        args, named = self._arguments(node, scope)
        return filtered(self._budget, node.name, value, args, named)

    def _arguments(
        self, node: nodes.Call | nodes.Filter | nodes.Test, scope: Scope
    ) -> tuple[list[Any], dict[str, Any]]:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise Unrenderable("operands from a list")
        args = [self.value(each, scope) for each in node.args]
        return args, {
            str(each.key): self.value(each.value, scope)
            for each in node.kwargs
            if isinstance(each, nodes.Keyword)
        }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _can_be_added(left: Any, right: Any) -> bool:
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, list, tuple))


_KINDS: dict[type[nodes.Node], Callable[..., Any]] = {
    nodes.Name: Expressions._name,
    nodes.Const: Expressions._const,
    nodes.List: Expressions._list,
    nodes.Tuple: Expressions._tuple,
    nodes.Dict: Expressions._dict,
    nodes.Getattr: Expressions._attribute,
    nodes.Getitem: Expressions._item,
    nodes.And: Expressions._and,
    nodes.Or: Expressions._or,
    nodes.Not: Expressions._not,
    nodes.CondExpr: Expressions._conditional,
    nodes.Compare: Expressions._compare,
    nodes.Test: Expressions._test,
    nodes.Neg: Expressions._negative,
    nodes.Pos: Expressions._positive,
    nodes.Concat: Expressions._concat,
    nodes.Call: Expressions._call,
    nodes.Filter: Expressions._filter,
    **dict.fromkeys(_ARITHMETIC, Expressions._binary),
}
