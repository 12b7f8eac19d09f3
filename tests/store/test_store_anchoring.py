"""Where a quote stands after the text changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docqa.store.anchoring import find_quote


def test_the_nearest_place_on_the_page_counts_first():
    texts = {1: "Cats sleep. Dogs run. Cats sleep.", 2: "Cats sleep."}
    assert find_quote(texts, "Cats sleep.", 1, 20) == (1, 22)
    assert find_quote(texts, "Cats sleep.", 2, 99) == (2, 0)


def test_then_the_nearest_page():
    texts = {1: "A quote.", 4: "x", 6: "A quote.", 9: "A quote."}
    assert find_quote(texts, "A quote.", 4, 0) == (6, 0)


def test_all_pages_are_looked_at_the_nearest_first():
    looked = []

    class Pages(dict[int, str]):
        def __getitem__(self, number):
            looked.append(number)
            return ""

    assert find_quote(Pages.fromkeys([9, 1, 5, 4, 2, 6], ""), "A quote.", 5, 0) is None
    assert looked == [5, 4, 6, 2, 1, 9]
    looked.clear()
    assert find_quote(Pages.fromkeys([1, 2], ""), "A quote.", 7, 0) is None
    assert looked == [2, 1]


def test_words_must_be_whole():
    assert find_quote({1: "It starts here"}, "art", 1, 0) is None
    assert find_quote({1: "It starts; art stays"}, "art", 1, 0) == (1, 11)
    assert find_quote({1: "text"}, "", 1, 0) is None


@given(
    st.dictionaries(st.integers(1, 5), st.text("ab .", max_size=12)), st.text("ab .", max_size=3)
)
def test_what_is_found_is_the_quote(texts, quote):
    found = find_quote(texts, quote, 3, 2)
    if found is not None:
        page, start = found
        assert texts[page][start : start + len(quote)] == quote != ""
