"""Recognises the scanned pages of a document: page by page, committed as it goes, resumable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from docqa.errors import DocqaError
from docqa.ingest.events import PageRead
from docqa.ingest.ocr.client import Ocr, ocr_available
from docqa.ingest.ocr.events import ReadScan
from docqa.library.passwords import Passwords
from docqa.library.viewing import is_another
from docqa.model import AddProgress, Document
from docqa.process import Cancel
from docqa.store.store import Store

__all__ = ["Recognising", "ocr_available"]


class Recognising:
    """Reads by OCR what is an image, after the rest of a document can be searched.

    Implements :class:`docqa.library.finishing.Recogniser`.
    """

    def __init__(self, store: Store, ocr: Ocr, passwords: Passwords) -> None:
        self._store = store
        self._ocr = ocr
        self._passwords = passwords

    def available(self) -> bool:
        """Whether the optional packages for OCR are installed; nothing is loaded."""
        return ocr_available()

    def read(self, document_id: int, cancel: Cancel) -> Iterator[AddProgress]:
        """Read each scanned page that OCR has not tried yet; yield progress, at first with 0 done.

        Each page is stored, and found by its words, before the next one is begun. One that cannot
        be recognised stays ``scanned`` and gets a problem, so that it is not tried again. Raises
        DocqaError if the file or OCR cannot be used, and Cancelled; then the pages that are left
        wait for the next call.
        """
        document = self._store.documents.get(document_id)
        numbers = self._store.pages.to_recognise(document_id)
        if document is None or not numbers:
            return
        password = self._password(document)
        before = self._store.pages.recognised(document_id)
        total = before + len(numbers)
        for done, number in enumerate(numbers, before):
            yield AddProgress(document.path, "recognising", done, total, document_id)
            cancel.raise_if_set()
            read = self._ocr.read(self._scan(document, number, password), cancel)
            self._check_unchanged(document)
            self._keep(document_id, read)
        yield AddProgress(document.path, "recognising", total, total, document_id)

    def rest(self) -> None:
        """End the child until there is something to recognise again."""
        self._ocr.close()

    def close(self) -> None:
        """End the child that recognises; the page that it reads waits for another time."""
        self._ocr.close()

    def _password(self, document: Document) -> str | None:
        if document.id in self._store.documents.with_kept_password():
            return self._passwords.of(document.sha256)
        return self._passwords.given(document.sha256)

    def _scan(self, document: Document, number: int, password: str | None) -> ReadScan:
        stored = self._store.pages.get(document.id, number)
        return ReadScan(
            path=document.path,
            password=password,
            number=number,
            title=document.title,
            label=stored.label if stored is not None else "",
            sections=tuple(self._store.pages.sections(document.id)),
        )

    def _check_unchanged(self, document: Document) -> None:
        """Raise DocqaError if the page that was read may be that of another file."""
        path = Path(document.path)
        try:
            state = path.stat()
        except OSError:
            return  # It went away behind that page; the next one will say so.
        if is_another(self._store.documents.stamp(document.id), state):
            raise DocqaError(
                f'"{path.name}" has changed while its scanned pages were read; add it again.'
            )

    def _keep(self, document_id: int, read: PageRead) -> None:
        """Store what was read; where that is nothing, the page keeps the text that it has."""
        page, passages = read.page, read.passages
        with self._store.database.write():
            stored = self._store.pages.get(document_id, page.number)
            if stored is not None and stored.text and not page.text:
                page = replace(stored, problem=page.problem, scanned=page.scanned)
                found = self._store.passages.of_document(document_id)
                passages = tuple(one for one in found if one.page == page.number)
            self._store.pages.replace_page(document_id, page, passages)
