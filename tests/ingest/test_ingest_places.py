"""Where words stand survives being stored, and a quote finds its boxes again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docqa.ingest.places import Place, boxes, decode, encode
from docqa.model import Box

QUARTERS = st.integers(-4_000, 30_000).map(lambda quarters: quarters / 4)
BOXES = st.builds(Box, QUARTERS, QUARTERS, QUARTERS, QUARTERS)
WORDS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90), BOXES), max_size=40)


def placed(words: list[tuple[int, int, Box]]) -> list[Place]:
    """Places one after the other, from the gap before each, its length and its box."""
    found = []
    position = 0
    for gap, length, box in words:
        found.append(Place(position + gap, position + gap + length, box))
        position += gap + length
    return found


@given(WORDS)
def test_places_survive_being_stored(words: list[tuple[int, int, Box]]) -> None:
    assert decode(encode(placed(words))) == placed(words)


def test_boxes_are_kept_to_a_quarter_of_a_point() -> None:
    place = Place(3, 8, Box(10.1, 20.13, 30.3, 40.49))
    assert decode(encode([place])) == [Place(3, 8, Box(10.0, 20.25, 30.25, 40.5))]


def test_an_empty_page_takes_no_room() -> None:
    assert encode([]) == b""
    assert decode(b"") == []


def test_what_is_no_word_is_left_out_and_the_next_one_is_not_lost() -> None:
    good = Place(70_010, 70_015, Box(1, 2, 3, 4))
    whole_page = Place(0, 70_000, Box(0, 0, 9, 9))
    assert decode(encode([whole_page, Place(5, 5, good.box)])) == []
    near = Place(10, 15, good.box)
    assert decode(encode([Place(4, 4, good.box), near])) == [near]


def test_boxes_far_outside_the_page_do_not_fail() -> None:
    stored = decode(encode([Place(0, 1, Box(-1e9, 0, 1e9, 5))]))
    assert stored[0].box.left < -8_000
    assert stored[0].box.right > 8_000


def test_a_quote_over_two_lines_has_two_boxes() -> None:
    words = [
        Place(0, 3, Box(10, 10, 30, 20)),
        Place(4, 9, Box(33, 11, 60, 20)),
        Place(10, 14, Box(10, 24, 40, 34)),
    ]
    assert boxes(words, 1, 14) == [Box(10, 10, 60, 20), Box(10, 24, 40, 34)]
    assert boxes(words, 4, 9) == [Box(33, 11, 60, 20)]
    assert boxes(words, 9, 10) == []


def test_words_on_one_line_in_two_columns_have_two_boxes() -> None:
    words = [Place(0, 3, Box(10, 10, 200, 20)), Place(4, 9, Box(300, 10, 400, 20))]
    assert len(boxes(words, 0, 9)) == 2


def test_a_line_that_is_read_from_the_right_has_one_box() -> None:
    words = [Place(0, 4, Box(80, 10, 120, 20)), Place(5, 9, Box(30, 10, 77, 20))]
    assert boxes(words, 0, 9) == [Box(30, 10, 120, 20)]
