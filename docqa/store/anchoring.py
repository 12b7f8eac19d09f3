"""Keeps notes true to text that changed: their quotes are found again, or they become stale."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping

STALE = "the text of the page changed"


def anchor_notes(
    connection: sqlite3.Connection, document_id: int, *, unread: Collection[int] = ()
) -> None:
    """Let the evidence of a document point to where its quotes stand now (in a transaction).

    A quote that stands elsewhere takes its evidence along, to the nearest page. A note of which a
    quote stands nowhere any more becomes ``stale``, if it was a candidate or verified; but nothing
    is held against quotes of ``unread`` pages, whose text is yet to come. Quotes are compared here
    and not by SQL, whose ``substr`` stops at a NUL character.
    """
    rows = connection.execute(
        'SELECT note_id, ordinal, page, start, "end", quote FROM evidence WHERE document_id = ?',
        (document_id,),
    ).fetchall()
    if not rows:
        return
    texts = dict(
        connection.execute(
            "SELECT number, text FROM pages WHERE document_id = ?", (document_id,)
        ).fetchall()
    )
    stale = set()
    moved = []
    for note, ordinal, page, start, end, quote in rows:
        if texts.get(page, "")[start:end] == quote:
            continue
        place = find_quote(texts, quote, page, start)
        if place is None:
            if page not in unread:
                stale.add(note)
        else:
            moved.append((*place, place[1] + len(quote), note, ordinal))
    connection.executemany(
        'UPDATE evidence SET page = ?, start = ?, "end" = ? WHERE note_id = ? AND ordinal = ?',
        moved,
    )
    connection.executemany(
        "UPDATE notes SET status = 'stale', reason = ?"
        " WHERE id = ? AND status IN ('candidate', 'verified')",
        [(STALE, note) for note in sorted(stale)],
    )


def find_quote(
    texts: Mapping[int, str], quote: str, page: int, start: int
) -> tuple[int, int] | None:
    """Page and start of a quote in the ``texts`` of pages, None if it stands nowhere.

    The nearest page to ``page`` counts, and on ``page`` itself the place nearest to ``start``.
    Words must be whole: "art" is not quoted by "start".
    """
    if not quote:
        return None
    for number in sorted(texts, key=lambda number: (abs(number - page), number)):
        places = _places(texts[number], quote)
        if number == page:
            nearest = min(places, key=lambda place: abs(place - start), default=None)
        else:
            nearest = next(places, None)
        if nearest is not None:
            return number, nearest
    return None


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
