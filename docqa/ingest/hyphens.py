"""Mends words that were cut at the end of a line, by the other words of the document."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_COMPOUND = re.compile(r"\w+-(?=(\w+))")
_MOST_WORDS = 500_000
"""Far more than any language has; only a file of random letters has more."""
_FEW, _MOSTLY = 3, 4
"""Filings, which are not hyphenated, have no cut word; papers have 5 to 10 for each compound."""
_AFTER_SUSPENDED = {"and", "or", "und", "oder", "bzw", "sowie"}
"""Short- and long-term, Ober- und Untergrenze."""


class Vocabulary:
    """The words of one document that were seen whole."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        self._words_cut = self._compounds_cut = 0

    def learn(self, text: str) -> None:
        """Take in text that has no halves of words."""
        if len(self._words) + len(self._compounds) > _MOST_WORDS:
            return
        folded = text.casefold()
        self._words.update(_WORD.findall(folded))
        if "-" in folded:
            self._compounds.update(
                match.group() + match.group(1) for match in _COMPOUND.finditer(folded)
            )

    def join(self, first: str, second: str) -> str:
        """What stands for a hyphen at the end of a line between the letters next to it.

        Nothing inside a word, a hyphen in a compound, a hyphen and a blank in "short- and".
        """
        one, other = first.casefold(), second.casefold()
        if not second[0].islower() or not first[-1].isalpha():
            return "-"
        if f"{one}-{other}" in self._compounds:
            self._compounds_cut += 1
            return "-"
        if one + other in self._words:
            self._words_cut += 1
            return ""
        if other in _AFTER_SUSPENDED:
            return "- "
        if one in self._words and other in self._words:
            self._compounds_cut += 1
            return "-"
        return "-" if len(first) == 1 or self._cuts_no_words() else ""

    def _cuts_no_words(self) -> bool:
        """Whether lines of this document end in a hyphen only where a compound has one anyway."""
        return self._compounds_cut >= _FEW and self._words_cut * _MOSTLY < self._compounds_cut
