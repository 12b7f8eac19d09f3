"""The tests that a stranger's template may put to a value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from docqa.llm.formats.bounds import Budget, Unrenderable
from docqa.llm.formats.values import Function, Missing

_Test = Callable[..., bool]


def tested(budget: Budget, name: str, value: Any, args: Sequence[Any]) -> bool:
    """``value is name(...)``. Raises Unrenderable."""
    found = _TESTS.get(name)
    if found is None:
        raise Unrenderable(f"the test {name}")
    for operand in (value, *args):
        budget.paid(operand)
    return found(value, *args)


def contains(whole: Any, part: Any) -> bool:
    """``part in whole``; in what is not there, nothing is."""
    return not isinstance(whole, Missing) and part in whole


def _kind(*kinds: type, but: tuple[type, ...] = ()) -> _Test:
    def is_so(value: Any) -> bool:
        return isinstance(value, kinds) and not isinstance(value, but)

    return is_so


_WITH_ITEMS = (str, list, tuple, dict, range, Missing)

_TESTS: dict[str, _Test] = {
    "defined": lambda value: not isinstance(value, Missing),
    "undefined": _kind(Missing),
    "none": lambda value: value is None,
    "true": lambda value: value is True,
    "false": lambda value: value is False,
    "boolean": _kind(bool),
    "string": _kind(str),
    "mapping": _kind(dict),
    "iterable": _kind(*_WITH_ITEMS),
    "sequence": _kind(*_WITH_ITEMS),
    "number": _kind(int, float),
    "integer": _kind(int, but=(bool,)),
    "float": _kind(float),
    "callable": _kind(Function),
    "odd": lambda value: value % 2 == 1,
    "even": lambda value: value % 2 == 0,
    "lower": lambda value: str(value).islower(),
    "upper": lambda value: str(value).isupper(),
    "in": lambda part, whole: contains(whole, part),
    **dict.fromkeys(("==", "eq", "equalto"), operator.eq),
    **dict.fromkeys(("!=", "ne"), operator.ne),
    **dict.fromkeys(("<", "lt", "lessthan"), operator.lt),
    **dict.fromkeys((">", "gt", "greaterthan"), operator.gt),
    **dict.fromkeys(("<=", "le"), operator.le),
    **dict.fromkeys((">=", "ge"), operator.ge),
}
