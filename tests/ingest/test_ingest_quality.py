from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.quality import GOOD, UNREADABLE, quality, readable, unmapped_share

TEXT = "The net income of the company rose in the second quarter of the year. "


@pytest.mark.parametrize(
    "raw",
    [
        TEXT * 20,
        "A and B\r\nA or B\r\nnot (B or C)",
        "关 于 红 军 作 战 的 原 则",
        "Tiếng Việt là ngôn ngữ của người Việt và là ngôn ngữ chính thức tại Việt Nam",
        TEXT * 8 + "Die Donaudampfschifffahrtsgesellschaft fährt",
        "\uf0b7 long\ufffeterm debt — “quoted”",
    ],
)
def test_what_people_type_is_good(raw: str) -> None:
    assert quality(raw) >= GOOD


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "  \n ",
        ",\x19\x0f-\x0e\x17\x17 \x08\x10\x18\x17",
        TEXT.replace(" ", "") * 3,
        " ".join(TEXT.replace(" ", "")) * 3,
        "Ä¿ ¡¡ ¡¡ Â¼ ¹Ø ÓÚ ºì ¾ü ×÷",
        "\ue001\ue002 of the \ue003\ue004\ue005",
    ],
)
def test_what_nobody_can_read_is_suspicious(raw: str) -> None:
    assert quality(raw) < GOOD


def test_the_better_text_has_more_to_read() -> None:
    spaced = TEXT.replace(" ", "")
    assert readable(TEXT) > readable(spaced)
    assert readable(TEXT * 2) > readable(TEXT)
    assert readable("关 于 红 军") > readable("¹Ø ÓÚ ºì ¾ü")


def test_the_share_of_characters_without_a_letter_is_found() -> None:
    assert unmapped_share("plain text • with — signs") == 0
    assert unmapped_share("ab\ue001\ue002") == 0.5
    assert unmapped_share("\x14\x15") > UNREADABLE


@given(st.text())
def test_quality_is_a_share(raw: str) -> None:
    assert 0 <= quality(raw) <= 1
