from __future__ import annotations

from pathlib import Path

import pytest

from docqa.ingest.titles import choose_title

FIRST_PAGE = "Harbour Lights\nAnnual Report 2025\nChapter one"


@pytest.mark.parametrize(
    "title",
    [
        "Harbour Lights - Annual Report 2025",
        "Annual Report",
        " harbour\nlights ",
        "Annual/Report/A",
    ],
)
def test_a_title_that_stands_on_the_first_page_counts(title: str) -> None:
    assert choose_title(title, Path("x.pdf"), FIRST_PAGE) == " ".join(title.split())


@pytest.mark.parametrize(
    "title",
    [
        None,
        "",
        "Untitled",
        "Document1",
        "Microsoft Word - Annual Report 2025",
        "Annual Report 2025.docx",
        "C:\\Users\\me\\Annual Report",
        "0000764478-17-000008",
        "Quarterly letter to all shareholders",
    ],
)
def test_otherwise_the_file_name_does(title: str | None) -> None:
    assert choose_title(title, Path("/a/BESTBUY_2017_10K.pdf"), FIRST_PAGE) == "BESTBUY 2017 10K"


def test_a_scan_keeps_the_title_of_its_metadata() -> None:
    assert choose_title("The Old Ledger", Path("scan.pdf"), "") == "The Old Ledger"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("annual-report.pdf", "annual report"),
        ("letter_2023-08-30.pdf", "letter 2023-08-30"),
        ("___.pdf", "___.pdf"),
    ],
)
def test_a_file_name_is_made_readable(name: str, title: str) -> None:
    assert choose_title(None, Path(name), "") == title
