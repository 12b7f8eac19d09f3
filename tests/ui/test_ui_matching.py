from hypothesis import given
from hypothesis import strategies as st

from docqa.ui.matching import find, letters


def test_letters_unfold_ligatures_and_forget_the_rest() -> None:
    assert letters("The ﬁrst, 2nd-best:\r\nÄ") == ("thefirst2ndbestä", [
        0, 1, 2, 4, 4, 5, 6, 7, 10, 11, 12, 14, 15, 16, 17, 21,
    ])  # fmt: skip


def test_a_quote_is_found_across_line_breaks_and_hyphens() -> None:
    text = "It was a great improve-\r\nment  over the old\r\none."
    ((start, end),) = find(text, "great improvement over the old one")
    assert text[start:end] == "great improve-\r\nment  over the old\r\none"


def test_of_several_the_nearest_is_taken() -> None:
    text = "It rains. It snows. It rains. It rains."
    assert find(text, "It rains", near=0) == [(0, 8)]
    assert find(text, "It rains", near=21) == [(20, 28)]
    assert find(text, "It rains", near=39) == [(30, 38)]


def test_a_quote_that_differs_in_a_word_is_found_by_its_longest_part() -> None:
    text = "In 2019 the company sold seven ships to a buyer in Norway, and bought none."
    (span,) = find(text, "the company sold seven ships to a buyer in Sweden")
    assert text[slice(*span)] == "the company sold seven ships to a buyer in"


def test_what_is_not_there_is_not_found() -> None:
    assert find("A page about ships.", "Trains run on rails, ships do not.") == []
    assert find("A page about ships.", "…") == []
    assert find("", "ships") == []


@given(
    before=st.text(max_size=30),
    quote=st.text(min_size=1, max_size=40),
    after=st.text(max_size=30),
)
def test_a_slice_of_a_text_is_always_found_in_it(before: str, quote: str, after: str) -> None:
    text = before + quote + after
    wanted, _ = letters(quote)
    spans = find(text, quote, near=len(before))
    if not wanted:
        assert spans == []
        return
    (span,) = spans
    # A folded character may be cut in the middle by a match; it is then taken as a whole.
    assert wanted in letters(text[slice(*span)])[0]


def test_a_quote_in_another_order_is_found_in_pieces() -> None:
    text = (
        "Revenue of the group     Costs of the group\r\n"
        "grew by twelve percent   fell by eight percent\r\n"
        "in the second quarter.   in the third quarter."
    )
    quote = "Revenue of the group\ngrew by twelve percent\nin the second quarter."
    assert [text[slice(*span)] for span in find(text, quote)] == [
        "Revenue of the group", "grew by twelve percent", "in the second quarter",
    ]  # fmt: skip


def test_pieces_that_are_the_larger_part_of_a_quote_are_enough() -> None:
    text = "Net sales of products 1,204 1,118 and net sales of services 310 291 in millions."
    quote = "Net sales of products 2021 2020 1,204 1,118 and net sales of services 310 291"
    pieces = [text[slice(*span)] for span in find(text, quote)]
    assert pieces == ["Net sales of products", "1,204 1,118 and net sales of services 310 291"]


def test_a_piece_is_marked_once_only() -> None:
    text = "the same words stand here, and something else is there as well"
    quote = "the same words stand here the same words stand here"
    spans = find(text, quote)
    assert spans == [(0, 25)]
