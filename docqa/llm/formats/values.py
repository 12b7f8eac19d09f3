"""The values of a stranger's template, and the little that each of them can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from docqa.llm.formats.bounds import Budget, Unrenderable

_MOST_STRIPPED = 100
"""Different characters to strip: each is compared with each of the text."""

_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        "capitalize count endswith find isalpha isdigit islower isspace isupper join lower lstrip "
        "removeprefix removesuffix replace rstrip split splitlines startswith strip title "
        "upper".split()
    ),
    dict: frozenset(["get", "items", "keys", "values"]),
    list: frozenset(["count", "index"]),
    tuple: frozenset(["count", "index"]),
}
"""All of them take time and room in proportion to their operands, but for those asked first."""


class Missing:
    """A name, attribute or item that is not there: empty, and nothing can be asked of it."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "Undefined"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """What a template can call: one that docqa gives, a method or a macro."""

    name: str
    call: Callable[..., Any]

    def __repr__(self) -> str:
        return f"function {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """Names that a loop can set for what follows. It may hold itself, so is not written out."""

    names: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "namespace"


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Where a loop is: in its ``items`` at ``at``."""

    items: Sequence[Any]
    at: int

    def __repr__(self) -> str:
        return "loop"

    def attribute(self, name: str) -> Any:
        """What ``loop.name`` is. Raises Unrenderable."""
        at, length = self.at, len(self.items)
        match name:
            case "index":
                return at + 1
            case "index0":
                return at
            case "revindex":
                return length - at
            case "revindex0":
                return length - at - 1
            case "first":
                return at == 0
            case "last":
                return at == length - 1
            case "length":
                return length
            case "previtem":
                return self.items[at - 1] if at else MISSING
            case "nextitem":
                return self.items[at + 1] if at + 1 < length else MISSING
        raise Unrenderable(f"loop.{name}")


def attribute(budget: Budget, owner: Any, name: str) -> Any:
    """What ``owner.name`` is: a method before an item. Raises Unrenderable."""
    found = _own(budget, owner, name)
    return _within(owner, name) if isinstance(found, Missing) else found


def item(budget: Budget, owner: Any, key: Any) -> Any:
    """What ``owner[key]`` is: an item before a method. Raises Unrenderable."""
    if isinstance(owner, Missing):
        raise Unrenderable("an item of nothing")
    found = _within(owner, key)
    if isinstance(found, Missing) and isinstance(key, str):
        return _own(budget, owner, key)
    return found


def _own(budget: Budget, owner: Any, name: str) -> Any:
    if isinstance(owner, Missing):
        raise Unrenderable("an attribute of nothing")
    if isinstance(owner, Namespace):
        return owner.names.get(name, MISSING)
    if isinstance(owner, Loop):
        return owner.attribute(name)
    if name in _METHODS.get(type(owner), ()):
        return Function(name, lambda *args, **named: _method(budget, owner, name, args, named))
    if hasattr(type(owner), name):
        raise Unrenderable(f"the attribute {name}")
    return MISSING


def _within(owner: Any, key: Any) -> Any:
    if isinstance(owner, dict):
        return owner.get(key, MISSING) if is_key(key) else MISSING
    if isinstance(owner, str | list | tuple | range) and isinstance(key, int):
        return owner[key] if -len(owner) <= key < len(owner) else MISSING
    return MISSING


def is_key(value: Any) -> bool:
    """Whether a value can be a dict's key."""
    return value is None or isinstance(value, str | int | float)


def _method(
    budget: Budget, owner: Any, name: str, args: Sequence[Any], named: dict[str, Any]
) -> Any:
    for operand in (owner, *args, *named.values()):
        budget.paid(operand)
    match name:
        case "replace":
            return replaced(budget, owner, *args, **named)
        case "join":
            return joined(budget, owner, *args, **named)
        case "strip" | "lstrip" | "rstrip":
            check_stripped(*args)
    found = getattr(owner, name)(*args, **named)
    # The views of a dict are lists here.
    return budget.paid(list(found) if name in ("items", "keys", "values") else found)


def check_stripped(characters: str | None = None) -> None:
    """Raises Unrenderable where that many characters cannot be stripped."""
    if characters is not None and len(characters) > _MOST_STRIPPED:
        raise Unrenderable("too many characters to strip")


def replaced(budget: Budget, whole: str, old: str, new: str, most: int = -1) -> str:
    """A text with one part of it replaced, paid for. Raises Unrenderable."""
    times = whole.count(old)
    times = times if most < 0 else min(times, most)
    budget.pay(len(whole) + times * (len(new) - len(old)))
    return whole.replace(old, new, most)


def joined(budget: Budget, between: str, parts: Sequence[Any]) -> str:
    """The parts as texts, with one between each two, paid for. Raises Unrenderable."""
    texts = [text(budget, part) for part in parts]
    budget.pay(sum(map(len, texts)) + len(between) * max(len(texts) - 1, 0))
    return between.join(texts)


def text(budget: Budget, value: Any) -> str:
    """What a value reads like. Raises Unrenderable."""
    if isinstance(value, str):
        return value
    budget.paid(value)
    written = str(value)
    budget.pay(len(written))
    return written


def items_of(value: Any) -> Sequence[Any]:
    """What a loop over a value goes through. Raises Unrenderable."""
    if isinstance(value, Missing):
        return ()
    if isinstance(value, str | list | tuple | range):
        return value
    if isinstance(value, dict):
        return list(value)
    raise Unrenderable("a loop over what has no items")
