"""Packing passages, and what completes them, into a budget of tokens."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from page_text import hit

from docqa.answer.pack import pack, shown
from docqa.model import Hit


def words(texts: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(len(text.split()) for text in texts)


def of_length(n: int, word: str = "word") -> str:
    return " ".join([word] * n)


def of_page(text: str, *, page: int = 1, start: int = 0, document: int = 1, heads: str = "") -> Hit:
    """A hit at a place on a page, inside of a table with these heads."""
    context = f"Report — page {page}" + (f" — {heads}" if heads else "")
    return replace(
        hit(text, page=page),
        document_id=document,
        start=start,
        end=start + len(text),
        context=context,
    )


def alone(*hits: Hit) -> list[tuple[Hit, ...]]:
    return [(one,) for one in hits]


SIZES = st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=3), max_size=12)


@given(SIZES, st.integers(0, 150))
def test_the_budget_lasts_and_every_text_comes_once(sizes, budget):
    groups = [
        tuple(
            of_page(of_length(size, f"p{page}n{i}"), page=page, start=1000 * i)
            for i, size in enumerate(group)
        )
        for page, group in enumerate(sizes, 1)
    ]
    packed = pack(groups, words, budget)
    assert packed.tokens == sum(words(packed.texts))
    assert packed.tokens <= budget or len(packed.hits) == 1
    assert len(set(packed.hits)) == len(packed.hits)
    places = [(one.page, one.start) for one in packed.hits]
    assert places == sorted(places)
    assert not groups or groups[0][0] in packed.hits
    for one in packed.hits:
        assert sum(one.text in text for text in packed.texts) == 1


def test_nothing_is_packed_into_nothing():
    assert pack([], words, 100).hits == ()


def test_a_shorter_passage_behind_one_that_does_not_fit_is_taken():
    hits = [hit(of_length(n), document="") for n in (5, 20, 4)]
    assert [len(h.text.split()) for h in pack(alone(*hits), words, 10).hits] == [5, 4]


def test_the_first_passage_is_taken_whatever_its_length():
    assert len(pack(alone(hit(of_length(50), document="")), words, 10).hits) == 1


def test_what_completes_a_passage_is_left_out_where_it_does_not_fit():
    first, rest = of_page(of_length(5)), of_page(of_length(30, "rest"), start=25)
    other = of_page(of_length(6, "other"), page=7)
    assert pack([(first, rest), (other,)], words, 100).hits == (first, rest, other)
    assert pack([(first, rest), (other,)], words, 20).hits == (first, other)


def test_the_same_text_comes_once():
    first, copy = of_page("The pump is old."), of_page("The pump  is\nold.", page=9)
    rest = of_page("So is the well.", start=17)
    packed = pack([(first, rest), (copy,), (rest, first)], words, 100)
    assert packed.hits == (first, rest)


def test_documents_come_by_their_best_passage_and_pages_in_order():
    best, other = of_page("Best.", page=9, document=2), of_page("Other.", page=5)
    earlier, later = of_page("Earlier.", page=3, document=2), of_page("Later.", start=10, page=5)
    packed = pack(alone(best, later, earlier, other), words, 100)
    assert packed.hits == (earlier, best, other, later)


def test_the_model_is_shown_where_a_passage_stands():
    assert shown([hit("The pump\n is old.", document="Pumps", page=3)]) == (
        "(Pumps, page 3) The pump is old."
    )
    assert shown([hit("The pump.", document="")]) == "The pump."


def test_passages_that_follow_each_other_are_shown_as_one_and_the_title_once():
    first, second = of_page("Sales 3 4"), of_page("Profit 1 2", start=10, heads="2021 2020")
    far = of_page("Debt 5 6", page=8, heads="2019 2018")
    assert pack([(second, first), (far,)], words, 100).texts == (
        "(Report, page 1) Sales 3 4 Profit 1 2",
        "(page 8; columns: 2019 2018) Debt 5 6",
    )


def test_a_part_of_a_table_is_shown_with_the_heads_of_its_columns():
    part = of_page("Profit 1 2", page=4, heads="in millions 2021 2020")
    assert pack(alone(part), words, 100).texts == (
        "(Report, page 4; columns: in millions 2021 2020) Profit 1 2",
    )
