"""The words of a question: what is looked up, and what it weighs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

MAX_QUESTION = 8000
"""Characters; more is no question."""
_MAX_WORDS = 48
"""Words of one question that are looked up."""
_MAX_LETTERS = 64

# As SQLite's tokenizer cuts them, but a number keeps its separators: "1,577.5" is one word.
_WORD = re.compile(r"[^\W_]+(?:(?<=\d)[.,]\d+)*")
_JOINED = re.compile(r"[^\W_]+(?:[-\u2010\u2011\u2013/._:&][^\W_]+)+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE_END = re.compile(r"[.!?:]\s*$")

STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are aren as at be because been
    before being below between both but by can cannot could couldn d did didn do does doesn doing
    don down during each few for from further give given had hadn has hasn have haven having he her
    here hers herself him himself his how i if in into is isn it its itself just ll let m many may
    me might more most much must my myself no nor not now of off on once only or other our ours
    ourselves out over own please re s same say says shall shan she should shouldn so some such t
    tell than that the their theirs them themselves then there these they this those through to too
    under until up upon us ve very was wasn we were weren what when where whether which while who
    whom whose why will with won would wouldn you your yours yourself yourselves""".split()
)
"""English words that carry no meaning by themselves."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed. ``emphasis`` is more than 1 for numbers and names."""

    text: str
    emphasis: float = 1.0

    @property
    def variants(self) -> tuple[str, ...]:
        """Other ways in which a text may write it: the year of "FY2017", "1577" for "1,577"."""
        found = []
        year = _YEAR.search(self.text)
        if year and year.group() != self.text:
            found.append(year.group())
        if plain_number(self.text) != self.text:
            found.append(plain_number(self.text))
        return tuple(dict.fromkeys(found))


def split(text: str) -> list[str]:
    """All words of a text, in order, in lower case."""
    return [match.group().lower() for match in _WORD.finditer(unicodedata.normalize("NFC", text))]


def left_out(text: str, unwanted: Collection[str]) -> str:
    """A text without some words (in lower case), with single blanks."""
    rest = _WORD.sub(lambda match: "" if match.group().lower() in unwanted else match.group(), text)
    return " ".join(rest.split())


def content_words(question: str) -> list[Word]:
    """The words that carry the meaning, each once, in order; all words if none does.

    At most 48: of a longer text those with most emphasis, then the first ones.
    """
    found: dict[str, Word] = {}
    for word in _emphasised(unicodedata.normalize("NFC", question)):
        known = found.get(word.text)
        if known is None or known.emphasis < word.emphasis:
            found[word.text] = word
    meaningful = [word for word in found.values() if word.text not in STOP_WORDS]
    words = meaningful or list(found.values())
    if len(words) > _MAX_WORDS:
        keep = sorted(range(len(words)), key=lambda i: -words[i].emphasis)[:_MAX_WORDS]
        words = [words[i] for i in sorted(keep)]
    return words


def identifiers(question: str) -> list[Word]:
    """What is one name though signs divide it: "ISO-9001", "10-K", "AT&T", "U.S"; each once.

    Parts with a digit among them, parts around "&", and single capitals. The parts are words of
    their own as well; a passage with the whole in this order is to come before one with the parts.
    """
    joined = (match.group()[:_MAX_LETTERS] for match in _JOINED.finditer(question))
    found = (text.lower() for text in joined if _is_identifier(text))
    return [Word(text, 1.5) for text in dict.fromkeys(found)]


def is_number(text: str) -> bool:
    """Whether a word has a digit."""
    return not text.isalpha() and any(character.isdigit() for character in text)


def plain_number(text: str) -> str:
    """A number without its thousands separators; anything else as it is."""
    return text.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text) else text


def _is_identifier(text: str) -> bool:
    if _WORD.fullmatch(text):
        return False  # A number or version, which is one word anyway.
    capitals = text.isupper() and all(len(part) == 1 for part in _WORD.findall(text))
    return is_number(text) or "&" in text or capitals


def _emphasised(question: str) -> list[Word]:
    shouting = question.upper() == question
    words: list[Word] = []
    end_of_last = 0
    for match in _WORD.finditer(question):
        text = match.group()[:_MAX_LETTERS]
        opens = not words or bool(_SENTENCE_END.search(question[end_of_last : match.start()]))
        end_of_last = match.end()
        named = text[0].isupper() and not opens and not shouting
        words.append(Word(text.lower(), 1.5 if named or is_number(text) else 1.0))
    return words
