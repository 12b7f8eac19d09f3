"""A made-up library of any size, with word frequencies as in real text, and questions about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docqa.store.connection import Connection
from docqa.store.store import Store

DIMENSION = 384
EMBEDDER = "synthetic"

_VOCABULARY = 300_000
_EXPONENT, _SHIFT = 1.05, 2.7
"""Of Zipf and Mandelbrot: the word of rank r has a share like 1 / (r + shift) ** exponent."""
_WORDS = 150
_SENTENCE = 19
_PASSAGES_OF_PAGE = 3
_PASSAGES_OF_DOCUMENT = 300
_TOPIC = 160
"""Words that a document says again and again, and the share of its text that they are."""
_TOPIC_SHARE = 0.25
_FIRST_TOPIC_RANK = 400
_NUMBERS = 0.04
_FREQUENT = (
    "the of and to in a for is on that by with as are or from at be an this which was not have "
    "it its we our has been other may any their such will were these all year company total more "
    "than financial can time under also used value between per information data report business "
    "net two including first one during based new based operating percent million shares rate "
    "following number income system results use market change assets order table increase"
).split()
_CONSONANTS = ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch")
_VOWELS = ("a", "e", "i", "o", "u", "ea", "io", "ou")
_ENDINGS = ("", "n", "r", "s", "l", "t", "d", "ng")


@dataclass(frozen=True, slots=True)
class Language:
    """Words by rank, the most frequent first, and how often each is said in all before it."""

    words: NDArray[np.object_]
    cumulated: NDArray[np.float64]

    @classmethod
    def make(cls) -> Language:
        """The same language every time."""
        made = (_word(number) for number in range(_VOCABULARY * 2))
        words = list(dict.fromkeys([*_FREQUENT, *made]))[:_VOCABULARY]
        shares = (np.arange(len(words)) + 1 + _SHIFT) ** -_EXPONENT
        cumulated = np.cumsum(shares / shares.sum())
        return cls(np.array(words, dtype=object), cumulated)

    def ranks(self, chance: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Ranks of words as a text has them."""
        found = np.searchsorted(self.cumulated, chance.random(shape, np.float32))
        return np.minimum(found, len(self.words) - 1)


def build(
    file: Path, passages: int, *, embedder: str | None = None, seed: int = 1, offset: int = 0
) -> None:
    """Make a workspace file with at least this many passages, whole documents.

    ``embedder``: give each passage a random unit vector of this embedder. Large ones take minutes.
    """
    language = Language.make()
    with Store.open(file) as store:
        connection = store.database.read()
        _hurry(connection, on=True)
        number = _embedder(connection, embedder) if embedder else None
        for document in range(-(-passages // _PASSAGES_OF_DOCUMENT)):
            chance = np.random.default_rng((seed, document + offset))
            if document % 100 == 0:
                connection.execute("BEGIN IMMEDIATE")
            ids = _add(connection, language, chance, document + offset)
            if number is not None:
                _add_vectors(connection, chance, number, ids)
            if document % 100 == 99:
                connection.execute("COMMIT")
        if connection.in_transaction:
            connection.execute("COMMIT")
        _hurry(connection, on=False)


def texts(language: Language, chance: np.random.Generator, count: int) -> list[str]:
    """The passages of one document."""
    ranks = language.ranks(chance, (count, _WORDS))
    topic = language.ranks(chance, (_TOPIC * 20,))
    topic = topic[topic >= _FIRST_TOPIC_RANK][:_TOPIC]
    kind = chance.random((count, _WORDS), np.float32)
    said = topic[(chance.random((count, _WORDS), np.float32) ** 2 * len(topic)).astype(np.int64)]
    words = language.words[np.where(kind < _TOPIC_SHARE, said, ranks)]
    where = kind > 1.0 - _NUMBERS
    words[where] = list(islice(_numbers(chance), int(where.sum())))
    return [_text(row) for row in words.tolist()]


def questions(store: Store, count: int, *, seed: int = 1) -> list[str]:
    """Questions with words of one passage each: stop words, common ones and rare ones.

    As in questions that people asked about filings and reports: of some ten words half are stop
    words, and of the rest one in three stands in more than a tenth of the passages.
    """
    chance = np.random.default_rng(seed)
    common = set(_FREQUENT)
    last = _last_id(store)
    asked = []
    while len(asked) < count:
        found = store.passages.get([int(chance.integers(1, last + 1))])
        for passage in found.values():
            words = list(dict.fromkeys(passage.text.replace(".", "").lower().split()))
            rare = [word for word in words if word not in common]
            usual = [word for word in words if word in common]
            some = [
                *chance.choice(rare, int(chance.integers(2, 6)), replace=False),
                *chance.choice(usual, int(chance.integers(1, 4)), replace=False),
            ]
            chance.shuffle(some)
            asked.append(f"What is the {' '.join(some[:2])} of the {' '.join(some[2:])}?")
    return asked


def _text(words: list[str]) -> str:
    parts = range(0, len(words), _SENTENCE)
    return " ".join(f"{' '.join(words[at : at + _SENTENCE]).capitalize()}." for at in parts)


def _word(number: int) -> str:
    """A word that can be spoken, another for each number; the greater the number, the longer."""
    syllables = []
    scrambled = number
    while True:
        scrambled, consonant = divmod(scrambled, len(_CONSONANTS))
        scrambled, vowel = divmod(scrambled, len(_VOWELS))
        syllables.append(_CONSONANTS[consonant] + _VOWELS[vowel])
        if scrambled == 0:
            break
    return "".join(syllables) + _ENDINGS[number * 7 % len(_ENDINGS)]


def _numbers(chance: np.random.Generator) -> Iterator[str]:
    while True:
        years = chance.integers(1990, 2025, 64).tolist()
        amounts = (10 ** (chance.random(64) * 7)).tolist()
        for year, amount in zip(years, amounts, strict=True):
            yield str(year)
            yield f"{amount:,.1f}" if amount < 10_000 else f"{amount:,.0f}"


def _add(
    connection: Connection, language: Language, chance: np.random.Generator, document: int
) -> list[int]:
    """Insert one document with everything; returns the ids of its passages."""
    passages = texts(language, chance, _PASSAGES_OF_DOCUMENT)
    pages = [
        passages[at : at + _PASSAGES_OF_PAGE] for at in range(0, len(passages), _PASSAGES_OF_PAGE)
    ]
    name = " ".join(passages[0].split()[2:5]).strip(".").title()
    title = f"{name} Report {1990 + document % 35}"
    cursor = connection.execute(
        "INSERT INTO documents (path, sha256, title, pages, status, added)"
        " VALUES (?, ?, ?, ?, 'ready', 0)",
        (f"/library/{document}.pdf", f"{document:064x}", title, len(pages)),
    )
    id = cursor.lastrowid
    connection.executemany(
        "INSERT INTO pages (document_id, number, text, label, scanned) VALUES (?, ?, ?, '', 0)",
        [(id, number, "\n".join(parts)) for number, parts in enumerate(pages, start=1)],
    )
    rows = []
    for number, parts in enumerate(pages, start=1):
        start = 0
        section = " ".join(pages[number // 10 * 10 % len(pages)][0].split()[:3])
        for text in parts:
            end = start + len(text)
            rows.append((id, number, start, end, text, f"{title} › {section}"))
            start = end + 1
    connection.executemany(
        'INSERT INTO passages (document_id, page, start, "end", text, context)'
        " VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    last = connection.execute("SELECT max(id) FROM passages").fetchone()[0]
    return list(range(last - len(rows) + 1, last + 1))


def _embedder(connection: Connection, identity: str) -> int:
    connection.execute(
        "INSERT OR IGNORE INTO embedders (identity, dimension) VALUES (?, ?)", (identity, DIMENSION)
    )
    row = connection.execute("SELECT id FROM embedders WHERE identity = ?", (identity,)).fetchone()
    return int(row[0])


def _add_vectors(
    connection: Connection, chance: np.random.Generator, embedder: int, ids: list[int]
) -> None:
    rows = chance.standard_normal((len(ids), DIMENSION), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    connection.executemany(
        "INSERT INTO passage_vectors (passage_id, embedder_id, vector) VALUES (?, ?, ?)",
        [(id, embedder, row.tobytes()) for id, row in zip(ids, rows.astype("<f2"), strict=True)],
    )


def _last_id(store: Store) -> int:
    row = store.database.read().execute("SELECT max(id) FROM passages").fetchone()
    return int(row[0])


def _hurry(connection: Connection, *, on: bool) -> None:
    """Settings that only matter for the speed of building: nothing is lost if it is killed."""
    connection.execute(f"PRAGMA synchronous = {'OFF' if on else 'NORMAL'}")
    connection.execute(f"PRAGMA cache_size = -{500_000 if on else 8_000}")
    hash_size = 64 << 20 if on else 1 << 20
    connection.execute(
        "INSERT INTO passages_fts (passages_fts, rank) VALUES ('hashsize', ?)", (hash_size,)
    )
