"""Where the wanted page stands among passages, and among their pages."""

from docqa.measure.ranks import Ranks, ranks, within
from docqa.model import Hit


def hits(*pages):
    return [Hit(i, document, "A", page, 1.0, "", 0, 0) for i, (document, page) in enumerate(pages)]


def test_passages_of_one_page_count_one_by_one_but_it_is_one_page():
    found = hits((1, 4), (1, 4), (1, 4), (2, 7), (1, 9))
    assert ranks(found, {(1, 9)}) == Ranks(passage=5, page=3)


def test_the_first_of_several_pages_counts():
    assert ranks(hits((1, 4), (1, 5), (1, 6)), {(1, 6), (1, 5)}) == Ranks(2, 2)


def test_the_same_page_of_another_document_does_not_count():
    nothing = ranks(hits((2, 4)), {(1, 4)})
    assert nothing == Ranks(None, None)
    assert nothing.reciprocal == 0.0


def test_the_share_within_the_first_few():
    assert [within(5, 5), within(6, 5), within(None, 5)] == [1.0, 0.0, 0.0]
    assert Ranks(9, 4).reciprocal == 0.25
