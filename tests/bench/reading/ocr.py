"""Characters that OCR gets right, on pages of prose that are rendered and read again."""

# ruff: noqa: T201
from __future__ import annotations

import random
import sys
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from fpdf import FPDF
from table import Row

from docqa.ingest.ocr.client import Ocr
from docqa.ingest.ocr.events import ReadScan
from reading.rig import Rig
from reading.similarity import distance

_SEED = 4
_PAGES = 12
_DPI = 200
_LOOKED_AT = 40
"""Pages of one document that are tried, at most; one of each is taken."""
_ALIKE = str.maketrans("‘’‚“”„–—−‐\x02\ufffe", "'''\"\"\"------")


@dataclass(frozen=True, slots=True)
class Scan:
    """A page of which only an image is left: its file, and what it says."""

    name: str
    path: Path
    truth: str


def characters(rig: Rig) -> tuple[Row, ...]:
    """The row of the benchmark's table."""
    files = rig.data.filings() + sorted((rig.data.root / "mmlongbench" / "pdfs").glob("*.pdf"))
    started = time.perf_counter()
    shares = characters_correct(files, rig.model / "tokenizer.json", rig.folder / "scans")
    detail = f"{len(shares)} pages, {(time.perf_counter() - started) / len(shares):.1f} s each"
    worst = min(shares)
    return (
        Row(
            "characters right by OCR",
            100 * sum(shares) / len(shares),
            97,
            unit=" %",
            detail=f"{detail}, worst {100 * worst:.1f} %",
        ),
    )


def characters_correct(files: list[Path], tokenizer_file: Path, folder: Path) -> list[float]:
    """Share (0 to 1) of right characters, page by page, blanks not counted.

    The pages are the same in each run. ``folder`` is made, and takes their images.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ocr = Ocr(tokenizer_file, folder / "ocr.log")
    try:
        return [_correct(ocr, scan) for scan in _scans(files, folder)]
    finally:
        ocr.close()


def _correct(ocr: Ocr, scan: Scan) -> float:
    page = ocr.read(ReadScan(str(scan.path), None, 1)).page
    truth, seen = _visible(scan.truth), _visible(page.text)
    share = 1.0 - distance(truth, seen) / len(truth)
    print(f"  {scan.name}: {100 * share:.2f} % of {len(truth)}", file=sys.stderr, flush=True)
    return share


def _visible(text: str) -> str:
    """Without blanks, and with one kind of quotes and dashes: fonts draw them alike."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_ALIKE).split())


def _scans(files: list[Path], folder: Path) -> Iterator[Scan]:
    """The first pages of prose of shuffled documents, as images."""
    rng = random.Random(_SEED)
    shuffled = list(files)
    rng.shuffle(shuffled)
    made = 0
    for file in shuffled:
        document = pypdfium2.PdfDocument(file)
        numbers = list(range(len(document)))
        rng.shuffle(numbers)
        for number in numbers[:_LOOKED_AT]:
            text = document[number].get_textpage().get_text_range()
            if _is_prose(text):
                path = folder / f"{made}.pdf"
                _save_image(document[number], path)
                yield Scan(f"{file.name} page {number + 1}", path, text)
                made += 1
                break
        if made == _PAGES:
            return


def _is_prose(text: str) -> bool:
    """Whether a page is of one column of Latin prose: long lines of letters, and few digits."""
    lines = [line for line in text.splitlines() if line.strip()]
    visible = "".join(text.split())
    if len(visible) < 1200:
        return False
    long = sum(len(line) >= 70 for line in lines) / len(lines)
    digits = sum(map(str.isdigit, visible)) / len(visible)
    letters = sum(map(str.isalpha, visible)) / len(visible)
    latin = sum(character.isascii() for character in visible) / len(visible)
    return long > 0.7 and digits < 0.05 and letters > 0.8 and latin > 0.95


def _save_image(page: pypdfium2.PdfPage, path: Path) -> None:
    """A PDF of the same size with nothing but the picture of the page."""
    width, height = page.get_size()
    pdf = FPDF(unit="pt", format=(width, height))
    pdf.set_margin(0)
    pdf.add_page()
    pdf.image(page.render(scale=_DPI / 72).to_pil(), 0, 0, width, height)
    path.write_bytes(bytes(pdf.output()))
