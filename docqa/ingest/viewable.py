"""Whether a viewer in the window's own process gets through a file; asked in a reader child.

QtPdf opens a file as if it were still being downloaded, and asks PDFium over and over whether a
page has arrived. On some broken page trees the answer is "not yet" for ever, with the whole file
there, and a program that asks so is frozen. Here the same question is put only so often.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2.raw as pdfium_c

_MOST_TRIES = 100
"""For one page: none of 388 odd files and 48 filings and reports needs more than 3."""


def is_viewable(path: Path, password: str | None) -> bool:
    """Whether a viewer comes to an end when it opens the file, be it with an error.

    Takes some 0.3 ms a page. It may itself run for ever or crash on a file that nobody foresaw, so
    it belongs in a child with limits. Raises OSError if the file cannot be read.
    """
    with path.open("rb") as file, _available(_Source(file)) as (available, hints):
        pdfium_c.FPDFAvail_IsDocAvail(available, hints)
        document = pdfium_c.FPDFAvail_GetDocument(available, (password or "").encode() + b"\0")
        if not document:
            return True  # The viewer says so, too.
        try:
            pages = range(pdfium_c.FPDF_GetPageCount(document))
            return all(_arrives(available, hints, index) for index in pages)
        finally:
            pdfium_c.FPDF_CloseDocument(document)


def _arrives(available: Any, hints: Any, index: int) -> bool:
    """Whether PDFium says of a page (0-based) that it is there, or that it is broken."""
    return any(
        pdfium_c.FPDFAvail_IsPageAvail(available, index, hints) != pdfium_c.PDF_DATA_NOTAVAIL
        for _ in range(_MOST_TRIES)
    )


class _Source:
    """A file as PDFium reads it. What PDFium points to must live as long as it is in use."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.access = pdfium_c.FPDF_FILEACCESS()
        self.access.m_FileLen = file.seek(0, 2)
        self.access.m_GetBlock = _callback(self.access, "m_GetBlock")(self._block)
        self.arrival = pdfium_c.FX_FILEAVAIL()
        self.arrival.version = 1
        self.arrival.IsDataAvail = _callback(self.arrival, "IsDataAvail")(_everything)
        self.hints = pdfium_c.FX_DOWNLOADHINTS()
        self.hints.version = 1
        self.hints.AddSegment = _callback(self.hints, "AddSegment")(_nothing)

    def _block(self, _: Any, position: int, buffer: Any, size: int) -> int:
        """Copy bytes of the file to PDFium; 0 if there are not so many."""
        try:
            self._file.seek(position)
            data = self._file.read(size)
        except (OSError, ValueError):
            return 0
        if len(data) != size:
            return 0
        ctypes.memmove(buffer, data, size)
        return 1


@contextlib.contextmanager
def _available(source: _Source) -> Iterator[tuple[Any, Any]]:
    available = pdfium_c.FPDFAvail_Create(source.arrival, source.access)
    try:
        yield available, source.hints
    finally:
        pdfium_c.FPDFAvail_Destroy(available)


def _callback(structure: Any, name: str) -> Any:
    """The type of a function that a field of a structure holds."""
    return dict(structure._fields_)[name]


def _everything(*_: Any) -> int:
    return 1


def _nothing(*_: Any) -> None:
    return None
