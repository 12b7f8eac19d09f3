"""What was found as rows of a list, in groups under headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QCoreApplication

from docqa.model import (
    Document,
    Evidence,
    Found,
    FoundDocument,
    FoundNote,
    FoundPassage,
    Marked,
    Note,
)
from docqa.ui.sight import Place
from docqa.ui.words import counted

RowKind = Literal["heading", "document", "note", "passage"]


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A heading, or something to open: a document, or a place in one."""

    kind: RowKind
    title: Marked
    where: str = ""
    text: Marked = field(default_factory=lambda: Marked(""))
    document: Document | None = None
    place: Place | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What stays the same while the marks move: of the same document, note or passage."""
        return self.kind, self.title.text, self.place, self.document and self.document.id

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        if self.kind == "heading":
            return self.title.text
        names = {"document": tr("Document"), "note": tr("Prepared"), "passage": tr("Passage")}
        parts = (self.title.text, self.where, self.text.text)
        return f"{names[self.kind]}: " + ". ".join(part for part in parts if part)


def tr(text: str) -> str:
    """Translate a text of what was found."""
    return QCoreApplication.translate("Found", text)


def rows(found: Found) -> list[FoundRow]:
    """All rows; a group of which nothing was found has no heading."""
    result: list[FoundRow] = []
    for heading, group in (
        (tr("Documents"), [_of_document(one) for one in found.documents]),
        (tr("Prepared answers"), [_of_note(one) for one in found.notes]),
        (tr("Passages"), [_of_passage(one) for one in found.passages]),
    ):
        if group:
            result += [FoundRow("heading", Marked(heading)), *group]
    return result


def _of_document(found: FoundDocument) -> FoundRow:
    document = found.document
    pages = counted(document.pages, tr("1 page"), tr("{0} pages")) if document.pages else ""
    return FoundRow("document", found.title, pages, found.file, document)


def _of_note(found: FoundNote) -> FoundRow:
    evidence = _telling(found.note)
    place = None
    where = found.document
    if evidence is not None:
        place = Place(
            evidence.document_id, evidence.page, evidence.quote, evidence.start, evidence.end
        )
        where = tr("{0}, p. {1}").format(found.document, evidence.page)
    title = found.heading
    if not title.text:
        title, where = (
            Marked(found.document),
            tr("p. {0}").format(evidence.page) if evidence else "",
        )
    return FoundRow("note", title, where, found.text, None, place)


def _telling(note: Note) -> Evidence | None:
    """Of several pieces of evidence that which shares most words with the note."""
    said = set(note.text.casefold().split())
    return max(
        note.evidence,
        key=lambda one: len(said.intersection(one.quote.casefold().split())),
        default=None,
    )


def _of_passage(found: FoundPassage) -> FoundRow:
    hit = found.hit
    place = Place(hit.document_id, hit.page, hit.text, hit.start, hit.end)
    title = Marked(hit.document)
    return FoundRow("passage", title, tr("p. {0}").format(hit.page), found.snippet, None, place)
