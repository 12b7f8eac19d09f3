"""The store: the database and all its nouns in one hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from docqa.store.database import Database
from docqa.store.documents import Documents
from docqa.store.folders import Folders
from docqa.store.fulltext import FullText
from docqa.store.meta import Meta
from docqa.store.notes import Notes
from docqa.store.pages import Pages
from docqa.store.passages import Passages
from docqa.store.steps import Steps
from docqa.store.traces import erase_traces
from docqa.store.turns import Turns
from docqa.store.usage import Ledger
from docqa.store.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that one workspace file holds. Use :meth:`open`, end with :meth:`close`."""

    database: Database
    documents: Documents
    folders: Folders
    pages: Pages
    passages: Passages
    fulltext: FullText
    vectors: Vectors
    notes: Notes
    steps: Steps
    ledger: Ledger
    turns: Turns
    meta: Meta

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> Store:
        """Open the file ``path`` (``workspace.db``); DocqaError as in ``Database.open``."""
        database = Database.open(path, read_only=read_only)
        if not read_only:
            erase_traces(database)  # there are some if the last removal was killed
        return cls(
            database=database,
            documents=Documents(database),
            folders=Folders(database),
            pages=Pages(database),
            passages=Passages(database),
            fulltext=FullText(database),
            vectors=Vectors(database),
            notes=Notes(database),
            steps=Steps(database),
            ledger=Ledger(database),
            turns=Turns(database),
            meta=Meta(database),
        )

    def tidy(self) -> bool:
        """Rewrite a large file after removals (about 10 ms per MB); call it when nobody waits.

        True if nothing is left to do, which one look at a flag tells. It may be killed.
        """
        return erase_traces(self.database, at_most=None)

    def close(self) -> None:
        """Close the file."""
        self.fulltext.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
