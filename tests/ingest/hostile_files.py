"""Files that want to harm whoever opens them, each a few kilobytes or quickly written."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

from raw_pdfs import CATALOGUE, FONT, one_page, page, stream, text, write


def unpacks_without_end(path: Path, megabytes: int = 300) -> Path:
    """Contents of half a kilobyte that unpack, three times over, to so many megabytes."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(megabytes)) + packer.flush()
    data = zlib.compress(zlib.compress(once, 9), 9)
    filters = b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"
    return one_page(path, stream(data, filters))


def deep_page_tree(path: Path) -> Path:
    """One page, 20,000 nodes below the root."""
    depth, first = 20_000, 10
    objects = {1: CATALOGUE, 2: b"<< /Type /Pages /Kids [10 0 R] /Count 1 >>", 9: FONT}
    for number in range(first, first + depth):
        objects[number] = b"<< /Type /Pages /Parent %d 0 R /Kids [%d 0 R] /Count 1 >>" % (
            max(2, number - 1) if number > first else 2,
            number + 1,
        )
    objects[first + depth] = page(b"4 0 R")
    objects[4] = stream(text(b"Deep down."))
    return write(path, objects)


def tree_in_a_circle(path: Path) -> Path:
    """A page tree that is its own child, and an outline whose next entry is always the same."""
    return write(
        path,
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R >>",
            2: b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>",
            3: page(b"[4 0 R 4 0 R]"),
            4: stream(text(b"Round and round.")),
            5: b"<< /First 6 0 R /Last 6 0 R /Count 1 >>",
            6: b"<< /Title (Again) /Parent 5 0 R /Next 6 0 R /First 6 0 R /Dest [3 0 R /Fit] >>",
            9: FONT,
        },
    )


def form_in_itself(path: Path) -> Path:
    """A page that draws a form that draws itself, twice."""
    entries = (
        b"/Type /XObject /Subtype /Form /BBox [0 0 300 300] "
        b"/Resources << /XObject << /X 4 0 R >> >>"
    )
    form = stream(b"/X Do /X Do", entries)
    return one_page(path, form, entries=b"/Resources << /XObject << /X 4 0 R >> >>")


def references_in_a_circle(path: Path) -> Path:
    """Lengths, boxes and contents that refer to themselves."""
    return write(
        path,
        {
            1: CATALOGUE,
            2: b"<< /Type /Pages /Kids 7 0 R /Count 8 0 R >>",
            3: b"<< /Type /Page /Parent 3 0 R /MediaBox 8 0 R /Contents 8 0 R >>",
            4: b"<< /Length 4 0 R >>\nstream\nx\nendstream",
            7: b"[3 0 R 7 0 R]",
            8: b"8 0 R",
        },
    )


def claims_many_pages(path: Path) -> Path:
    """Two thousand million pages, of which one is there."""
    return write(
        path,
        {
            1: CATALOGUE,
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>",
            3: page(b"4 0 R"),
            4: stream(text(b"The only one.")),
            9: FONT,
        },
    )


def vast_page(path: Path) -> Path:
    """A page as wide as the moon's way."""
    return one_page(path, stream(text(b"Lost in space.")), box=b"-1e15 -1e15 1e15 1e15")


def many_objects(path: Path, count: int = 1_000_000) -> Path:
    """A page with a million rectangles and one line of text."""
    contents = b"0 0 1 1 re f\n" * count + text(b"Under rectangles.")
    return one_page(path, stream(contents, packed=True))


def much_text(path: Path, lines_of_text: int = 200_000) -> Path:
    """A page with ten million characters."""
    lines = b"(Ten words of text that say the same thing again. ) Tj T*\n" * lines_of_text
    contents = b"BT /F1 1 Tf 20 150 Td 1 TL " + lines + b"ET"
    return one_page(path, stream(contents, packed=True))


def one_long_word(path: Path) -> Path:
    """A page with a word of a million letters."""
    return one_page(path, stream(text(b"x" * 1_000_000), packed=True))


def table_in_a_circle(path: Path) -> Path:
    """A cross-reference table whose predecessor is itself."""
    one_page(path, stream(text(b"Before and after.")))
    data = path.read_bytes()
    table = data.rindex(b"xref\n0")
    path.write_bytes(data.replace(b"/Root", b"/Prev %d /Root" % table))
    return path


def broken_table(path: Path) -> Path:
    """A cross-reference table that points anywhere, and a page of text."""
    one_page(path, stream(text(b"Found by looking.")))
    data = path.read_bytes()
    table = data.rindex(b"xref\n0")
    path.write_bytes(data[:table] + data[table:].replace(b"00000000", b"00900900"))
    return path


def many_short_pages(path: Path) -> Path:
    """Sixty thousand pages, all the same one."""
    kids = b"3 0 R " * 60_000
    return write(
        path,
        {
            1: CATALOGUE,
            2: b"<< /Type /Pages /Kids [%s] /Count 60000 >>" % kids,
            3: page(b"4 0 R"),
            4: stream(text(b"Again.")),
            9: FONT,
        },
    )


HOSTILE: tuple[Callable[[Path], Path], ...] = (
    unpacks_without_end,
    deep_page_tree,
    tree_in_a_circle,
    form_in_itself,
    references_in_a_circle,
    claims_many_pages,
    vast_page,
    many_objects,
    much_text,
    one_long_word,
    table_in_a_circle,
    broken_table,
    many_short_pages,
)


def acts_by_itself(path: Path, marker: Path, neighbour: Path) -> Path:
    """Everything by which a PDF may start something, open something or fetch something.

    ``marker`` is a file that its programs would write, ``neighbour`` one that it would show.
    """
    mark, other = str(marker).encode(), str(neighbour).encode()
    script = b"app.launchURL('file://%s'); this.exportDataObject({cName: 'x', nLaunch: 2});" % mark
    run = b"<< /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) /P (/c echo > %s) >> >>" % mark
    form = b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><script>%s</script></xdp:xdp>" % script
    return write(
        path,
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R /AA << /WC 6 0 R >> "
            b"/Names << /JavaScript << /Names [(a) 5 0 R] >> "
            b"/EmbeddedFiles << /Names [(x) 7 0 R] >> >> "
            b"/AcroForm << /Fields [] /XFA 10 0 R /NeedAppearances true >> >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: page(
                b"[4 0 R 12 0 R]",
                b"/AA << /O 6 0 R >> /Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 300 300] "
                b"/A << /S /URI /URI (http://127.0.0.1:9/fetched) >> >>]",
            ),
            4: stream(text(b"Visible text.")),
            5: b"<< /S /JavaScript /JS (%s) /Next 6 0 R >>"
            % script.replace(b"(", b"\\(").replace(b")", b"\\)"),
            6: run,
            7: b"<< /Type /Filespec /F (x.sh) /EF << /F 8 0 R >> >>",
            8: stream(b"#!/bin/sh\necho attached words > %s\n" % mark, b"/Type /EmbeddedFile"),
            9: FONT,
            10: stream(form),
            12: b"<< /Length 0 /F (%s) >>\nstream\n\nendstream" % other,
        },
    )
