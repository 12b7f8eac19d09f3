"""Writes PDFs object by object, as no library would: for files that break the rules."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"


def write(path: Path, objects: Mapping[int, bytes], trailer: bytes = b"") -> Path:
    """Write numbered objects with a correct table; object 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        used = number in places
        out += b"%010d %05d %c \n" % (places.get(number, 0), 0 if used else 65535, b"fn"[used])
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (size, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    path.write_bytes(out)
    return path


def stream(data: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """A stream; ``packed``: compressed."""
    if packed:
        data, entries = zlib.compress(data), entries + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def page(contents: bytes, entries: bytes = b"", box: bytes = b"0 0 300 300") -> bytes:
    """A page below object 2, with a font called /F1 that is object 9."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents %s "
        b"/Resources << /Font << /F1 9 0 R >> >> %s >>" % (box, contents, entries)
    )


def text(words: bytes) -> bytes:
    """What draws a line of text."""
    return b"BT /F1 12 Tf 20 150 Td (%s) Tj ET" % words


def one_page(
    path: Path, contents: bytes, *, box: bytes = b"0 0 300 300", entries: bytes = b""
) -> Path:
    """A document of one page with these contents, a whole stream object."""
    return write(
        path,
        {
            1: CATALOGUE,
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: page(b"4 0 R", entries, box),
            4: contents,
            9: FONT,
        },
    )
