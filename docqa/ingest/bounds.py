"""How much of one page, and of one file, is kept: what a reader sends must fit into the program."""

from __future__ import annotations

import dataclasses

from docqa.ingest.events import Opened, PageRead

MOST_CHARACTERS = 300_000
"""Of one page: a dense page has 10,000, the whole of a novel 500,000."""
MOST_PASSAGES = 3_000
"""Of one page: so many characters make some 400."""
MOST_CHARACTERS_OF_FILE = 300_000_000
"""Of all pages: six times what 10,000 dense pages hold."""
TOO_MUCH = (
    f"has more text than is kept of one page ({MOST_CHARACTERS:,} characters); the rest was left "
    "out"
)
"""Completes "Page 7 ..."."""
_LONGEST_TITLE = 500


def bounded(event: Opened | PageRead) -> Opened | PageRead:
    """Return what a reader tells, cut to what may leave it; a page that was cut says so."""
    if isinstance(event, Opened):
        title = event.title[:_LONGEST_TITLE]
        return event if title == event.title else dataclasses.replace(event, title=title)
    page = event.page
    if len(page.text) <= MOST_CHARACTERS and len(event.passages) <= MOST_PASSAGES:
        return event
    kept = [passage for passage in event.passages if passage.end <= MOST_CHARACTERS]
    problem = f"Page {page.number} {TOO_MUCH}."
    return dataclasses.replace(
        event,
        page=dataclasses.replace(page, text=page.text[:MOST_CHARACTERS], problem=problem),
        passages=tuple(kept[:MOST_PASSAGES]),
    )
