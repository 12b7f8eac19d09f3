"""How much the process of the window grows while a file of 2,000 dense pages is read."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import psutil
from fpdf import FPDF
from table import Row

from reading.rig import ROOT, Rig
from reading.speed import keyword_seconds

_PAGES = 2000
_LINES, _WORDS = 55, 14
_EVERY = 0.02
"""Seconds between two looks at the memory."""


def growth(rig: Rig) -> tuple[Row, ...]:
    """Megabytes by which a fresh process grows, its children not counted."""
    path = book(rig.folder / "book.pdf", _PAGES if rig.files is None else 10 * rig.files)
    small = book(rig.folder / "small.pdf", 3)
    code = "import sys; from reading.memory import measure; measure(*sys.argv[1:])"
    places = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]
    setup = f"import sys; sys.path[:0] = {places!r}; "
    arguments = [str(rig.data.root), str(rig.folder), str(small), str(path)]
    done = subprocess.run(
        [sys.executable, "-c", setup + code, *arguments], check=True, stdout=subprocess.PIPE
    )
    grown, before = (float(number) for number in done.stdout.split())
    detail = f"from {before:.0f} MB, {path.stat().st_size / 1e6:.1f} MB of PDF"
    return (
        Row(
            "growth while 2,000 pages are read", grown, 100, at_most=True, unit=" MB", detail=detail
        ),
    )


def measure(data: str, folder: str, small: str, path: str) -> None:
    """Read a small file, so that all is loaded, then ``path``; print growth and start in MB."""
    from reading.data import Data

    with Rig(Data(Path(data)), Path(folder), None).workspace("memory") as workspace:
        keyword_seconds(workspace, [Path(small)])
        watch = _Watch()
        keyword_seconds(workspace, [Path(path)])
        peak = watch.end()
    print((peak - watch.before) / 1e6, watch.before / 1e6)  # noqa: T201


class _Watch:
    """Remembers the most memory that this process had."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._over = threading.Event()
        self.before = self._peak = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            self._peak = max(self._peak, self._process.memory_info().rss)

    def end(self) -> int:
        """Stop watching; the peak in bytes."""
        self._over.set()
        self._thread.join()
        return self._peak


def book(path: Path, pages: int) -> Path:
    """A PDF with so many pages, dense with words."""
    source = random.Random(4)
    words = ["".join(source.choices("abcdefghiklmnoprstuw", k=n % 9 + 2)) for n in range(4000)]
    pdf = FPDF()
    pdf.set_font("Helvetica", size=9)
    pdf.set_auto_page_break(False)
    for _ in range(pages):
        pdf.add_page()
        for _ in range(_LINES):
            pdf.cell(0, 4.8, " ".join(source.choices(words, k=_WORDS)) + ".", ln=True)
    path.write_bytes(bytes(pdf.output()))
    return path
