"""Raw text of a page, as an engine gives it, made into the text that is stored."""

from __future__ import annotations

import re

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# Bullets and check boxes of the Symbol and Wingdings fonts, which have no Unicode names.
_SYMBOLS = {
    **dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf076\uf06c", "•"),
    **dict.fromkeys("\uf052\uf0fe\uf078\uf0fd", "☒"),
    **dict.fromkeys("\uf0a3\uf0a8\uf06f\uf071", "☐"),
}
_BLANKS = dict.fromkeys("\t\v\f\xa0\u202f\u205f\u3000", " ")
_BLANKS.update(dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "))
_HYPHENS = {"\u2010": "-", "\u2011": "-"}
_LINES = {"\u2028": "\n", "\u2029": "\n", "\x85": "\n"}
_TRANSLATION = str.maketrans(_LIGATURES | _SYMBOLS | _BLANKS | _HYPHENS | _LINES)

# How engines mark a hyphen at the end of a line; bounded, or long words would cost their square.
_HYPHEN = re.compile(r"(\w{0,40})([\ufffe\x02\xad])(?:\n(?=\w))?(\w{0,40})")
_WORD = re.compile(r"\w+")
_UNMAPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\ufff0-\uffff\ud800-\udfff]"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ud800-\udfff\ue000-\uf8ff\ufeff\ufff0-\ufffb\ufffe\uffff]"
)
_BLANK_RUN = re.compile(r" {2,}")
_LINE_EDGES = re.compile(r" *\n *")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean_line(text: str) -> str:
    """Return a title or heading as one line of visible characters."""
    return " ".join(_INVISIBLE.sub("", text.translate(_TRANSLATION)).split())


def unmapped_share(raw: str) -> float:
    """Share (0 to 1) of the visible characters of an engine's text that stand for no letter.

    Symbols that have a translation and markers of hyphens do not count.
    """
    if not _UNMAPPED.search(raw):
        return 0.0
    visible = "".join(raw.translate(_TRANSLATION).split())
    visible = visible.replace("\ufffe", "").replace("\x02", "")
    return len(_UNMAPPED.findall(visible)) / len(visible) if visible else 0.0


class TextCleaner:
    """Cleans the pages of one document, in order: what it saw helps to mend hyphenated words."""

    def __init__(self) -> None:
        self._words: set[str] = set()

    def clean(self, raw: str) -> str:
        """Return ``raw`` with plain line ends and blanks, whole words, and no invisible character.

        The result is what is stored: every offset into a page refers to it.
        """
        text = raw.replace("\r\n", "\n").replace("\r", "\n").translate(_TRANSLATION)
        whole_words = _WORD.findall(_HYPHEN.sub(" ", text))
        self._words.update(word.casefold() for word in whole_words)
        text = _HYPHEN.sub(self._mend, text)
        text = _INVISIBLE.sub("", text)
        text = _BLANK_RUN.sub(" ", text)
        text = _LINE_EDGES.sub("\n", text)
        return _EMPTY_LINES.sub("\n\n", text).strip()

    def _mend(self, match: re.Match[str]) -> str:
        """Join a word that was cut at the end of a line; keep the hyphen of a compound."""
        first, mark, second = match.groups()
        if mark == "\xad" or not first or not second:
            return first + ("" if mark == "\xad" else "-") + second
        if (first + second).casefold() in self._words:
            return first + second
        both_known = first.casefold() in self._words and second.casefold() in self._words
        compound = both_known or len(first) == 1 or not second[0].islower()
        return f"{first}-{second}" if compound else first + second
