"""How alike two texts are, fast enough for whole books: Myers' bit-parallel edit distance."""

from __future__ import annotations

import unicodedata


def letters(text: str) -> str:
    """Letters and digits only, compatibility forms unfolded, in lower case."""
    unfolded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in unfolded if character.isalnum())


def distance(one: str, other: str) -> int:
    """Levenshtein distance; the work of a whole column is a few operations on long integers."""
    if not one or not other:
        return len(one) or len(other)
    masks: dict[str, int] = {}
    for position, character in enumerate(one):
        masks[character] = masks.get(character, 0) | (1 << position)
    everything = (1 << len(one)) - 1
    last = 1 << (len(one) - 1)
    up, down, score = everything, 0, len(one)
    for character in other:
        match = masks.get(character, 0)
        diagonal = (((match & up) + up) ^ up) | match | down
        rises = down | (everything & ~(diagonal | up))
        falls = up & diagonal
        score += bool(rises & last) - bool(falls & last)
        rises = (rises << 1 | 1) & everything
        falls = (falls << 1) & everything
        up = falls | (everything & ~(diagonal | rises))
        down = rises & diagonal
    return score


def similarity(one: str, other: str) -> float:
    """1 minus the edits that make one the other, as a share of the longer one."""
    longest = max(len(one), len(other))
    return 1.0 - distance(one, other) / longest if longest else 1.0
