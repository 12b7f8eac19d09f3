"""Packing passages into a budget of tokens."""

from hypothesis import given
from hypothesis import strategies as st
from page_text import hit

from docqa.answer.pack import pack, shown


def words(texts: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(len(text.split()) for text in texts)


def of_length(n: int) -> str:
    return " ".join(["word"] * n)


@given(st.lists(st.integers(1, 50), max_size=12), st.integers(0, 120))
def test_the_budget_lasts_and_the_order_stays(lengths, budget):
    hits = [hit(of_length(n), document="", page=i) for i, n in enumerate(lengths, 1)]
    packed = pack(hits, words, budget)
    assert packed.tokens == sum(words(packed.texts))
    assert packed.tokens <= budget or len(packed.hits) == 1
    assert [h.page for h in packed.hits] == sorted(h.page for h in packed.hits)
    assert packed.hits[:1] == tuple(hits[:1])
    assert packed.texts == tuple(map(shown, packed.hits))
    left_out = [h for h in hits if h not in packed.hits]
    assert all(packed.tokens + len(h.text.split()) > budget for h in left_out) or not packed.hits


def test_nothing_is_packed_into_nothing():
    assert pack([], words, 100).hits == ()


def test_a_shorter_passage_behind_one_that_does_not_fit_is_taken():
    hits = [hit(of_length(n), document="") for n in (5, 20, 4)]
    assert [len(h.text.split()) for h in pack(hits, words, 10).hits] == [5, 4]


def test_the_model_is_shown_where_a_passage_stands():
    assert shown(hit("The pump\n is old.", document="Pumps", page=3)) == (
        "(Pumps, page 3) The pump is old."
    )
    assert shown(hit("The pump.", document="")) == "The pump."
