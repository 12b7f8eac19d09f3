"""A workspace with a few short documents, for the tests of the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.model import Evidence, Note, NoteKind, NoteStatus, Page, Passage
from docqa.store.store import Store

MODEL = Path(__file__).parents[2] / "models" / "all-MiniLM-L6-v2"

ORCHARD = (
    "The orchard of Greta Lindqvist has 1,250 apple trees and 340 pear trees.",
    "Pickers are paid 14.50 euros an hour in the harvest of 2021.",
    "Frost in April 2019 destroyed half of the blossoms, so that wind machines were bought.",
    "Cider is pressed on the farm and kept in oak barrels for eleven months.",
)
FERRY = (
    "The ferry Aurora carries 600 passengers and 90 cars across the strait in 45 minutes.",
    "A ticket for adults costs 18 euros; children under six travel for free.",
    "In storms above nine on the Beaufort scale all departures are cancelled.",
)


@dataclass(frozen=True)
class Library:
    """A workspace with documents that tests put into it."""

    directory: Path
    store: Store

    def add(self, title: str, texts: Sequence[str], context: str | None = None) -> int:
        """A document with one passage on each page."""
        id = self.store.documents.create(f"/pdfs/{title}.pdf", f"hash of {title}", title)
        pages = [Page(id, number, text) for number, text in enumerate(texts, 1)]
        line = title if context is None else context
        passages = [
            Passage(0, id, page.number, 0, len(page.text), page.text, line) for page in pages
        ]
        self.store.pages.replace(id, pages, [], passages)
        return id

    def add_note(
        self,
        document: int,
        question: str | None,
        text: str = "It says so.",
        *,
        kind: NoteKind = "question",
        status: NoteStatus = "verified",
    ) -> int:
        quote = Evidence(document, 1, 0, 3, "The")
        (id,) = self.store.notes.add([Note(0, document, kind, question, text, status, (quote,))])
        return id

    def search(self, embedder: ChildEmbedder) -> Search:
        return Search(self.store, embedder, self.directory)
