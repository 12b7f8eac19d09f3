"""The filters that a stranger's template may use."""

from __future__ import annotations

import functools
import json
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from docqa.llm.formats.bounds import Budget, Unrenderable
from docqa.llm.formats.conditions import tested
from docqa.llm.formats.values import (
    MISSING,
    Missing,
    check_stripped,
    item,
    items_of,
    joined,
    replaced,
    text,
)

_WIDEST = 16
"""Blanks of an indent; in use are 2 and 4."""
_WORD_STARTS = re.compile(r"([-\s({\[<]+)")

_Filter = Callable[..., Any]


def filtered(
    budget: Budget, name: str, value: Any, args: Sequence[Any], named: dict[str, Any]
) -> Any:
    """``value | name(...)``, paid for. Raises Unrenderable."""
    found = _FILTERS.get(name)
    if found is None:
        raise Unrenderable(f"the filter {name}")
    for operand in (value, *args, *named.values()):
        budget.paid(operand)
    return budget.paid(found(budget, value, *args, **named))


# -- filters of texts ------------------------------------------------------------------------------


def _of_text(change: Callable[[str], Any]) -> _Filter:
    def apply(budget: Budget, value: Any) -> Any:
        return change(text(budget, value))

    return apply


def _title(value: str) -> str:
    return "".join(part[:1].upper() + part[1:].lower() for part in _WORD_STARTS.split(value))


def _trim(budget: Budget, value: Any, chars: str | None = None) -> str:
    check_stripped(chars)
    return text(budget, value).strip(chars)


def _replace(budget: Budget, value: Any, old: Any, new: Any, count: int | None = None) -> str:
    whole, old, new = (text(budget, each) for each in (value, old, new))
    return replaced(budget, whole, old, new, -1 if count is None else count)


def _indent(
    budget: Budget, value: Any, width: int = 4, first: bool = False, blank: bool = False
) -> str:
    _check_width(width)
    head, *lines = (text(budget, value) + "\n").splitlines()
    margin = " " * width
    indented = [margin + line if line or blank else line for line in lines]
    return "\n".join([margin + head if first else head, *indented])


def _json(
    _: Budget,
    value: Any,
    indent: int | None = None,
    ensure_ascii: bool = False,
    sort_keys: bool = False,
) -> str:
    if indent is not None:
        _check_width(indent)
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, sort_keys=sort_keys)


def _check_width(width: Any) -> None:
    if not isinstance(width, int) or not 0 <= width <= _WIDEST:
        raise Unrenderable("an odd indent")


# -- filters of other values -----------------------------------------------------------------------


def _default(_: Budget, value: Any, default: Any = "", boolean: bool = False) -> Any:
    return default if isinstance(value, Missing) or (boolean and not value) else value


def _length(_: Budget, value: Any) -> int:
    return 0 if isinstance(value, Missing) else len(value)


def _int(_: Budget, value: Any, default: int = 0) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return _from_float(value, default)


def _from_float(value: Any, default: int) -> int:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return default


def _float(_: Budget, value: Any, default: float = 0.0) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def _abs(_: Budget, value: Any) -> Any:
    return abs(value)


def _items(_: Budget, value: Any) -> list[Any]:
    return [] if isinstance(value, Missing) else list(value.items())


# -- filters of lists ------------------------------------------------------------------------------


def _list(_: Budget, value: Any) -> list[Any]:
    return list(items_of(value))


def _first(_: Budget, value: Any) -> Any:
    items = items_of(value)
    return items[0] if items else MISSING


def _last(_: Budget, value: Any) -> Any:
    items = items_of(value)
    return items[-1] if items else MISSING


def _reverse(_: Budget, value: Any) -> Any:
    return value[::-1] if isinstance(value, str) else list(items_of(value))[::-1]


def _join(budget: Budget, value: Any, d: Any = "", attribute: str | None = None) -> str:
    parts = [_looked_up(budget, each, attribute) for each in items_of(value)]
    return joined(budget, text(budget, d), parts)


def _looked_up(budget: Budget, value: Any, path: Any) -> Any:
    """The attribute of an attribute ... that "a.b" names; the value itself without a path."""
    if path is None:
        return value
    for part in str(path).split("."):
        budget.step()
        value = item(budget, value, int(part) if part.isdecimal() else part)
    return value


def _map(
    budget: Budget,
    value: Any,
    *args: Any,
    attribute: str | None = None,
    default: Any = MISSING,
    **named: Any,
) -> list[Any]:
    if not args:
        found = [_looked_up(budget, each, attribute) for each in _stepping(budget, value)]
        return [default if isinstance(each, Missing) else each for each in found]
    name, *more = args
    return [filtered(budget, name, each, more, named) for each in _stepping(budget, value)]


def _stepping(budget: Budget, value: Any) -> Iterator[Any]:
    # Here nothing of any kind is an empty list; published templates select from absent tools.
    for each in items_of(value) if value else ():
        budget.step()
        yield each


def _select(budget: Budget, value: Any, *test: Any, wanted: bool = True) -> list[Any]:
    return [each for each in _stepping(budget, value) if _passes(budget, each, test) is wanted]


def _select_by(budget: Budget, value: Any, path: Any, *test: Any, wanted: bool = True) -> list[Any]:
    return [
        each
        for each in _stepping(budget, value)
        if _passes(budget, _looked_up(budget, each, path), test) is wanted
    ]


def _passes(budget: Budget, value: Any, test: Sequence[Any]) -> bool:
    return tested(budget, test[0], value, test[1:]) if test else bool(value)


def _ordered(
    budget: Budget, value: Any, case_sensitive: bool, attribute: str | None
) -> list[tuple[Any, Any]]:
    """The items, each behind what it is compared by."""
    keys = (_looked_up(budget, each, attribute) for each in items_of(value))
    folded = (k.lower() if isinstance(k, str) and not case_sensitive else k for k in keys)
    return list(zip(folded, items_of(value), strict=True))


def _sort(
    budget: Budget,
    value: Any,
    reverse: bool = False,
    case_sensitive: bool = False,
    attribute: str | None = None,
) -> list[Any]:
    pairs = _ordered(budget, value, case_sensitive, attribute)
    return [each for _, each in sorted(pairs, key=operator.itemgetter(0), reverse=bool(reverse))]


def _unique(
    budget: Budget, value: Any, case_sensitive: bool = False, attribute: str | None = None
) -> list[Any]:
    found: dict[Any, Any] = {}
    for key, each in _ordered(budget, value, case_sensitive, attribute):
        found.setdefault(key, each)
    return list(found.values())


def _extreme(choose: Callable[..., Any]) -> _Filter:
    def apply(
        budget: Budget, value: Any, case_sensitive: bool = False, attribute: str | None = None
    ) -> Any:
        pairs = _ordered(budget, value, case_sensitive, attribute)
        return choose(pairs, key=operator.itemgetter(0))[1] if pairs else MISSING

    return apply


def _sorted_items(
    budget: Budget, value: Any, case_sensitive: bool = False, by: str = "key", reverse: bool = False
) -> list[Any]:
    place = {"key": "0", "value": "1"}[by]
    return _sort(budget, _items(budget, value), reverse, case_sensitive, place)


_FILTERS: dict[str, _Filter] = {
    "abs": _abs,
    "capitalize": _of_text(str.capitalize),
    "count": _length,
    "d": _default,
    "default": _default,
    "dictsort": _sorted_items,
    "first": _first,
    "float": _float,
    "indent": _indent,
    "int": _int,
    "items": _items,
    "join": _join,
    "last": _last,
    "length": _length,
    "list": _list,
    "lower": _of_text(str.lower),
    "map": _map,
    "max": _extreme(max),
    "min": _extreme(min),
    "reject": functools.partial(_select, wanted=False),
    "rejectattr": functools.partial(_select_by, wanted=False),
    "replace": _replace,
    "reverse": _reverse,
    "safe": _of_text(str),
    "select": _select,
    "selectattr": _select_by,
    "sort": _sort,
    "string": _of_text(str),
    "title": _of_text(_title),
    "tojson": _json,
    "trim": _trim,
    "unique": _unique,
    "upper": _of_text(str.upper),
}
