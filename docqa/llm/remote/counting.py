"""How many tokens a server makes of a text: it is asked where it can tell, else estimated."""

from __future__ import annotations

from docqa.llm.remote.api import ServerApi
from docqa.process import Cancel, Urgency

_CHARACTERS_A_TOKEN = 3
"""English has 4 to 4.5 characters a token in the usual vocabularies, code and tables about 3."""


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
    """Tokens of a text, rather too many than too few; every character beyond ASCII counts as one.

    Too few would let a server cut the beginning of a prompt off in silence, as Ollama does.
    """
    ascii_only = sum(map(str.isascii, text))
    return -(-ascii_only // _CHARACTERS_A_TOKEN) + len(text) - ascii_only
