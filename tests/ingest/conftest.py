"""A reader with the starter embedder's tokenizer, and PDFs made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fpdf import FPDF

from docqa.ingest.reader import Reader
from docqa.ingest.tokens import TokenCounter
from docqa.paths import Paths

MakePdf = Callable[..., Path]


@pytest.fixture(scope="session")
def tokenizer_file() -> Path:
    for folder in Paths.default().models:
        for found in folder.glob("*/tokenizer.json"):
            return found
    pytest.fail("the starter embedder is not in models/")


@pytest.fixture(scope="session")
def count(tokenizer_file: Path) -> TokenCounter:
    return TokenCounter(tokenizer_file)


@pytest.fixture
def reader(tokenizer_file: Path, tmp_path: Path) -> Reader:
    return Reader(tokenizer_file, tmp_path / "logs" / "readers.log")


@pytest.fixture
def make_pdf(tmp_path: Path) -> MakePdf:
    """Write a PDF with one text a page ("" is a blank page) and return its path."""

    def make(texts: Sequence[str], name: str = "made.pdf", *, title: str = "") -> Path:
        pdf = FPDF()
        pdf.set_font("Helvetica", size=12)
        if title:
            pdf.set_title(title)
        for text in texts:
            pdf.add_page()
            if text:
                pdf.multi_cell(0, 6, text)
        path = tmp_path / name
        path.write_bytes(bytes(pdf.output()))
        return path

    return make
