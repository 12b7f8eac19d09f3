"""Scripts that write no blanks between words: their runs as overlapping pairs of characters.

SQLite's tokenizer makes a whole sentence of such a script one word, which nobody asks for. Most of
their words have one to three characters, so that pairs find them, and no dictionary is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LETTERS = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"  # Japanese
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Chinese, Japanese
)
_PERHAPS = re.compile(f"[{_LETTERS}\uff00-\uffef]")
_RUN = re.compile(f"[{_LETTERS}]+")
_OTHER = re.compile(f"[^\\W_{_LETTERS}]+(?:(?<=\\d)[.,]\\d+)*")
# What stands together without a blank. Marks above and below letters are no word characters.
_CLUSTER = re.compile(f"[\\w{_LETTERS}.,]+")
_SYMBOLS = frozenset("SPZC")
"""First letters of the Unicode categories of signs and blanks within those scripts' blocks."""


def has_unspaced(text: str) -> bool:
    """Whether some letters are of a script without blanks, or of other than usual width."""
    return _PERHAPS.search(text) is not None


def pieces(text: str) -> list[str]:
    """What to look up of a text without blanks, in order; [] of texts that have them.

    Each run of letters gives its overlapping pairs and its last character, so that every single
    one begins a piece. Words of other scripts and numbers that touch a run, or have another width
    than usual, are pieces as a whole. All are folded (NFKC) and in lower case.
    """
    if not has_unspaced(text):
        return []
    return [piece for cluster in _clusters(text) for piece in _of_cluster(cluster)]


def pairs(text: str) -> list[str]:
    """The pieces of a question: without the last characters of its longer runs."""
    if not has_unspaced(text):
        return []
    return [piece for cluster in _clusters(text) for piece in _of_cluster(cluster, endings=False)]


def is_unspaced(text: str) -> bool:
    """Whether a word has letters of a script without blanks."""
    return _RUN.search(unicodedata.normalize("NFKC", text)) is not None


def _clusters(text: str) -> Iterator[str]:
    """Parts that hold such letters, or some whose width is unusual, folded."""
    for part in text.split():
        folded = unicodedata.normalize("NFKC", part).lower()
        narrow = unicodedata.normalize("NFKC", part) == unicodedata.normalize("NFC", part)
        for match in _CLUSTER.finditer(folded):
            if not narrow or _RUN.search(match.group()):
                yield match.group()


def _of_cluster(cluster: str, *, endings: bool = True) -> Iterator[str]:
    position = 0
    for match in _RUN.finditer(cluster):
        yield from _OTHER.findall(cluster[position : match.start()])
        position = match.end()
        letters = _without_signs(match.group())
        for run in letters.split():
            yield from (run[at : at + 2] for at in range(len(run) - 1))
            if endings or len(run) == 1:
                yield run[-1]
    yield from _OTHER.findall(cluster[position:])


def _without_signs(run: str) -> str:
    return "".join(" " if unicodedata.category(c)[0] in _SYMBOLS else c for c in run)
