"""What became of a file or a document, as it is told."""

from __future__ import annotations

from pathlib import Path

from docqa.ingest.files import located
from docqa.model import Added, AddStatus, Document

REMOVED = "It was removed while it was being added."


def unusable(path: Path, problem: str) -> Added:
    """A path of which nothing is stored."""
    absolute = located(path)
    return Added(None, str(absolute), absolute.stem, 0, 0, "failed", problem)


def told(document: Document, status: AddStatus, problem: str | None, seconds: float = 0.0) -> Added:
    """A document with all that is stored of it."""
    return Added(
        id=document.id,
        path=document.path,
        title=document.title,
        pages=document.pages,
        passages=document.passages,
        status=status,
        problem=problem,
        failed_pages=document.failed_pages,
        scanned_pages=document.scanned_pages,
        seconds=seconds,
    )
