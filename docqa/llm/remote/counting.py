"""How many tokens a server makes of a text: it is asked where it can tell, else estimated."""

from __future__ import annotations

import re

from docqa.llm.remote.api import ServerApi
from docqa.process import Cancel, Urgency

_PIECE = re.compile(r" ?(?:(?P<plain>\b[A-Za-z][a-z]{0,8}\b)|(?P<letters>[A-Za-z]+))|.", re.DOTALL)
"""A plain word, other Latin letters (long words, capitals, codes, those beside accents or digits),
or one character. A blank before letters costs nothing: it belongs to their token."""
_PLAIN_LETTERS = 3
_OTHER_LETTERS = 2
"""How many letters a token has at least. With these and a token for every byte of the rest, the
starter's vocabulary has estimates of 1.1 times the real count for tables of numbers, 1.0 for dates,
1.7 for Chinese, 1.6 for Thai and English, 1.3 for German and 0.9 to 1.2 for many other languages in
Latin letters. Only letters without sense, as in keys, have up to 1.7 times as many tokens."""
_MOST_LETTERS = 8
"""No vocabulary has longer tokens than this all over a text. 18 of them made a token of at most
4.5 letters of prose without blanks (Chinese, Japanese, Thai), and 5 letters of English."""


class Counter:
    """Finds out once which way of counting the server offers, and remembers it."""

    def __init__(self, api: ServerApi) -> None:
        self._api = api
        self._has_tokenize = True
        self._has_extras = True
        self._beginning: int | None = None

    @property
    def is_exact(self) -> bool:
        """Whether the server counts, as far as is known by now."""
        return self._has_tokenize or self._has_extras

    def count(self, text: str, model: str, urgency: Urgency, stop: Cancel) -> int:
        """Tokens of ``text``. Raises Cancelled, and DocqaError when the server is out of reach."""
        if self._has_tokenize:
            tokens = self._api.tokens(text, model, urgency, stop)
            if tokens is not None:
                return tokens
            self._has_tokenize = False
        if self._has_extras:
            tokens = self._by_extras(text, model, urgency, stop)
            if tokens is not None:
                return tokens
            self._has_extras = False
        return estimated(text)

    def _by_extras(self, text: str, model: str, urgency: Urgency, stop: Cancel) -> int | None:
        if self._beginning is None:
            # What it counts for nothing at all is the token with which every text begins.
            self._beginning = self._api.counted("", model, urgency, stop)
        tokens = self._api.counted(text, model, urgency, stop)
        if tokens is None or self._beginning is None:
            return None
        return tokens - self._beginning


def estimated(text: str) -> int:
    """Tokens of a text, rather too many than too few.

    Too few would let a server cut the beginning of a prompt off in silence, as Ollama does.
    """
    return sum(map(_estimated, _PIECE.finditer(text)))


def least(text: str) -> int:
    """The fewest tokens that a text can have: a server that tells fewer has not read all of it."""
    return sum(map(_least, text.split()))


def _estimated(piece: re.Match[str]) -> int:
    if word := piece["plain"]:
        return -(-len(word) // _PLAIN_LETTERS)
    if letters := piece["letters"]:
        return -(-len(letters) // _OTHER_LETTERS)
    return len(piece[0].encode("utf-8", "replace"))


def _least(word: str) -> int:
    """One token for a word; a row of dots or lines may share one with its neighbours."""
    letters = sum(map(str.isalnum, word))
    return max(1, letters // _MOST_LETTERS) if letters else 0
