"""Scripts without blanks between words are cut into pairs of characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.store.unspaced import has_unspaced, is_unspaced, pairs, pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("北京的人口", ["北京", "京的", "的人", "人口", "口"]),
        ("人", ["人"]),
        ("カタカナ、ひらがな", ["カタ", "タカ", "カナ", "ナ", "ひら", "らが", "がな", "な"]),
        ("ประเทศ", ["ปร", "ระ", "ะเ", "เท", "ทศ", "ศ"]),
        ("ພາສາ", ["ພາ", "າສ", "ສາ", "າ"]),
        ("ភាសា", ["ភា", "ាស", "សា", "ា"]),
        ("မြန်", ["မြ", "ြန", "န်", "်"]),
        ("iPhone手机 and 3,5年", ["iphone", "手机", "机", "3,5", "年"]),
        ("ＡＢＣ２０２３", ["abc2023"]),
        ("ｶﾀｶﾅ", ["カタ", "タカ", "カナ", "ナ"]),
        ("The café opened in 2023.", []),
        ("한국어 문서", []),
        ("", []),
    ],
)
def test_runs_give_overlapping_pairs_and_their_last_letter(text, expected):
    assert pieces(text) == expected


def test_questions_are_asked_by_whole_pairs():
    assert pairs("北京的人口？") == ["北京", "京的", "的人", "人口"]
    assert pairs("人？") == ["人"]
    assert pairs("How many people?") == []


def test_words_of_such_scripts_are_known():
    assert is_unspaced("iphone手机")
    assert not is_unspaced("２０２３")  # of another width, but a number
    assert not is_unspaced("café")
    assert has_unspaced("２０２３")


@given(st.text(st.sampled_from("中文日本人のカ ก่ำab12,.、ＡＢ１２"), max_size=40))
def test_every_letter_without_blanks_begins_a_piece(text):
    found = pieces(text)
    folded = unicodedata.normalize("NFKC", text)
    letters = {letter for letter in folded if is_unspaced(letter)}
    assert letters <= {piece[0] for piece in found}
    assert not any(" " in piece for piece in found)
    assert set(pairs(text)) <= set(found)


@given(st.text(max_size=60))
def test_any_text_is_cut(text):
    for piece in pieces(text):
        assert piece == unicodedata.normalize("NFKC", piece.lower()) or piece
        assert piece.strip() == piece != ""
