"""What two texts say, compared: numbers, names, negation and the words that carry meaning.

Asleep, the checks of notes use it; awake, citing does. Everything here is plain and fast, because
a small language model cannot be trusted to judge itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

import snowballstemmer

from docqa.index.words import STOP_WORDS as FUNCTION_WORDS

QuestionType = Literal["who", "when", "where", "how_many", "why", "how", "what", "yes_no"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# A plain blank groups no thousands: "214 236" is two columns of a table.
_NUMBER = re.compile(r"(?<![\w.,])[-−]?\d+(?:[.,'’\u00a0\u202f]\d{3})*(?:[.,]\d+)?(?!\d)")
_YEAR = re.compile(r"(?<![\w.,])(?:1[5-9]|20|21)\d\d(?!\w|[.,]\d)")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|\w+n['’]t|"
    r"fail(?:s|ed)? to|refus(?:e|es|ed) to)\b",
    re.IGNORECASE,
)
# What follows one of these is the cause or the purpose; "since 2021" is a time.
_REASON = re.compile(
    r"\b(?:because(?: of)?|since(?! \W*\d)|due to|owing to|thanks to|so that|in order to|"
    r"caused by|driven by|attributed to|to (?:avoid|protect|reduce|allow|ensure|keep|prevent))\b",
    re.IGNORECASE,
)
_MONTHS = (
    "january february march april may june july august september october november december"
).split()
# "one" is left out: it is more often a pronoun than a number.
_UNITS = {
    word: number
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split(),
        start=2,
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_SPOKEN_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<units>one|{'|'.join(_UNITS)}))?|"
    rf"(?P<alone>{'|'.join(_UNITS)}))\b",
    re.IGNORECASE,
)

_SOMEBODY = re.compile(r"\b[A-Z][\w.'’-]*(?: (?:(?:and|of|de|van|von|&) )?[A-Z][\w.'’-]*)+")
_DOES = re.compile(
    r",? (?:is|was|are|were|has|have|had|will|can|could|may|must|who|which|alone|also|\w+ed|\w+s|"
    r"made|led|took|gave|won|sold|bought|built|paid|wrote|found|held|became|began|left)\b|"
    r", (?:the |an? )?\w+ (?:of|at|for)\b"
)
_AGENT = re.compile(r"\bby (?:the )?(?P<name>[A-Z][\w'’-]*)")
_SCALES = frozenset("per cent percent percentag thousand million billion trillion".split())
STOP_WORDS = FUNCTION_WORDS | frozenset(
    "according aren't don't doesn't didn't document isn't wasn't let mention mentioned describe "
    "described happen happened one text".split()
)
"""Words that carry no meaning in a question about a document, or in its answer."""

_QUESTION_STARTS: tuple[tuple[re.Pattern[str], QuestionType], ...] = (
    (re.compile(r"\b(?:who|whom|whose)\b", re.I), "who"),
    (re.compile(r"\bwhen\b|\b(?:what|which|in what) (?:year|date|month|day|time)\b", re.I), "when"),
    (re.compile(r"\bwhere\b", re.I), "where"),
    (
        re.compile(
            r"\bhow (?:many|much|long|old|far|high|large|big|often|tall|deep|fast)\b|"
            r"\b(?:what|which) (?:is |was |were |are )?(?:the )?(?:\w+ ){0,2}"
            r"(?:percentage|percent|number|amount|price|cost|share of|rate|total)\b",
            re.I,
        ),
        "how_many",
    ),
    (
        re.compile(
            r"\bwhy\b|\b(?:what (?:is|was) the|for what) reason\b|"
            r"\bwhat (?:causes?|caused|led to)\b",
            re.I,
        ),
        "why",
    ),
    (re.compile(r"\bhow\b", re.I), "how"),
    (re.compile(r"\b(?:what|which)\b", re.I), "what"),
    (re.compile(r"^\W*(?:is|are|was|were|do|does|did|has|have|can|could|will|should)\b", re.I),
     "yes_no"),
)  # fmt: skip


def question_type(question: str) -> QuestionType:
    """What sort of answer a question asks for, by the question word that comes first."""
    found: list[tuple[int, int, QuestionType]] = []
    for order, (pattern, kind) in enumerate(_QUESTION_STARTS):
        match = pattern.search(question)
        if match is not None:
            found.append((match.start(), order, kind))
    return min(found)[2] if found else "what"


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, written alike: ``1,250.0`` and ``1250`` are one; so are words."""
    return frozenset(number_list(text))


def number_list(text: str) -> list[str]:
    """The same, as often as they come, in the order of the text."""
    found = [(match.start(), _plain_number(match.group())) for match in _NUMBER.finditer(text)]
    found += [(match.start(), _spoken_number(match)) for match in _SPOKEN_NUMBER.finditer(text)]
    return [number for _, number in sorted(found)]


def _spoken_number(match: re.Match[str]) -> str:
    tens, units = match.group("tens"), match.group("units") or match.group("alone")
    value = _TENS[tens.casefold()] if tens else 0
    if units:
        value += _UNITS.get(units.casefold(), 1)
    return str(value)


def _plain_number(written: str) -> str:
    sign = "-" if written[0] in "-−" else ""
    digits = re.sub(r"[\s'’−-]", "", written)
    # A comma or point before exactly three digits groups thousands; any other is decimal.
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", digits):
        digits = digits.replace(".", "")
    digits = digits.replace(",", ".")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return sign + re.sub(r"^0+(?=\d)", "", digits)


def names(text: str) -> frozenset[str]:
    """Capitalised words (casefolded) that are not just the first of a sentence, and acronyms."""
    found: set[str] = set()
    words = list(_WORD.finditer(text))
    for position, match in enumerate(words):
        word = match.group()
        if not word[0].isupper() or word.casefold() in STOP_WORDS:
            continue
        first = position == 0 or bool(
            re.search(r"[.!?:•\n]", text[words[position - 1].end() : match.start()])
        )
        acronym = len(word) > 1 and word.isupper()
        followed = position + 1 < len(words) and words[position + 1].group()[0].isupper()
        if acronym or not first or followed:
            found.add(_fold(word))
    return frozenset(found)


def people(text: str) -> frozenset[str]:
    """Words (casefolded) of names that a person or a company may have: two capitals, or after "by".

    At the beginning of a text a verb must follow, or "Touch Settings to begin" would be one.
    """
    found = {_fold(match.group("name")) for match in _AGENT.finditer(text)}
    for match in _SOMEBODY.finditer(text):
        at_start = not re.search(r"\w", text[: match.start()])
        if not at_start or _DOES.match(text, match.end()):
            found |= set(in_order(match.group())) - STOP_WORDS
    return frozenset(found)


def words(text: str) -> frozenset[str]:
    """Every word, casefolded and without accents."""
    return frozenset(in_order(text))


def in_order(text: str) -> list[str]:
    """Every word as often as it comes, in the order of the text; written as in :func:`words`."""
    return [_fold(match.group()) for match in _WORD.finditer(text)]


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning: stop words and bare numbers are left out."""
    return frozenset(
        stem(folded)
        for folded in words(text)
        if folded not in STOP_WORDS and not folded.isdigit() and len(folded) > 1
    )


def kept_order(claim: str, text: str, *, with_numbers: bool = False) -> float:
    """Share (0 to 1) of the words that both have which come in the same order in both.

    "The bank owes the cooperative money" has the words of "the cooperative owes the bank money",
    but not their order. 1 if they share fewer than two. Numbers count only ``with_numbers``.
    """
    given = [stem(word) for word in in_order(text)]
    meant = content_stems(claim) & frozenset(given)
    if with_numbers:
        meant |= {word for word in given if word.isdigit()}
    mine = [word for word in dict.fromkeys(stem(word) for word in in_order(claim)) if word in meant]
    if len(mine) < 2:
        return 1.0
    return _longest_common(mine, [word for word in given if word in meant]) / len(mine)


def _longest_common(first: list[str], second: list[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for index, other in enumerate(second, start=1):
            longest = diagonal + 1 if word == other else max(row[index], row[index - 1])
            diagonal, row[index] = row[index], longest
    return row[-1]


def is_negated(text: str) -> bool:
    """Whether a text denies something."""
    return bool(_NEGATION.search(text))


def gives_reason(text: str) -> bool:
    """Whether a text says why, or what for."""
    return _REASON.search(text) is not None


def split_reason(text: str) -> tuple[str, str] | None:
    """What is explained and its reason or purpose, or None if the text gives none."""
    match = _REASON.search(text)
    if match is None:
        return None
    if not text[: match.start()].strip(" ,"):  # "Because of the storm, the ship was late."
        reason, _, explained = text.partition(",")
        return explained, reason
    return text[: match.start()], text[match.end() :]


def dates(text: str) -> frozenset[str]:
    """The words of dates: years, days of months, months."""
    folded = words(text)
    months = {month for month in _MONTHS if month in folded and (month != "may" or "May" in text)}
    return frozenset(months | {match.group() for match in _YEAR.finditer(text)})


def counted(text: str, thing: str) -> frozenset[str]:
    """The numbers that stand one or two words before a word with the stem of ``thing``."""
    found: set[str] = set()
    tokens = text.split()
    wanted = stem(_fold(thing))
    for position, token in enumerate(tokens):
        if any(stem(word) == wanted for word in words(token)):
            found |= numbers(" ".join(tokens[max(0, position - 2) : position + 1]))
    return frozenset(found)


def counted_things(text: str, within: int) -> dict[str, frozenset[str]]:
    """For each number but years, stems of the next ``within`` words, of those that say what."""
    tokens = text.split()
    found: dict[str, frozenset[str]] = {}
    for position, token in enumerate(tokens):
        behind = content_stems(" ".join(tokens[position + 1 : position + 1 + within])) - _SCALES
        for number in numbers(token) - dates(token):
            found[number] = found.get(number, frozenset()) | behind
    return found


def has_date(text: str) -> bool:
    """Whether a text names a year, a month or a time of day."""
    folded = words(text)
    return bool(
        re.search(r"\b(?:1[5-9]|20|21)\d{2}\b|\b\d{1,2}[:.]\d{2}\b", text)
        or any(month in folded for month in _MONTHS if month != "may")
        or re.search(r"\b(?:\d{1,2} May|May \d{1,2})\b", text)
    )


def brings(question: str, text: str) -> frozenset[str]:
    """What ``text`` has of the kind that is asked for, and the question has not."""
    kind = question_type(question)
    if kind == "when":
        return dates(text) - dates(question)
    if kind == "how_many":
        return numbers(text) - dates(text) - numbers(question)
    if kind == "who":
        return people(text) - dates(text) - words(question)
    if kind == "why":
        parts = split_reason(text)
        return content_stems(parts[1]) - content_stems(question) if parts else frozenset()
    return (content_stems(text) | numbers(text)) - content_stems(question) - numbers(question)


def coverage(part: frozenset[str], whole: frozenset[str]) -> float:
    """Share (0 to 1) of ``part`` that is in ``whole``; 1 for an empty part."""
    return len(part & whole) / len(part) if part else 1.0


def _fold(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(char for char in folded if not unicodedata.combining(char)).removesuffix("'s")


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """The stem of one casefolded English word."""
    stemmed: str = _stemmer().stemWord(word)
    return stemmed
