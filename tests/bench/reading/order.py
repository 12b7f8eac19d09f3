"""Pages whose reading order was written down by hand, the ones of the tests, read as a file is."""

from __future__ import annotations

import sys

from table import Row, sample

from docqa.ingest.events import PageRead
from docqa.ingest.reader import Reader
from reading.rig import ROOT, Rig
from reading.similarity import letters


def pages_in_order(rig: Rig) -> tuple[Row, ...]:
    """Pages of two or three columns, tables and footnotes that are read in the right order."""
    sys.path.append(str(ROOT / "tests" / "ingest"))
    from reading_pages import columns, tables

    pages = [*columns.PAGES, *tables.PAGES]
    reader = Reader(rig.model / "tokenizer.json", rig.log)
    wrong = []
    with reader.kept():
        for page in pages:
            events = reader.read(page.draw(rig.folder / f"{page.name}.pdf".replace(" ", "-")))
            text = "".join(event.page.text for event in events if isinstance(event, PageRead))
            if not _in_order(letters(text), [letters(phrase) for phrase in page.expected]):
                wrong.append(page.name)
    detail = f"of {len(pages)}; wrong {sample(wrong)}" if wrong else f"of {len(pages)}"
    return (Row("pages in reading order", len(pages) - len(wrong), 18, detail=detail),)


def _in_order(text: str, phrases: list[str]) -> bool:
    """Whether each phrase is behind the one before."""
    place = 0
    for phrase in phrases:
        place = text.find(phrase, place)
        if place < 0:
            return False
        place += len(phrase)
    return True
