from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from docqa.ingest.sentences import is_table_row, sentences

PAGE = """Results of Operations
Net sales rose by 4.2 per cent to $9.6 billion, which Mr. Smith of Acme Inc. called a
success. Costs fell (see No. 7). Was it luck? "We worked hard." The end of the year was
quiet, e.g. in Dec. 2023.
Item 2023 2022
Revenue $ 9,583 $ 10,329
Gross margin 23.2 % 22.1 %
• A first point
• A second point that is
longer than the first
Dr. J. R. Adeyemi wrote this. 他来了。她走了！"""


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_a_page_falls_into_its_sentences_headings_rows_and_points() -> None:
    assert texts(PAGE) == [
        "Results of Operations",
        "Net sales rose by 4.2 per cent to $9.6 billion, which Mr. Smith of Acme Inc. called a\n"
        "success.",
        "Costs fell (see No. 7).",
        "Was it luck?",
        '"We worked hard."',
        "The end of the year was\nquiet, e.g. in Dec. 2023.",
        "Item 2023 2022",
        "Revenue $ 9,583 $ 10,329",
        "Gross margin 23.2 % 22.1 %",
        "• A first point",
        "• A second point that is\nlonger than the first",
        "Dr. J. R. Adeyemi wrote this.",
        "他来了。",
        "她走了！",
    ]


def test_a_heading_after_an_empty_line_stands_alone() -> None:
    assert texts("the end of it.\n\nChapter two\n\nIt begins.") == [
        "the end of it.",
        "Chapter two",
        "It begins.",
    ]


def test_a_line_that_goes_on_in_small_letters_is_one_sentence() -> None:
    assert texts("A very short\nline goes on\nhere.") == ["A very short\nline goes on\nhere."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他来了。她走了！真的？好。", ["他来了。", "她走了！", "真的？", "好。"]),
        ("「行く。」と言った。終わり", ["「行く。」", "と言った。", "終わり"]),
        ("هل وصلت السفينة؟ نعم، وصلت. شكرا", ["هل وصلت السفينة؟", "نعم، وصلت.", "شكرا"]),
        ("یہ جہاز ہے۔ وہ بندرگاہ ہے۔", ["یہ جہاز ہے۔", "وہ بندرگاہ ہے۔"]),
        ("यह जहाज है। वह बंदरगाह है।", ["यह जहाज है।", "वह बंदरगाह है।"]),
    ],
)
def test_other_scripts_have_their_own_marks(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Revenue $ 9,583 $ 10,329", True),
        ("Net income — — — 3,659 45", True),
        ("Grants 40 15", True),
        ("2023 2022 2021", True),
        ("for the year that ended on December 31, 2020", False),
        ("There were 41 applications in 2025", False),
        ("Results of Operations", False),
    ],
)
def test_a_table_row_ends_in_numbers(line: str, expected: bool) -> None:
    assert is_table_row(line) is expected


def test_long_leaders_and_many_abbreviations_take_time_in_proportion() -> None:
    def seconds(text: str) -> float:
        started = time.process_time()
        sentences(text)
        return time.process_time() - started

    for part in ("." * 1000, "No. No. ", "a" * 1000, "1 2 3\n", " \n"):
        assert seconds(part * 3000) < 50 * max(0.01, seconds(part * 300))


@given(st.text(alphabet=st.sampled_from("aB1 .!?\n\"')(,;•-–$%。\u2028\x1c\u3000\t"), max_size=200))
@example("a.\x1c\nB. \u2028 c")
@example("... ...\n \n.")
def test_spans_are_in_order_and_cover_everything_visible(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(st.text(max_size=300))
def test_any_text_is_covered(text: str) -> None:
    spans = sentences(text)
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())


def test_signs_alone_are_no_sentence() -> None:
    """Neither the dots that lead to a page number nor marks that were drawn apart."""
    assert texts("1.1 Spaces . . . . . .") == ["1.1 Spaces . . . . . ."]
    assert texts(". . . It began. . .") == [". . . It began. . ."]
    assert texts("One ends. ! ? Another begins.") == ["One ends.", "! ? Another begins."]
    assert texts("目录。。。。一。") == ["目录。。。。", "一。"]
    assert texts("____") == ["____"]
