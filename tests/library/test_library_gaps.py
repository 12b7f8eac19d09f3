"""Which pages are missing and why, as a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.library.gaps import page_ranges, sentence_about_gaps


def test_nothing_is_missing():
    assert sentence_about_gaps({}, [], recognises=False) is None


def test_pages_are_grouped_by_what_is_wrong_with_them():
    problems = {page: f"Page {page} is damaged and could not be read." for page in (3, 5, 6)}
    problems[4] = "Page 4 took longer than 20 seconds and was left out."
    assert sentence_about_gaps(problems, [9, 7, 8], recognises=True) == (
        "Pages 3 and 5–6 are damaged and could not be read; "
        "page 4 took longer than 20 seconds and was left out; "
        "pages 7–9 are scanned images, still to be read: add the file again, "
        "or leave docqa's window open."
    )


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([2], "Page 2 is a scanned image, and the part of docqa"),
        ([2, 3], "Pages 2–3 are scanned images, and the part of docqa"),
    ],
)
def test_scans_that_cannot_be_read_here(pages, said):
    assert str(sentence_about_gaps({}, pages, recognises=False)).startswith(said)


def test_a_reason_in_other_words_is_told_as_it_is():
    said = sentence_about_gaps({1: "The font is broken."}, [], recognises=True)
    assert said == "Page 1 could not be read: The font is broken."


def test_a_long_list_is_cut():
    text = page_ranges(range(1, 99, 2))
    assert text.startswith("1, 3, 5")
    assert text.endswith("23 and 37 more")


@given(st.sets(st.integers(1, 30), min_size=1, max_size=12))
def test_ranges_name_every_page_and_no_other(pages):
    named: set[int] = set()
    for part in page_ranges(pages).replace(" and ", ", ").split(", "):
        first, _, last = part.partition("–")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == pages
