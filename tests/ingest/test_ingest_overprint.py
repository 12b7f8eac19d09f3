"""Letters that are drawn twice to look bold or to throw a shadow are read once."""

from __future__ import annotations

from pathlib import Path

import pytest
from raw_pdfs import one_page, stream

from docqa.ingest.engines import Engines
from docqa.ingest.layout.page_text import PageText
from docqa.ingest.overprint import single, suspects
from docqa.ingest.page_reader import PageReader
from docqa.model import Box


def letters(text: str, *shifts: tuple[float, float], size: int = 24, left: float = 30) -> bytes:
    """Draws each letter once a shift, in a font of one unit that is enlarged, as printers do."""
    drawn = b""
    for place, letter in enumerate(text):
        for x, y in shifts:
            at = (left + 0.8 * size * place + x, 150 + y)
            drawn += b"%d 0 0 %d %.2f %.2f Tm (%s) Tj " % (size, size, *at, letter.encode())
    return b"BT /F1 1 Tf " + drawn + b"ET "


def page(path: Path, contents: bytes) -> PageText:
    engines = Engines(one_page(path, stream(contents)), None, with_pypdf=False)
    return PageReader(engines).read(1).text


def text(path: Path, contents: bytes) -> str:
    return page(path, contents).text


@pytest.mark.parametrize("shift", [(-2.4, 2.4), (2.4, -2.4), (0.6, 3.0)])
def test_a_shadow_is_not_read(tmp_path: Path, shift: tuple[float, float]) -> None:
    assert text(tmp_path / "shadow.pdf", letters("NEBRASKA", shift, (0, 0))) == "NEBRASKA"


def test_letters_that_are_really_doubled_are_kept(tmp_path: Path) -> None:
    plain = b"BT /F1 12 Tf 20 150 Td (NNOO llii 112200 IIII oott) Tj ET"
    assert text(tmp_path / "plain.pdf", plain) == "NNOO llii 112200 IIII oott"


def test_a_word_without_its_doubles_stands_where_it_stood(tmp_path: Path) -> None:
    (place,) = page(tmp_path / "places.pdf", letters("SURVEY", (-2.4, 2.4), (0, 0))).places
    assert (place.start, place.end) == (0, 6)
    assert place.box.left == pytest.approx(30, abs=6)
    assert place.box.right == pytest.approx(30 + 0.8 * 24 * 5.8, abs=12)


def test_only_words_of_doubled_letters_are_looked_at() -> None:
    assert suspects("NNEEBB aabbcc,, book 1122 11 aabc ++-- ____") == {0: 6, 7: 15, 21: 25}


def test_one_pair_apart_is_enough_to_keep_all() -> None:
    boxes = [Box(0, 0, 5, 10), Box(1, 1, 6, 11), Box(8, 0, 13, 10), Box(14, 0, 19, 10)]
    assert single("aabb", 10, boxes.__getitem__) == "aabb"
    assert single("aabb", 10, [*boxes[:2], boxes[2], boxes[2]].__getitem__) == "ab"
