from __future__ import annotations

from pathlib import Path

import pytest
from laid_out import Laid, furniture, line, page

from docqa.ingest.layout.page_text import PageText
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


BODY = [line("The running text of a page goes on like this, from the left to the right side.")] * 12


def of_page(*blocks: list[Laid], name: str = "a1b2c3d4e5f6.pdf", metadata: str = "") -> str:
    return choose_title(metadata, Path(name), page(*blocks))


def test_the_largest_lines_near_the_top_are_the_title() -> None:
    assert (
        of_page(
            [line("Proceedings of the meeting on harbours")],
            [line("How tides and winds", size=18), line("move small ships", size=18)],
            [line("Anna Smith", size=14)],
            BODY,
        )
        == "How tides and winds move small ships"
    )


@pytest.mark.parametrize(
    "large",
    [
        "Contents",
        "October 14, 1998",
        "FOR IMMEDIATE RELEASE",
        "www.example.org",
        "319,F",
        "No. 7",
        "Case 2:18-cv-12857 filed 09/13/18",
        "Please wait...",
        "Page 3",
        "目 录",
    ],
)
def test_large_lines_that_say_nothing_are_no_title(large: str) -> None:
    blocks = [[line(large, size=24)], [line("The harbours of the north", size=14)], BODY]
    assert of_page(*blocks) == "The harbours of the north"


def test_a_page_in_one_size_has_no_title_and_neither_has_a_long_sentence() -> None:
    assert of_page([line("Some words")], BODY, name="harbour log.pdf") == "harbour log"
    sentence = line("It is a sentence of many words, which ends in a full stop.", size=14)
    assert of_page([sentence], BODY, name="harbour log.pdf") == "harbour log"


def test_the_lines_of_a_cover_may_differ_in_size() -> None:
    cover = [[line("HARBOUR 7", size=40)], [line("USER GUIDE", size=30)]]
    assert of_page(*cover) == "HARBOUR 7 USER GUIDE"


def test_a_kind_of_document_needs_a_name() -> None:
    cover = [[line("NO-FROST FREEZER", size=15)], [line("Use and Care Guide", size=30)]]
    assert of_page(*cover, [line("0 1 2", size=6)]) == "NO-FROST FREEZER Use and Care Guide"
    assert of_page([line("User Manual", size=30)], name="freezer-900.pdf") == "User Manual"
    assert of_page([line("User Manual", size=30)], name="freezer_900_manual.pdf") == (
        "freezer 900 manual"
    )


def test_metadata_that_do_not_agree_with_the_page_come_after_it() -> None:
    blocks = [[line("Results of the fourth quarter", size=14)], BODY]
    assert of_page(*blocks, metadata="ER Q4 v3 results") == "Results of the fourth quarter"
    assert of_page(BODY, metadata="Sailing with the tide") == "Sailing with the tide"


def test_metadata_may_agree_with_the_file_name() -> None:
    title = choose_title("4K Display Manual", Path("M270_4K_Display_Manual_V1.pdf"), FIRST_PAGE)
    assert title == "4K Display Manual"


FILING = page(
    [line("UNITED STATES", size=14), line("SECURITIES AND EXCHANGE COMMISSION", size=14)],
    [line("FORM 10-K", size=18)],
    [line("For the fiscal year ended May 31, 2019")],
    [line("HARBOUR LIGHTS, Inc.", size=20)],
    [line("(Exact name of Registrant as specified in its charter)")],
    BODY,
)


def test_a_filing_is_called_by_its_file_name_if_that_tells_whose_it_is() -> None:
    name = Path("HARBOUR_2019_10K.pdf")
    assert choose_title("0000320187-19-000051", name, FILING) == "HARBOUR 2019 10K"


@pytest.mark.parametrize("name", ["0000320187-19-000051.pdf", "annual-report.pdf", "10k.pdf"])
def test_a_filing_is_otherwise_called_by_company_form_and_period(name: str) -> None:
    wanted = "HARBOUR LIGHTS, Inc. 10-K, May 31, 2019"
    assert choose_title("Document", Path(name), FILING) == wanted
    assert choose_title("Document", Path(name), FILING.text) == wanted


def test_a_file_whose_name_is_a_code_is_called_by_its_first_line_that_says_something() -> None:
    blocks = [[line("12 34")], [line("Harbour Board against Smith. Page 1 of 9")], BODY]
    assert of_page([furniture("Stamp of the court")], *blocks) == "Harbour Board against Smith"
    assert of_page([furniture("Stamp of the court")]) == "Stamp of the court"
    assert choose_title(None, Path("a1b2c3d4e5f6.pdf"), PageText("")) == "a1b2c3d4e5f6"


def test_what_a_site_for_slides_appends_to_a_name_is_left_out() -> None:
    name = Path("harbourlights-150403064828-conversion-gate01_95.pdf")
    assert choose_title(None, name, "") == "harbourlights"
