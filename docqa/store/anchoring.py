"""Keeps notes true to text that changed: their quotes are found again, or they become stale."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from docqa.store.sql import among

STALE = "the text of the page changed"


@dataclass(frozen=True, slots=True)
class _Quote:
    """One piece of evidence of a note."""

    note: int
    ordinal: int
    page: int
    start: int
    end: int
    text: str


def anchor_notes(
    connection: sqlite3.Connection,
    document_id: int,
    *,
    notes: Collection[int] | None = None,
    scans: Collection[int] = (),
) -> None:
    """Let the evidence of a document point to where its quotes stand now (in a transaction).

    Of ``notes`` (None: all) those that are candidates or verified are looked at. A quote that
    stands elsewhere takes its evidence along, to the nearest page; a note of which a quote stands
    nowhere any more becomes ``stale``. But as long as pages wait for OCR, nothing is held against
    the quotes of pages that are scans, or were before (``scans``). Quotes are compared here and
    not by SQL, whose ``substr`` stops at a NUL character.
    """
    quotes = _quotes(connection, document_id, notes)
    texts = _texts(connection, document_id, {quote.page for quote in quotes})
    astray = [one for one in quotes if texts.get(one.page, "")[one.start : one.end] != one.text]
    if not astray:
        return
    texts = _texts(connection, document_id)
    unread, now = images(connection, document_id)
    stale = set()
    moved = []
    for quote in astray:
        place = find_quote(texts, quote.text, quote.page, quote.start)
        if place is None and unread and quote.page in {*scans, *now}:
            if quote.page in now:
                continue
            # Something else is on that page now: it waits where it may be.
            nearest = min(unread, key=lambda number: abs(number - quote.page))
            place = (nearest, quote.start)
        if place is None:
            stale.add(quote.note)
        else:
            moved.append((*place, place[1] + len(quote.text), quote.note, quote.ordinal))
    connection.executemany(
        'UPDATE evidence SET page = ?, start = ?, "end" = ? WHERE note_id = ? AND ordinal = ?',
        moved,
    )
    connection.executemany(
        "UPDATE notes SET status = 'stale', reason = ? WHERE id = ?",
        [(STALE, note) for note in sorted(stale)],
    )


def _quotes(
    connection: sqlite3.Connection, document_id: int, notes: Collection[int] | None
) -> list[_Quote]:
    condition, parameters = among("n.id", notes)
    rows = connection.execute(
        'SELECT n.id, e.ordinal, e.page, e.start, e."end", e.quote'
        " FROM evidence e JOIN notes n ON n.id = e.note_id"
        f" WHERE e.document_id = ? AND n.status IN ('candidate', 'verified') AND {condition}",
        (document_id, *parameters),
    )
    return [_Quote(*row) for row in rows.fetchall()]


def _texts(
    connection: sqlite3.Connection, document_id: int, pages: Collection[int] | None = None
) -> dict[int, str]:
    """The texts of these pages (None: of all), by number."""
    condition, parameters = among("number", pages)
    rows = connection.execute(
        f"SELECT number, text FROM pages WHERE document_id = ? AND {condition}",
        (document_id, *parameters),
    )
    return dict(rows.fetchall())


def images(connection: sqlite3.Connection, document_id: int) -> tuple[set[int], set[int]]:
    """The pages of a document that wait for OCR, and all that are images."""
    rows = connection.execute(
        "SELECT number, scanned = 1 AND problem IS NULL FROM pages"
        " WHERE document_id = ? AND (scanned = 1 OR confidence IS NOT NULL)",
        (document_id,),
    ).fetchall()
    return {number for number, waits in rows if waits}, {number for number, _ in rows}


def find_quote(
    texts: Mapping[int, str], quote: str, page: int, start: int
) -> tuple[int, int] | None:
    """Page and start of a quote in the ``texts`` of pages, None if it stands nowhere.

    The nearest page to ``page`` counts, and on ``page`` itself the place nearest to ``start``.
    Words must be whole: "art" is not quoted by "start".
    """
    if not quote:
        return None
    for number in _outwards(sorted(texts), page):
        places = _places(texts[number], quote)
        if number == page:
            nearest = min(places, key=lambda place: abs(place - start), default=None)
        else:
            nearest = next(places, None)
        if nearest is not None:
            return number, nearest
    return None


def _outwards(numbers: Sequence[int], page: int) -> Iterator[int]:
    """Ascending numbers, those nearest to ``page`` first, and of two the one before it.

    Mostly the first few are all that is wanted.
    """
    behind = bisect_left(numbers, page)
    before = behind - 1
    while before >= 0 or behind < len(numbers):
        is_last = behind == len(numbers)
        if is_last or (before >= 0 and page - numbers[before] <= numbers[behind] - page):
            yield numbers[before]
            before -= 1
        else:
            yield numbers[behind]
            behind += 1


def _places(text: str, quote: str) -> Iterator[int]:
    place = text.find(quote)
    while place >= 0:
        end = place + len(quote)
        before, behind = text[place - 1 : place], text[end : end + 1]
        if not _joins(before, quote[0]) and not _joins(quote[-1], behind):
            yield place
        place = text.find(quote, place + 1)


def _joins(first: str, second: str) -> bool:
    """Whether two characters (or nothing) are parts of one word."""
    return first.isalnum() and second.isalnum()
