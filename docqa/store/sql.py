"""Small pieces that the SQL of several nouns shares."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """``text`` as UTF-8 can hold it: each lone surrogate becomes U+FFFD, so offsets stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def storable_or_none(text: str | None) -> str | None:
    """:func:`storable` for a text that may be missing."""
    return None if text is None else storable(text)


def stored_path(path: str) -> str | bytes:
    """Text, or the raw bytes of a file name that is not Unicode (so that it can be opened)."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def listed(ids: Iterable[int]) -> str:
    """Ids as the parameter of ``IN (SELECT value FROM json_each(?))``, however many they are."""
    return json.dumps([int(number) for number in ids])


def among(column: str, ids: Iterable[int] | None) -> tuple[str, tuple[str, ...]]:
    """A condition "``column`` is one of ``ids``" and its parameters; None allows everything."""
    if ids is None:
        return "1", ()
    return f"{column} IN (SELECT value FROM json_each(?))", (listed(ids),)
