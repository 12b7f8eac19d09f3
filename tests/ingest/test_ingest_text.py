from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.text import TextCleaner, clean_line, count_unmapped, plain


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("plain text", "plain text"),
        ("a\xa0b\u2009c\u3000d", "a b c d"),
        ("so\x00 it\ud800 goes\u200b on\ufeff", "so it goes on"),
        ("\ufb01nal o\ufb03ce in Au\ufb06ria", "final office in Austria"),
        ("Yes \uf078 No \uf06f \uf0b7 first", "Yes ☒ No ☐ • first"),
        ("non\u2011GAAP", "non-GAAP"),
        ("\uff21\uff11 \u2f42\u5b57", "A1 \u6587\u5b57"),
        ("\ufee3\ufeae\ufea3\ufe92\ufe8e \ufefb", "\u0645\u0631\u062d\u0628\u0627 \u0644\u0627"),
        ("\uf761\uf762\uf730", "ab0"),
        ("x\u00b2 \u00bd \u2122", "x\u00b2 \u00bd \u2122"),
        ("", ""),
    ],
)
def test_characters_become_those_that_people_type(raw: str, stored: str) -> None:
    assert plain(raw) == stored


@given(st.text(max_size=200))
def test_plain_text_stays_as_it_is_and_has_nothing_invisible(raw: str) -> None:
    once = plain(raw)
    assert plain(once) == once
    once.encode("utf-8")
    assert not set(once) & set("\x00\t\xa0\ufffe\xad\ufffd\u200b")


@given(st.text(max_size=50))
def test_letters_and_digits_stay_those_that_a_viewer_compares(raw: str) -> None:
    def letters(text: str) -> str:
        forms = (unicodedata.normalize("NFKC", character).casefold() for character in text)
        return "".join(piece for form in forms for piece in form if piece.isalnum())

    assert letters(plain(raw)) == letters("".join(c for c in raw if plain(c)))


def test_a_mark_inside_a_word_is_a_hyphen_or_nothing() -> None:
    cleaner = TextCleaner()
    assert cleaner.unmarked(plain("elec\ufffetricity")) == "electricity"
    assert cleaner.unmarked(plain("non\xadGAAP")) == "non-GAAP"
    assert cleaner.unmarked(plain("out\x02")) == "out-"


def test_a_title_becomes_one_line() -> None:
    assert clean_line(" Annual\r\n Report\x00 ") == "Annual Report"


def test_characters_without_a_letter_are_counted() -> None:
    assert count_unmapped("plain text • with — signs, long\ufffeterm \uf0b7 debt") == 0
    assert count_unmapped("ab\ue001\ue002\x01\ufffd") == 4
