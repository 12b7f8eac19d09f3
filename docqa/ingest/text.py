"""Characters as engines give them, made into the characters that are stored."""

from __future__ import annotations

import re
import unicodedata

from docqa.ingest.hyphens import Vocabulary

# Bullets and check boxes of the Symbol and Wingdings fonts, which have no Unicode names.
_SYMBOLS = {
    **dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf076\uf06c", "•"),
    **dict.fromkeys("\uf052\uf0fe\uf078\uf0fd", "☒"),
    **dict.fromkeys("\uf0a3\uf0a8\uf06f\uf071", "☐"),
}
# Small capitals and old-style digits as Adobe's fonts have them.
_SYMBOLS.update((chr(0xF761 + index), chr(ord("a") + index)) for index in range(26))
_SYMBOLS.update((chr(0xF730 + index), str(index)) for index in range(10))
_BLANKS = dict.fromkeys("\t\v\f\xa0\u1680\u202f\u205f\u3000", " ")
_BLANKS.update(dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "))
_HYPHENS = {"\u2010": "-", "\u2011": "-"}
_MARKS = {"\ufffe": "\x02", "\xad": "\x02"}
_LINES = {"\u2028": "\n", "\u2029": "\n", "\x85": "\n"}
# Forms of letters that fonts and old character sets have and that nobody types: Latin, Armenian,
# Hebrew and Arabic presentation forms, radicals in place of Chinese characters, wide letters.
_FORMS = (
    (0x2E80, 0x2FDF),
    (0xF900, 0xFDFF),
    (0xFE70, 0xFEFC),
    (0xFF10, 0xFF19),
    (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A),
    (0x2F800, 0x2FA1F),
)


def _plain_forms() -> dict[str, str]:
    """Each of the forms with the letters it stands for: those of its NFKC, without blanks."""
    characters = [chr(code) for first, last in _FORMS for code in range(first, last + 1)]
    plain = {one: unicodedata.normalize("NFKC", one).replace(" ", "") for one in characters}
    plain |= dict.fromkeys("\ufb05\ufb06", "st")
    return {one: text for one, text in plain.items() if text != one}


_TRANSLATION = str.maketrans(_plain_forms() | _SYMBOLS | _BLANKS | _HYPHENS | _MARKS | _LINES)
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
_UNMAPPED = re.compile(
    f"[\x00\x01\x03-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{_PRIVATE}\ufff0-\ufffd\uffff\ud800-\udfff]"
)
_INVISIBLE = re.compile(
    f"[\x00\x01\x03-\x08\x0e-\x1f\x7f-\x9f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b"
    "\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    f"\ufff0-\ufffd\uffff{_PRIVATE}\U000e0000-\U000e0fff]"
)
_MARK = re.compile(r"(\w{0,40})\x02+(\w{0,40})")


def clean_line(text: str) -> str:
    """Return a title or heading as one line of visible characters."""
    return " ".join(plain(text).replace("\x02", "-").split())


def plain(raw: str) -> str:
    r"""Return ``raw`` with letters for ligatures and the like, plain blanks, nothing invisible.

    The marks of engines for a hyphen at the end of a line become the one mark \x02.
    """
    if raw.isascii() and raw.isprintable():
        return raw
    return _INVISIBLE.sub("", raw.translate(_TRANSLATION))


def count_unmapped(raw: str) -> int:
    """How many characters of an engine's text stand for no letter; symbols and marks do."""
    if raw.isascii() and raw.isprintable():
        return 0
    return len(_UNMAPPED.findall(raw.translate(_TRANSLATION)))


class TextCleaner:
    """Mends the words of one document, page after page: those it saw help with the next."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()

    def unmarked(self, word: str) -> str:
        """Return a plain word with a hyphen, or nothing, for each mark of a hyphen."""
        return _MARK.sub(self._unmark, word) if "\x02" in word else word

    def _unmark(self, match: re.Match[str]) -> str:
        first, second = match.groups()
        between = self.vocabulary.join(first, second) if first and second else "-"
        return first + between + second
