from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.text import TextCleaner, clean_line, unmapped_share


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\xa0b\t c  d \n e", "a b c d\ne"),
        ("so\x00 it\ud800 goes\u200b on\ufeff", "so it goes on"),
        ("\ufb01nal o\ufb03ce", "final office"),
        ("Yes \uf078 No \uf06f\n\uf0b7 first", "Yes ☒ No ☐\n• first"),
        ("a\n\n\n\nb\n", "a\n\nb"),
        ("soft\xadly and soft\xad\nly", "softly and softly"),
        ("", ""),
    ],
)
def test_raw_text_becomes_plain_text(raw: str, stored: str) -> None:
    assert TextCleaner().clean(raw) == stored


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("elec\ufffetricity", "electricity"),
        ("elec\x02\r\ntricity", "electricity"),
        ("a long time, a term, long\ufffeterm debt", "a long time, a term, long-term debt"),
        ("non\ufffeGAAP", "non-GAAP"),
        ("e\ufffecommerce", "e-commerce"),
        ("COVID\ufffe19", "COVID-19"),
        ("he wrote it out\ufffe (here)", "he wrote it out- (here)"),
    ],
)
def test_a_word_cut_at_the_end_of_a_line_is_mended(raw: str, stored: str) -> None:
    assert TextCleaner().clean(raw) == stored


def test_earlier_pages_tell_compounds_from_cut_words() -> None:
    cleaner = TextCleaner()
    cleaner.clean("The net worth of the network.")
    assert cleaner.clean("a net\ufffework") == "a network"


@given(st.text(max_size=200))
def test_cleaning_is_stable_and_leaves_nothing_invisible(raw: str) -> None:
    once = TextCleaner().clean(raw)
    assert TextCleaner().clean(once) == once
    once.encode("utf-8")
    assert not set(once) & set("\x00\r\t\xa0\ufffe\x02\xad")
    assert once == once.strip()


def test_a_title_becomes_one_line() -> None:
    assert clean_line(" Annual\r\n Report\x00 ") == "Annual Report"


def test_the_share_of_characters_without_a_letter_is_found() -> None:
    assert unmapped_share("plain text • with — signs") == 0
    assert unmapped_share("long\ufffeterm \uf0b7 debt") == 0
    assert unmapped_share("ab\ue001\ue002") == 0.5
