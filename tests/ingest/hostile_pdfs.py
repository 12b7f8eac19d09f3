"""PDFs that do harm, written with pypdf: each has three pages, one of which is the bad one."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
)

XOBJECT, FORM = NameObject("/XObject"), NameObject("/F")


def memory_bomb(path: Path) -> Path:
    """A few kilobytes whose second page draws 60 to the power of six rectangles."""
    return _nested_forms(path, leaf=b"0 0 1 1 re f", depth=6)


def time_bomb(path: Path, page: int = 1) -> Path:
    """A few kilobytes whose ``page`` (0-based) takes minutes to go through, but little memory."""
    return _nested_forms(path, leaf=b"q Q\n" * 500_000, depth=2, bad=page)


def damaged_page(path: Path, source: Path) -> Path:
    """``source`` with a second page that is no page at all."""
    writer = PdfWriter(clone_from=source)
    kids = writer.root_object["/Pages"]["/Kids"]
    kids[1] = writer._add_object(NumberObject(7))
    writer.write(path)
    return path


def _nested_forms(path: Path, *, leaf: bytes, depth: int, bad: int = 1) -> Path:
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(300, 300)
    form = _form(writer, leaf, None)
    for _ in range(depth):
        form = _form(writer, b"/F Do " * 60, form)
    page = writer.pages[bad]
    page[NameObject("/Resources")] = _resources(form)
    contents = StreamObject()
    contents.set_data(b"/F Do")
    page[NameObject("/Contents")] = writer._add_object(contents)
    writer.write(path)
    return path


def _form(writer: PdfWriter, data: bytes, inner: IndirectObject | None) -> IndirectObject:
    stream = StreamObject()
    stream.set_data(data)
    stream[NameObject("/Type")] = XOBJECT
    stream[NameObject("/Subtype")] = NameObject("/Form")
    stream[NameObject("/BBox")] = ArrayObject(NumberObject(n) for n in (0, 0, 300, 300))
    if inner is not None:
        stream[NameObject("/Resources")] = _resources(inner)
    return writer._add_object(stream.flate_encode())


def _resources(form: IndirectObject) -> DictionaryObject:
    return DictionaryObject({XOBJECT: DictionaryObject({FORM: form})})
