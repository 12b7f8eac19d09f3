"""What a question asks for: its core, its words, the times it names, and of how many documents."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from docqa.index import words
from docqa.index.words import Word

_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
# Sentences that say how the answer shall look, or how to go about it, and not what is sought.
_INSTRUCTION = re.compile(
    r"(?i)\W*(?:please\b|answer\b|round\b|give\s+(?:me|a\s+response|your)|return\b|format\b"
    r"|express\b|respond\b|approach\b|address\b|base\s+your\b|save\s+your\b|represent\s+th"
    r"|enumerate\b|your\s+answer\b|the\s+answer\s+should\b|write\s+(?:the|your|it)\b"
    r"|provide\s+(?:your|the|an?)\s+(?:answer|response)|report\s+your\b|calculate\s+what\s+was\b"
    r"|we\s+(?:need|want)\s+to\b|here'?s\s+the\s+question\b|if\b.*\b(?:state|explain|say)\b)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_QUARTER = re.compile(
    r"(?i)\bq([1-4])\b|\b([1-4])q\b|\b(first|second|third|fourth)[\s-]quarter\b"
    r"|\b(1st|2nd|3rd|4th)\s+quarter\b"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4} | {
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip
_DOCUMENTS = (
    r"(?:documents|files|reports?|filings|papers|studies|contracts|manuals|articles|books|letters"
    r"|statements|releases|invoices|editions|versions|years|quarters|months|periods|10-[kq]s?)"
)
_SEVERAL = re.compile(
    rf"(?i)\b(?:each|every|all(?:\s+(?:of\s+)?(?:the|these|those|my))?|both|these|those|across"
    rf"|(?:previous|prior|past|last|several|various|different|other|between|among))\s+"
    rf"(?:\w+\s+){{0,2}}{_DOCUMENTS}\b"
    rf"|\bover\s+(?:the\s+)?(?:\w+\s+)?(?:time|years|quarters|periods?)\b"
    rf"|\bcompar(?:e|es|ed|ing|ison)\b|\btrends?\b|\bvs\.?\b|\bversus\b"
)
_LATEST = re.compile(r"(?i)\b(?:latest|newest|most\s+recent|last)\b(?!\s+(?:page|name|step))")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as search understands it.

    ``core`` lacks sentences that only say how to answer; ``words`` are those of the core.
    ``several``: it may want something of each of some documents; ``latest``: of the newest one.
    """

    text: str
    core: str
    words: tuple[Word, ...]
    years: tuple[int, ...]
    quarter: int | None
    several: bool
    latest: bool

    def without(self, names: Collection[str]) -> str:
        """The core without these words; all of it if nothing telling would be left."""
        rest = words.left_out(self.core, names)
        telling = (word.text not in words.STOP_WORDS for word in words.content_words(rest))
        return rest if any(telling) else self.core

    @property
    def is_cased(self) -> bool:
        """Whether capitals can tell names from other words in it."""
        return self.core not in (self.core.lower(), self.core.upper())


def understand(question: str) -> Asked:
    """Read a question; this is a matter of words, and quick."""
    core = _core(question)
    found = tuple(words.content_words(core))
    written = {form for word in found for form in (word.text, *word.variants)}
    return Asked(
        text=question,
        core=core,
        words=found,
        years=tuple(sorted(int(form) for form in written if _YEAR.fullmatch(form))),
        quarter=quarter_in(core),
        several=_SEVERAL.search(core) is not None,
        latest=_LATEST.search(core) is not None,
    )


def quarter_in(text: str) -> int | None:
    """The quarter of a year (1 to 4) that a text names, None for none or several."""
    found = {_quarter(match) for match in _QUARTER.finditer(text)}
    return found.pop() if len(found) == 1 else None


def _quarter(match: re.Match[str]) -> int:
    digit, other, word, ordinal = match.groups()
    return int(digit or other or 0) or _ORDINALS[(word or ordinal).lower()]


def _core(question: str) -> str:
    sentences = _SENTENCE.split(question.strip())
    telling = [sentence for sentence in sentences if not _INSTRUCTION.match(sentence)]
    core = " ".join(telling)
    return core if words.content_words(core) else question
